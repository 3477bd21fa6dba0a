"""The branches of the loop: several units, requests, another round, merging."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from huying.cases import actions
from huying.cases.models import Assignment, Evaluation, Move, Request
from huying.cases.policy.reports import Arrival, Call, Verdict
from huying.cases.states import (
    AssignmentState,
    RequestKind,
    RequestState,
    ReturnReason,
    Satisfaction,
    State,
    Verb,
)
from huying.clocks.queries import of_case, running
from huying.clocks.states import DeadlineState, Stage
from huying.shared.errors import IllegalMove, Incomplete, NotFound, NotPermitted
from huying.shared.ids import CaseId

from .conftest import GRID, NOW, Cast

LATER = NOW + timedelta(minutes=5)


def states(number: str) -> list[tuple[str, str]]:
    rows = Assignment.objects.filter(case__number=number).order_by("id")
    return [(row.unit.code, row.state) for row in rows.select_related("unit")]


def open_clocks(number: str, cast: Cast) -> list[str]:
    return sorted(clock.stage for clock in running(CaseId(cast.case(number).pk)))


def ask(number: str, cast: Cast, kind: RequestKind, **details: object) -> Request:
    return actions.request(number, kind, actor=cast.zhao, now=NOW, reason="情况说明", **details)  # type: ignore[arg-type]


def test_several_units_are_called_at_once_each_under_its_own_clocks(cast: Cast) -> None:
    number = cast.in_hand(support=True)

    assert states(number) == [("roads", "called"), ("water", "called")]
    assert open_clocks(number, cast) == ["acknowledge", "acknowledge", "dispose", "dispose"]

    actions.acknowledge(number, actor=cast.zhao, now=NOW)
    actions.answer(number, actor=cast.zhao, now=NOW, opinion="已更换")
    assert cast.case(number).state == State.IN_HAND

    actions.acknowledge(number, actor=cast.qian, now=NOW)
    actions.answer(number, actor=cast.qian, now=NOW, opinion="无漏水")
    assert cast.case(number).state == State.HANDLED
    assert open_clocks(number, cast) == ["verify"]


def test_an_urgent_case_runs_the_arrival_clock_and_arriving_counts_as_hearing(cast: Cast) -> None:
    number = cast.in_hand(urgent=True)
    assert open_clocks(number, cast) == ["acknowledge", "arrive", "dispose"]

    with pytest.raises(IllegalMove, match="紧急事件须先到场"):
        actions.answer(number, actor=cast.zhao, now=NOW, opinion="已处理")
    actions.arrive(number, Arrival(120.2701, 30.1601), actor=cast.zhao, now=LATER)

    assignment = Assignment.objects.get(case__number=number)
    assert (assignment.state, assignment.acknowledged_at, assignment.arrived_at) == ("arrived", LATER, LATER)
    assert 10 < (assignment.arrival_m or 0) < 20
    assert open_clocks(number, cast) == ["dispose"]


def test_a_late_arrival_is_late_even_before_the_sweeper_has_come(cast: Cast) -> None:
    number = cast.in_hand(urgent=True)
    actions.arrive(number, Arrival(120.27, 30.16), actor=cast.zhao, now=NOW + timedelta(minutes=21))

    ended = {clock.stage: clock.state for clock in of_case(CaseId(cast.case(number).pk))}
    assert ended[Stage.ARRIVE] == DeadlineState.LATE


def test_expediting_starts_the_arrival_clock_of_units_on_the_way(cast: Cast) -> None:
    number = cast.in_hand()
    actions.expedite(number, actor=cast.chen, now=LATER)

    assert open_clocks(number, cast) == ["acknowledge", "arrive", "dispose"]
    with pytest.raises(Incomplete):
        actions.expedite(number, actor=cast.chen, now=LATER)


def test_a_return_needs_approval_and_the_clock_runs_on_until_then(cast: Cast) -> None:
    number = cast.in_hand()
    asked = ask(number, cast, RequestKind.RETURN, reason_code=ReturnReason.NOT_OUR_DUTY)
    assert states(number) == [("roads", "called")]
    assert open_clocks(number, cast) == ["acknowledge", "dispose"]

    actions.approve(asked.pk, actor=cast.chen, now=LATER)

    assert (cast.case(number).state, states(number)) == (State.ACCEPTED, [("roads", "returned")])
    assert open_clocks(number, cast) == ["assign"]
    actions.assign(number, [Call(cast.water, final=True)], actor=cast.chen, now=LATER)
    assert states(number) == [("roads", "returned"), ("water", "called")]


def test_a_refused_return_leaves_the_unit_its_case(cast: Cast) -> None:
    number = cast.in_hand()
    asked = ask(number, cast, RequestKind.RETURN, reason_code=ReturnReason.NOT_OUR_DUTY)
    actions.refuse(asked.pk, actor=cast.chen, now=LATER, decision="属职责清单§3.2")

    asked.refresh_from_db()
    assert (asked.state, states(number)) == (RequestState.REFUSED, [("roads", "called")])
    with pytest.raises(IllegalMove):
        actions.approve(asked.pk, actor=cast.chen, now=LATER)


def test_a_final_designation_cannot_be_returned(cast: Cast) -> None:
    number = cast.in_hand(final=True)
    with pytest.raises(Incomplete, match="最终指定"):
        ask(number, cast, RequestKind.RETURN, reason_code=ReturnReason.NOT_OUR_DUTY)


def test_a_transfer_hands_the_lead_over_with_fresh_clocks(cast: Cast) -> None:
    number = cast.in_hand()
    asked = ask(number, cast, RequestKind.TRANSFER, to_unit_id=cast.water)
    actions.approve(asked.pk, actor=cast.chen, now=LATER)

    assert states(number) == [("roads", "transferred"), ("water", "called")]
    assert cast.case(number).lead_unit_id == cast.water
    assert open_clocks(number, cast) == ["acknowledge", "dispose"]


def test_an_extension_moves_the_limit_once_approved(cast: Cast) -> None:
    number = cast.in_hand()
    before = {clock.stage: clock.due_at for clock in running(CaseId(cast.case(number).pk))}
    asked = ask(number, cast, RequestKind.EXTENSION, amount=2)
    actions.approve(asked.pk, actor=cast.chen, now=LATER)

    after = {clock.stage: clock.due_at for clock in running(CaseId(cast.case(number).pk))}
    assert after[Stage.ACKNOWLEDGE] == before[Stage.ACKNOWLEDGE]
    # five working days from Wednesday 1 April 2026 pass over Qingming (4–6 April); two more end on the 10th
    assert [str(due.date()) for due in (before[Stage.DISPOSE], after[Stage.DISPOSE]) if due] == [
        "2026-04-09",
        "2026-04-13",
    ]


def test_only_a_leader_suspends_and_the_clocks_stand_still_until_resumed(cast: Cast) -> None:
    number = cast.in_hand()
    asked = ask(number, cast, RequestKind.SUSPENSION)
    with pytest.raises(NotPermitted):
        actions.approve(asked.pk, actor=cast.chen, now=LATER)
    actions.approve(asked.pk, actor=cast.sun, now=LATER)

    case = cast.case(number)
    assert case.state == State.SUSPENDED
    assert {clock.state for clock in running(CaseId(case.pk))} == {DeadlineState.PAUSED}
    with pytest.raises(IllegalMove):
        actions.acknowledge(number, actor=cast.zhao, now=LATER)

    actions.resume(number, actor=cast.chen, now=LATER + timedelta(days=30))
    assert cast.case(number).state == State.IN_HAND
    assert {clock.state for clock in running(CaseId(case.pk))} == {DeadlineState.RUNNING}


def test_requests_lapse_when_the_assignment_ends(cast: Cast) -> None:
    number = cast.in_hand()
    asked = ask(number, cast, RequestKind.EXTENSION, amount=2)
    actions.withdraw(number, unit_id=cast.roads, actor=cast.chen, now=LATER, reason="另行安排")

    asked.refresh_from_db()
    assert (asked.state, cast.case(number).state) == (RequestState.LAPSED, State.ACCEPTED)


@pytest.mark.parametrize(
    ("kind", "details"),
    [
        (RequestKind.RETURN, lambda _cast: {"reason_code": ReturnReason.NOT_OUR_DUTY}),
        (RequestKind.TRANSFER, lambda cast: {"to_unit_id": cast.water}),
    ],
)
def test_what_was_granted_does_not_lapse_with_the_assignment_it_ends(
    cast: Cast, kind: RequestKind, details: Callable[[Cast], dict[str, object]]
) -> None:
    number = cast.in_hand()
    asked = ask(number, cast, kind, **details(cast))
    waiting = ask(number, cast, RequestKind.EXTENSION, amount=2)
    actions.approve(asked.pk, actor=cast.chen, now=LATER, decision="同意")

    asked.refresh_from_db()
    waiting.refresh_from_db()
    assert (asked.state, asked.decided_by) == (RequestState.APPROVED, cast.chen.key)
    assert (waiting.state, waiting.decided_by) == (RequestState.LAPSED, "")


def test_a_failed_check_calls_the_lead_again(cast: Cast) -> None:
    number = cast.handled()
    actions.rework(number, actor=cast.chen, now=LATER, reason="灯仍不亮")

    assert (cast.case(number).state, cast.case(number).round) == (State.IN_HAND, 2)
    assert states(number) == [("roads", "answered"), ("roads", "called")]


def test_nobody_verifies_what_he_or_his_unit_has_handled(cast: Cast) -> None:
    number = cast.handled()
    both = cast.zhao.__class__(cast.zhao.key, grants=cast.zhao.grants | cast.chen.grants)
    with pytest.raises(NotPermitted, match="核查自己"):
        actions.verify(number, actor=both, now=LATER)
    assert actions.verify(number, actor=cast.wang, now=LATER).state == State.CLOSED


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict(Satisfaction.SATISFIED, solved=True), State.CLOSED),
        (Verdict(Satisfaction.FAIRLY, solved=True), State.CLOSED),
        # "not solved" and "dissatisfied" open another round
        (Verdict(Satisfaction.SATISFIED, solved=False), State.IN_HAND),
        (Verdict(Satisfaction.DISSATISFIED, solved=True), State.IN_HAND),
    ],
)
def test_the_resident_judges_the_result(cast: Cast, verdict: Verdict, state: State) -> None:
    number = cast.closed()
    actions.evaluate(number, verdict, actor=cast.with_receipt(number), now=LATER)

    assert cast.case(number).state == state
    assert Evaluation.objects.get().satisfaction == verdict.satisfaction
    with pytest.raises((IllegalMove, Incomplete)):
        actions.evaluate(number, verdict, actor=cast.with_receipt(number), now=LATER)


def test_after_a_week_it_is_too_late_to_judge_for_the_resident_but_not_for_the_leader(cast: Cast) -> None:
    number, late = cast.closed(), NOW + timedelta(days=9)
    with pytest.raises(Incomplete, match="评价期限已过"):
        actions.evaluate(
            number, Verdict(Satisfaction.SATISFIED, True), actor=cast.with_receipt(number), now=late
        )
    with pytest.raises(Incomplete, match="评价期限已过"):
        actions.reopen(number, actor=cast.with_receipt(number), now=late, reason="又坏了")
    assert actions.reopen(number, actor=cast.sun, now=late, reason="又坏了").state == State.IN_HAND


def test_a_unit_called_anew_by_a_case_taken_up_again_has_running_clocks(cast: Cast) -> None:
    number = cast.closed()
    actions.reopen(number, actor=cast.sun, now=LATER, reason="又坏了")

    assert open_clocks(number, cast) == ["acknowledge", "dispose"]


@pytest.mark.parametrize(
    ("moment", "in_time"),
    [
        # closed on 1 April: the seventh day is the 8th and counts to its end
        (datetime(2026, 4, 8, 23, 59, 59, tzinfo=NOW.tzinfo), True),
        (datetime(2026, 4, 9, 0, 0, 1, tzinfo=NOW.tzinfo), False),
    ],
)
def test_the_time_to_judge_ends_with_the_seventh_day(cast: Cast, moment: datetime, in_time: bool) -> None:
    number = cast.closed()
    verdict, lin = Verdict(Satisfaction.SATISFIED, solved=True), cast.with_receipt(number)
    if in_time:
        actions.evaluate(number, verdict, actor=lin, now=moment)
    else:
        with pytest.raises(Incomplete, match="评价期限已过"):
            actions.evaluate(number, verdict, actor=lin, now=moment)


def test_who_has_judged_it_solved_reports_anew_instead_of_reopening(cast: Cast) -> None:
    number = cast.closed()
    lin = cast.with_receipt(number)
    actions.evaluate(number, Verdict(Satisfaction.SATISFIED, solved=True), actor=lin, now=LATER)
    with pytest.raises(Incomplete, match="请重新上报"):
        actions.reopen(number, actor=lin, now=LATER, reason="又坏了")


def test_a_resident_without_the_receipt_does_not_even_see_the_case(cast: Cast) -> None:
    number = cast.closed()
    with pytest.raises(NotFound):
        actions.reopen(number, actor=cast.lin, now=LATER, reason="又坏了")


def test_merging_ends_the_clocks_and_points_to_the_case_that_goes_on(cast: Cast) -> None:
    first, second = cast.in_hand(), cast.in_hand()
    actions.merge(second, into=first, actor=cast.chen, now=LATER)

    merged = cast.case(second)
    assert (merged.state, merged.merged_into) == (State.MERGED, cast.case(first))
    assert open_clocks(second, cast) == []
    assert states(second) == [("roads", "withdrawn")]
    assert Move.objects.filter(case__number=first).latest("seq").opinion == f"并入{second}"


def test_a_case_is_not_merged_into_itself_nor_into_one_at_rest(cast: Cast) -> None:
    open_, done = cast.reported(), cast.closed()
    for target in (open_, done):
        with pytest.raises(Incomplete):
            actions.merge(open_, into=target, actor=cast.chen, now=LATER)


def test_declining_ends_the_clock_and_tells_the_reason(cast: Cast) -> None:
    number = cast.reported()
    with pytest.raises(Incomplete):
        actions.decline(number, actor=cast.chen, now=LATER, reason=" ")
    actions.decline(number, actor=cast.chen, now=LATER, reason="不属街道管辖,请拨打110")

    assert (cast.case(number).state, open_clocks(number, cast)) == (State.DECLINED, [])


def test_escalation_climbs_to_the_district_and_no_higher(cast: Cast) -> None:
    number = cast.reported()
    for level in ("community", "street", "district"):
        assert actions.escalate(number, actor=cast.wang, now=LATER, reason="网格无法解决").level == level
    with pytest.raises(Incomplete, match="最高层级"):
        actions.escalate(number, actor=cast.wang, now=LATER, reason="再提")


def test_a_case_without_a_certain_place_is_placed_by_a_person(cast: Cast) -> None:
    from huying.cases.policy.reports import Place

    number = cast.reported(place=Place("330109001", certain=False, text="老地方"))
    with pytest.raises(Incomplete, match="人工核实"):
        actions.accept(number, actor=cast.chen, now=LATER)
    case = actions.accept(number, actor=cast.chen, now=LATER, area_code=GRID)
    assert (case.area_code, case.place_certain) == (GRID, True)


def test_a_case_without_a_category_is_filed_at_acceptance(cast: Cast) -> None:
    number = cast.reported(category_id=None)
    with pytest.raises(Incomplete, match="类别"):
        actions.accept(number, actor=cast.chen, now=LATER)
    case = actions.accept(number, actor=cast.chen, now=LATER, category_id=cast.lamp)
    assert (case.category_id, case.limit_amount, case.limit_type) == (cast.lamp, 5, "work_days")


def test_the_lead_cannot_be_called_twice_and_support_can_join_later(cast: Cast) -> None:
    number = cast.in_hand()
    with pytest.raises(Incomplete, match="主办"):
        actions.assign(number, [Call(cast.water)], actor=cast.chen, now=LATER)
    with pytest.raises(Incomplete, match="已在办理"):
        actions.assign(number, [Call(cast.roads, lead=False)], actor=cast.chen, now=LATER)
    actions.assign(number, [Call(cast.water, lead=False)], actor=cast.chen, now=LATER)
    assert states(number) == [("roads", "called"), ("water", AssignmentState.CALLED)]


def test_who_looks_at_the_reporter_leaves_a_trace_and_a_reason(cast: Cast) -> None:
    number = cast.reported()
    with pytest.raises(Incomplete):
        actions.reveal(number, actor=cast.chen, now=LATER, reason="")
    assert actions.reveal(number, actor=cast.chen, now=LATER, reason="回访").phone == "13812345678"
    assert Move.objects.filter(case__number=number, verb=Verb.REVEAL).get().opinion == "回访"
    with pytest.raises(NotPermitted):
        actions.reveal(number, actor=cast.zhou, now=LATER, reason="想看看")
