"""What a request must say, and what a transfer does to the time that is left."""

from datetime import timedelta

import pytest

from huying.cases import actions
from huying.cases.models import Assignment
from huying.cases.states import RequestKind, ReturnReason
from huying.clocks.queries import running
from huying.clocks.states import Stage
from huying.shared.errors import Incomplete
from huying.shared.ids import CaseId

from .conftest import NOW, Cast


@pytest.mark.parametrize(
    ("kind", "details", "sentence"),
    [
        (RequestKind.RETURN, {"reason": " "}, "申请须说明理由。"),
        # the list is there to be counted; free words are not
        (RequestKind.RETURN, {}, "退回须选择原因。"),
        (RequestKind.EXTENSION, {}, "延期须写明1至90的时长。"),
        (RequestKind.EXTENSION, {"amount": 0}, "延期须写明1至90的时长。"),
        (RequestKind.EXTENSION, {"amount": 91}, "延期须写明1至90的时长。"),
        (RequestKind.TRANSFER, {}, "转办须指明另一单位。"),
    ],
)
def test_a_request_that_lacks_something_is_refused(
    cast: Cast, kind: RequestKind, details: dict[str, object], sentence: str
) -> None:
    number = cast.in_hand()
    with pytest.raises(Incomplete) as refused:
        actions.request(number, kind, actor=cast.zhao, now=NOW, **{"reason": "情况说明", **details})  # type: ignore[arg-type]
    assert str(refused.value) == sentence


def test_a_unit_does_not_pass_a_case_on_to_itself(cast: Cast) -> None:
    number = cast.in_hand()
    with pytest.raises(Incomplete, match="转办须指明另一单位"):
        actions.request(
            number, RequestKind.TRANSFER, actor=cast.zhao, now=NOW, reason="x", to_unit_id=cast.roads
        )


def test_one_request_of_a_kind_waits_at_a_time(cast: Cast) -> None:
    number = cast.in_hand()

    def ask(kind: RequestKind) -> None:
        code = ReturnReason.NOT_OUR_DUTY if kind is RequestKind.RETURN else None
        actions.request(
            number, kind, actor=cast.zhao, now=NOW, reason="情况说明", reason_code=code, amount=90
        )

    ask(RequestKind.RETURN)
    ask(RequestKind.EXTENSION)
    with pytest.raises(Incomplete, match="已有待审批的退回申请"):
        ask(RequestKind.RETURN)


def test_the_unit_a_case_is_passed_on_to_has_the_whole_limit(cast: Cast) -> None:
    number, friday = cast.in_hand(), NOW + timedelta(days=2)
    due = [clock.due_at for clock in running(CaseId(cast.case(number).pk)) if clock.stage == Stage.DISPOSE]
    asked = actions.request(
        number, RequestKind.TRANSFER, actor=cast.zhao, now=friday, reason="属水务", to_unit_id=cast.water
    )
    actions.approve(asked.pk, actor=cast.chen, now=friday)

    left = [clock for clock in running(CaseId(cast.case(number).pk)) if clock.stage == Stage.DISPOSE]
    successor = Assignment.objects.get(case__number=number, unit=cast.water)
    assert [clock.assignment_id for clock in left] == [successor.pk]
    # Qingming is 4–6 April
    assert [str(each.date()) for each in (*due, left[0].due_at) if each] == ["2026-04-09", "2026-04-13"]
