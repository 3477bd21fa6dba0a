"""From events to rows of the outbox, on PostgreSQL."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.messages.conftest import NOW

from huying.database import hot
from huying.messages import queries
from huying.messages.actions import queued
from huying.messages.models import Message, Outlet, Tally
from huying.messages.policy import Event

EVENT = Event(
    "deadline_due", "HY-330109001-20261121-00001", NOW, "330109001002003", (7,), stage="accept", due_at=NOW
)


def outlet(name: str, *topics: str, area_code: str = "", unit_id: int | None = None) -> Outlet:
    return Outlet.objects.create(
        name=name,
        kind="dingtalk",
        sealed=b"",
        topics=list(topics),
        area_code=area_code,
        unit_id=unit_id,
        created_at=NOW,
    )


@pytest.mark.django_db
def test_nobody_subscribed_costs_nothing() -> None:
    queued([EVENT])  # the first question fills the memory
    with CaptureQueriesContext(connection) as asked:
        assert queued([EVENT] * 1_000).rows == ()
    assert len(asked) == 0


@pytest.mark.django_db
def test_a_message_for_each_outlet_that_wants_it() -> None:
    wanted = [
        outlet("指挥室", "deadline_due", "assign"),
        outlet("社区", "deadline_due", area_code="330109001002"),
        outlet("城管", "deadline_due", unit_id=7),
    ]
    outlet("别的事", "assign")
    outlet("别的社区", "deadline_due", area_code="330109001003")
    outlet("别的单位", "deadline_due", unit_id=8)
    Outlet.objects.create(
        name="停用", kind="sms", sealed=b"", topics=["deadline_due"], created_at=NOW, active=False
    )
    queries.forget()
    hot.write(queued([EVENT]))
    rows = Message.objects.order_by("outlet_id")
    assert [row.outlet_id for row in rows] == [each.pk for each in wanted]
    first = rows[0]
    assert (first.topic, first.subject, first.state, first.attempt) == (
        "deadline_due",
        EVENT.number,
        "pending",
        0,
    )
    assert first.facts == {
        "area_code": "330109001002003",
        "stage": "accept",
        "due_at": "2026-11-21T01:00:00+00:00",
    }
    assert (first.id.version, first.created_at) == (7, NOW)
    assert first.next_attempt_at is not None
    assert [(row.outlet_id, row.created) for row in Tally.objects.order_by("outlet_id")] == [
        (each.pk, 1) for each in wanted
    ]


@pytest.mark.django_db
def test_what_is_no_topic_is_told_to_nobody() -> None:
    outlet("指挥室", "deadline_due")
    queries.forget()
    assert queued([Event("reveal", EVENT.number, NOW)]).rows == ()
