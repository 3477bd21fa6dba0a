"""A deadline that runs out is told to who subscribed, in the transaction that fires it."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from django.db import transaction

from huying.clocks import actions
from huying.clocks.policy import SHANGHAI, Limit
from huying.clocks.states import LimitType, Stage
from huying.messages import actions as messages
from huying.messages import queries as outlets
from huying.messages.actions import NewOutlet
from huying.messages.models import Message
from huying.messages.policy.sealing import Access
from huying.messages.states import OutletKind, Topic
from huying.org.policy import SYSTEM
from huying.shared.ids import AssignmentId, CaseId

NOW = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)
TEN_MINUTES = Limit(10, LimitType.URGENT_MINUTES)
ROBOT = Access("https://oapi.dingtalk.com/robot/send?access_token=abc")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _subscribed() -> Iterator[None]:
    outlets.forget()
    topics = (Topic.DEADLINE_WARNING, Topic.DEADLINE_DUE)
    new = NewOutlet("指挥室", OutletKind.DINGTALK, ROBOT, topics)
    messages.add_outlet(new, actor=SYSTEM, now=NOW, key=b"key", allow_private=False)
    yield
    outlets.forget()


def start() -> None:
    actions.start(
        case_id=CaseId(1),
        case_number="HY-1",
        stage=Stage.ARRIVE,
        limit=TEN_MINUTES,
        now=NOW,
        assignment_id=AssignmentId(5),
        area_code="330109001002",
        unit_id=7,
    )


def queued() -> list[tuple[str, str, dict[str, object]]]:
    return list(Message.objects.order_by("id").values_list("topic", "subject", "facts"))


def test_warned_and_missed_are_a_message_each() -> None:
    start()
    for minutes in (7.9, 8, 9, 10, 11):
        actions.sweep(now=NOW + timedelta(minutes=minutes))
    facts = {"area_code": "330109001002", "stage": "arrive", "due_at": "2026-11-20T02:10:00+00:00"}
    assert queued() == [("deadline_warning", "HY-1", facts), ("deadline_due", "HY-1", facts)]


def test_a_sweep_that_is_rolled_back_leaves_no_message() -> None:
    start()
    with transaction.atomic():
        actions.sweep(now=NOW + timedelta(minutes=10))
        assert len(queued()) == 1
        transaction.set_rollback(True)
    assert queued() == []


def test_a_miss_found_when_the_work_ends_is_told_too() -> None:
    start()
    late = NOW + timedelta(minutes=12)
    actions.stop(CaseId(1), Stage.ARRIVE, now=late, assignment_id=AssignmentId(5))
    assert [(topic, number) for topic, number, _ in queued()] == [("deadline_due", "HY-1")]
