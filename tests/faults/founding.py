"""Lay the street of the fault tests into an empty database, as a process of its own.

The square street of the measurements, and the people its cases need: an officer who answers for every place,
a commander who is signed in, two units that are called. Writes what the tests must know as JSON.
"""

import json
import os
import sys
from datetime import datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.config.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils.timezone import now

from huying.benchmarks import ground
from huying.org import actions as org
from huying.org.models import Staff
from huying.org.policy import SYSTEM
from huying.org.states import AppointmentKind, ChainLevel, Role, UnitKind
from huying.shared.ids import StaffId

UNITS = (("roads", "市政科"), ("water", "水务科"))


def lay(at: datetime) -> dict[str, object]:
    laid = ground.lay(at)
    chen = org.enrol(
        name="陈值班",
        username="chen",
        password="fault-tests-9317",
        role=Role.COMMANDER,
        area_code=ground.STREET,
        now=at,
        actor=SYSTEM,
    )
    answers = ChainLevel.LIAISON_CADRE
    org.make_responsible(StaffId(chen.pk), answers, area_code=ground.STREET, now=at, actor=SYSTEM)
    return {
        "category_id": laid.category_id,
        "token": laid.token,
        "session": _signed_in(chen),
        "units": [_unit(code, name, StaffId(chen.pk), at) for code, name in UNITS],
        "staff_id": chen.pk,
    }


def _unit(code: str, name: str, head: StaffId, at: datetime) -> int:
    unit = org.create_unit(
        code=code, name=name, kind=UnitKind.DEPARTMENT, area_code=ground.STREET, now=at, actor=SYSTEM
    )
    org.create_post(code, "负责人", is_head=True, now=at, actor=SYSTEM)
    org.appoint(head, code, "负责人", kind=AppointmentKind.CONCURRENT, now=at, actor=SYSTEM)
    return unit.pk


def _signed_in(staff: Staff) -> str:
    """Return the key of a session, as signing in would have made it."""
    user = staff.user
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return session.session_key


Path(sys.argv[1]).write_text(json.dumps(lay(now())))
