"""A small street with an administrator of its own, and the files that offices have."""

import io
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import pytest_django
from django.test import Client
from tests.org.conftest import NOW, OTHER_STREET, STREET, founded, sid

from huying.org import actions, queries
from huying.org.models import User
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import Role, UnitKind

SHANGHAI = ZoneInfo("Asia/Shanghai")
PASSWORD = "Gang-Qi-2026"


@pytest.fixture(autouse=True)
def _quick_passwords(settings: pytest_django.Settings) -> None:
    """A password that is slow to check protects nobody in a test."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def town(db: None):  # type: ignore[no-untyped-def]
    return founded()


def administrator(area: str = STREET, *, roles: Sequence[Role] = (Role.ADMINISTRATOR,)) -> Actor:
    """Return somebody of no staff record with a role over an area."""
    return Actor(f"staff:{9000 + len(area)}", "林主任", frozenset(Grant(role, area) for role in roles))


def book(rows: Sequence[Sequence[object]], *, title: str = "Sheet1", merged: Sequence[str] = ()) -> bytes:
    """Return a workbook as Excel would save it."""
    made = openpyxl.Workbook()
    sheet = made.active
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    for cells in merged:
        sheet.merge_cells(cells)
    return saved(made)


def saved(made: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def signed_in(username: str, role: Role, area: str = STREET) -> Client:
    """Return the browser of somebody hired for this test."""
    actions.enrol(
        name=username,
        username=username,
        password=PASSWORD,
        role=role,
        area_code=area,
        now=NOW,
        actor=SYSTEM,
    )
    client = Client()
    client.force_login(User.objects.get(username=username))
    queries.forget_actors()
    return client


def unit(code: str, name: str, area: str = STREET) -> None:
    actions.create_unit(code=code, name=name, kind=UnitKind.DEPARTMENT, area_code=area, now=NOW, actor=SYSTEM)


__all__ = ["NOW", "OTHER_STREET", "STREET", "datetime", "sid"]
