"""What tests of the workplaces outside share: a browser of somebody, and photos."""

from io import BytesIO

import pytest
from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from huying.cases.policy.photos import Photo, develop
from huying.config import middleware
from huying.org.models import User
from huying.org.policy import Actor


def signed_in(monkeypatch: pytest.MonkeyPatch, actor: Actor) -> Client:
    """Return a browser that acts as somebody, on pages and at the API."""
    monkeypatch.setattr(middleware, "actor_of_session", lambda request: actor)
    client = Client()
    user, _ = User.objects.get_or_create(username="someone", defaults={"password": make_password(None)})
    client.force_login(user)
    return client


def picture(colour: str = "red") -> bytes:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "JPEG")
    return out.getvalue()


def sent(colour: str = "red") -> SimpleUploadedFile:
    """Return a photo as a form sends it."""
    return SimpleUploadedFile(f"{colour}.jpg", picture(colour), "image/jpeg")


def photo(colour: str = "red") -> Photo:
    return develop(picture(colour))
