"""What happens to a case is told to who subscribed, in the transaction of the step."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from huying.cases import actions
from huying.cases.policy.reports import Call
from huying.messages import actions as messages
from huying.messages import queries
from huying.messages.actions import NewOutlet
from huying.messages.models import Message
from huying.messages.policy.sealing import Access
from huying.messages.states import OutletKind, Topic
from huying.org.models import Unit
from huying.org.policy import SYSTEM
from huying.shared.errors import IllegalMove

from .conftest import ELSEWHERE, NOW, STREET, Cast

ADDRESS = Access("https://oapi.dingtalk.com/robot/send?access_token=abc", "", ())


@pytest.fixture(autouse=True)
def _forget_subscribers() -> Iterator[None]:
    queries.forget()
    yield
    queries.forget()


def subscribe(name: str, *topics: Topic, **where: object) -> None:
    new = NewOutlet(name, OutletKind.DINGTALK, ADDRESS, topics, **where)  # type: ignore[arg-type]
    messages.add_outlet(new, actor=SYSTEM, now=NOW, key=settings.SECRET_KEY.encode(), allow_private=False)


def told() -> set[tuple[str, str, str]]:
    messages = list(Message.objects.values_list("outlet__name", "topic", "subject"))
    assert len(set(messages)) == len(messages)
    return set(messages)


def test_a_report_and_a_call_are_told_to_those_they_concern(cast: Cast) -> None:
    subscribe("指挥室", Topic.REPORT, Topic.ASSIGN, area_code=STREET)
    subscribe("市政", Topic.ASSIGN, unit_code=Unit.objects.get(pk=cast.roads).code)
    subscribe("水务", Topic.ASSIGN, unit_code=Unit.objects.get(pk=cast.water).code)
    subscribe("邻街", Topic.REPORT, area_code=ELSEWHERE)

    number = cast.accepted()
    actions.assign(number, [Call(cast.roads)], actor=cast.chen, now=NOW)

    assert told() == {("市政", "assign", number), ("指挥室", "assign", number), ("指挥室", "report", number)}
    everything = str(list(Message.objects.values_list("facts", flat=True)))
    assert "林小燕" not in everything
    assert "13812345678" not in everything


def test_a_refused_step_is_told_to_nobody(cast: Cast) -> None:
    subscribe("指挥室", Topic.ASSIGN)
    number = cast.reported()
    with pytest.raises(IllegalMove):
        actions.assign(number, [Call(cast.roads)], actor=cast.chen, now=NOW)
    assert told() == set()


def test_the_same_report_again_is_told_once(cast: Cast) -> None:
    subscribe("指挥室", Topic.REPORT)
    sent = cast.report()
    first = actions.report(sent, actor=cast.lin, now=NOW)
    actions.report(sent, actor=cast.lin, now=NOW)
    assert told() == {("指挥室", "report", first.number)}
