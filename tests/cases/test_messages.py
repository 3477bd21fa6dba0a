"""What a group chat is told of a case: every step somebody subscribed, and nothing about persons."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils.timezone import now
from tests.messages.provider import Provider

from huying.cases import actions
from huying.cases.models import Case, Reporter
from huying.cases.states import Verb
from huying.messages import actions as messages
from huying.messages import queries as outlets
from huying.messages.actions import NewOutlet
from huying.messages.models import Message
from huying.messages.policy.sealing import Access
from huying.messages.queries import subscriptions
from huying.messages.states import OutletKind, Topic
from huying.messages.tasks import deliver_next
from huying.org.policy import SYSTEM
from huying.shared.errors import IllegalMove

from .conftest import NOW, Cast

CANARIES = ("林小燕", "13812345678", "楼道灯不亮", "清风苑", "3幢", "120.27", "30.16", "staff:", "resident")


@pytest.fixture
def provider(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    monkeypatch.setattr(settings, "MESSAGES_ALLOW_PRIVATE", True)
    outlets.forget()
    with Provider() as running:
        topics = [topic for topic in Topic if topic is not Topic.TRIAL]
        new = NewOutlet("指挥室", OutletKind.SMS, Access(running.url("sms"), to=("1",)), topics)
        key = settings.SECRET_KEY.encode()
        messages.add_outlet(new, actor=SYSTEM, now=NOW, key=key, allow_private=True)
        yield running
    outlets.forget()


def test_every_step_of_the_loop_is_told_without_a_word_about_persons(cast: Cast, provider: Provider) -> None:
    number = cast.closed()
    while deliver_next(worker="test"):
        pass
    told = Message.objects.filter(subject=number)
    assert Counter(told.values_list("topic", flat=True)) == {
        Verb.REPORT: 1,
        Verb.ACCEPT: 1,
        Verb.ASSIGN: 1,
        Verb.FINISH: 1,
        Verb.VERIFY: 1,
    }
    assert set(told.values_list("state", flat=True)) == {"delivered"}
    written = f"{list(told.values())}{provider.requests}"
    assert [canary for canary in CANARIES if canary in written] == []
    assert number in written
    assert "清风社区的事件" in written  # the community, and
    assert "第三网格" not in written  # no closer
    # Control: the case itself holds what was looked for.
    known = f"{Case.objects.filter(number=number).values()}{Reporter.objects.values()}"
    assert [canary for canary in CANARIES if canary not in known] == ["staff:"]


def test_a_refused_step_is_told_to_nobody(cast: Cast, provider: Provider) -> None:
    number = cast.closed()
    before = Message.objects.count()
    with pytest.raises(IllegalMove):
        actions.accept(number, actor=cast.chen, now=now())
    assert Message.objects.count() == before


def test_a_clock_found_missed_by_a_step_is_told_with_it(
    cast: Cast, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Inside the pipeline of the step, where the memory of outlets may have grown old just then."""
    number = cast.reported()
    monkeypatch.setattr(subscriptions, "FRESH_SECONDS", 0.0)
    actions.accept(number, actor=cast.chen, now=NOW + timedelta(minutes=20))
    told = Message.objects.filter(subject=number).values_list("topic", flat=True)
    assert sorted(told) == ["accept", "deadline_due", "report"]
