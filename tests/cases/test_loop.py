"""The loop on the database: state, history, ledger and clocks of every step."""

from datetime import UTC, datetime, timedelta

from huying.cases import actions
from huying.cases.models import Case, Move
from huying.cases.policy.reports import Place
from huying.cases.states import State
from huying.clocks.queries import of_case
from huying.clocks.states import DeadlineState, Stage
from huying.ledger import queries as ledger
from huying.shared.ids import CaseId

from .conftest import NOW, Cast


def clocks(case: Case) -> list[tuple[str, str]]:
    return [(clock.stage, clock.state) for clock in of_case(CaseId(case.pk))]


def test_a_report_starts_the_acceptance_clock_and_leaves_one_entry(cast: Cast) -> None:
    case = cast.case(cast.reported())

    assert (case.number, case.state, case.moves_made) == ("HY-330109001-20260401-00001", State.REPORTED, 1)
    assert clocks(case) == [(Stage.ACCEPT, DeadlineState.RUNNING)]
    assert [(entry.actor, entry.verb, entry.after) for entry in ledger.history(f"case:{case.number}")] == [
        ("resident", "report", "reported")
    ]


def test_the_number_carries_the_day_in_shanghai_and_the_widest_area_below_a_street(cast: Cast) -> None:
    evening_in_utc = datetime(2026, 3, 31, 16, 30, tzinfo=UTC)
    assert actions.report(cast.report(), actor=cast.lin, now=evening_in_utc).number[-14:] == "20260401-00001"

    unplaced = cast.report(place=Place("3301", certain=False))
    assert actions.report(unplaced, actor=cast.lin, now=NOW).number == "HY-3301-20260401-00001"


def test_a_case_once_handled_late_was_not_kept_in_time_by_another_round(cast: Cast) -> None:
    number, late = cast.in_hand(), NOW + timedelta(days=60)
    actions.acknowledge(number, actor=cast.zhao, now=late)
    actions.answer(number, actor=cast.zhao, now=late, opinion="已更换灯泡")
    actions.rework(number, actor=cast.chen, now=late, reason="灯仍不亮")
    actions.acknowledge(number, actor=cast.zhao, now=late)
    actions.answer(number, actor=cast.zhao, now=late, opinion="线路已修复")
    actions.verify(number, actor=cast.chen, now=late)

    assert (cast.case(number).round, cast.case(number).in_time) == (2, False)


def test_the_whole_loop_from_report_to_evaluation(cast: Cast) -> None:
    case = cast.case(cast.closed())

    assert (case.state, case.in_time, case.round) == (State.CLOSED, True, 1)
    assert list(Move.objects.filter(case=case).order_by("seq").values_list("verb", "after", "actor")) == [
        ("report", "reported", "resident"),
        ("accept", "accepted", "staff:4"),
        ("assign", "in_hand", "staff:4"),
        ("acknowledge", "in_hand", "staff:2"),
        ("answer", "in_hand", "staff:2"),
        ("finish", "handled", "staff:2"),
        ("verify", "closed", "staff:4"),
    ]
    assert ledger.count(f"case:{case.number}") == 7
    assert clocks(case) == [
        (Stage.ACCEPT, DeadlineState.MET),
        (Stage.ASSIGN, DeadlineState.MET),
        (Stage.ACKNOWLEDGE, DeadlineState.MET),
        (Stage.DISPOSE, DeadlineState.MET),
        (Stage.VERIFY, DeadlineState.MET),
        (Stage.EVALUATE, DeadlineState.RUNNING),
    ]
