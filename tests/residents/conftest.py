"""The small street of the cases' tests with a building, and somebody with a browser and no account."""

import io
import re
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings
from django.test import Client
from PIL import Image
from tests.cases.conftest import GRID, NOW, Cast, cast

from huying.cases.models import Case
from huying.places import memory
from huying.places.models import Area, Building, Estate

__all__ = ["cast"]  # a fixture

NUMBER = re.compile(r"/mine/(HY-[\d-]+)/")
CODE = f"{GRID}-001"


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> Iterator[None]:
    before, settings.EVIDENCE_FOLDER = settings.EVIDENCE_FOLDER, tmp_path / "evidence"
    yield
    settings.EVIDENCE_FOLDER = before


@pytest.fixture
def building(cast: Cast) -> Building:
    area = Area.objects.get(code=GRID)
    estate = Estate.objects.create(area=area, name="清风苑", lng=120.27, lat=30.16)
    made = Building.objects.create(
        area=area, estate=estate, code=CODE, name="3幢", address="育才路12号", lng=120.27, lat=30.16
    )
    memory.forget()
    return made


def picture(side: int = 64) -> io.BytesIO:
    """A photo as a phone sends it."""
    sent = io.BytesIO()
    Image.new("RGB", (side, side), (200, 120, 40)).save(sent, "JPEG")
    sent.seek(0)
    sent.name = "photo.jpg"
    return sent


def filled(**changes: object) -> dict[str, object]:
    """The form as somebody fills it in."""
    form: dict[str, object] = {
        "key": str(uuid.uuid4()),
        "text": "楼道灯不亮",
        "building_code": CODE,
        "send": "1",
    }
    return form | changes


def sent(client: Client, **changes: object) -> str:
    """Report; return the number."""
    answer = client.post("/", filled(**changes))
    assert answer.status_code == 302, answer.content.decode()
    found = NUMBER.search(answer.headers["Location"])
    assert found is not None
    return found[1]


def only_case() -> Case:
    return Case.objects.get()


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Shanghai"))


NOON = NOW
