"""A deadline from start to end: rows, ledger, refusals."""

from datetime import datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from huying.clocks import actions, queries
from huying.clocks.models import Deadline, DeadlinePause
from huying.clocks.policy import SHANGHAI, Limit
from huying.clocks.states import DeadlineState, LimitType, Stage
from huying.database.backend.prepared import Prepared, Question, Row
from huying.ledger.models import Entry, Opening
from huying.org.policy import Actor
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.ids import AssignmentId, CaseId

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 10, tzinfo=SHANGHAI)  # a Friday
CASE, OTHER = CaseId(1), CaseId(2)
TEN_MINUTES = Limit(10, LimitType.URGENT_MINUTES)
TWO_DAYS = Limit(2, LimitType.WORK_DAYS)
CHEN = Actor(key="staff:4", name="陈")


def start(
    stage: Stage = Stage.ACCEPT,
    limit: Limit = TEN_MINUTES,
    case_id: CaseId = CASE,
    assignment_id: AssignmentId | None = None,
) -> Deadline:
    return actions.start(
        case_id=case_id,
        case_number=f"HY-{case_id}",
        stage=stage,
        limit=limit,
        now=NOW,
        assignment_id=assignment_id,
    )


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def fresh(deadline: Deadline) -> Deadline:
    return Deadline.objects.get(pk=deadline.pk)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def test_start_stores_what_the_rules_say() -> None:
    deadline = fresh(start(Stage.DISPOSE, TWO_DAYS))

    assert (deadline.state, deadline.due_at) == ("running", datetime(2026, 11, 24, 18, tzinfo=SHANGHAI))
    assert deadline.warn_at == datetime(2026, 11, 24, 14, 48, tzinfo=SHANGHAI)
    assert (deadline.calendar_edition, deadline.provisional) == ("CN-2026.1", False)
    assert verbs() == []  # the move that starts it is recorded by the case


def test_the_same_clock_cannot_run_twice() -> None:
    start()
    with pytest.raises(IntegrityError), transaction.atomic():
        start()


def test_each_assignment_has_its_own_clock() -> None:
    for assignment_id in (None, AssignmentId(1), AssignmentId(2)):
        start(Stage.DISPOSE, assignment_id=assignment_id)

    assert actions.stop(CASE, Stage.DISPOSE, now=after(1), assignment_id=AssignmentId(1)) is DeadlineState.MET
    assert [deadline.assignment_id for deadline in queries.running(CASE)] == [None, 2]


@pytest.mark.parametrize(
    ("minutes", "state", "recorded"),
    [
        (9, DeadlineState.MET, []),
        # ending at the very moment is in time
        (10, DeadlineState.MET, []),
        # the sweeper had not come yet: stopping fires the miss itself
        (10.5, DeadlineState.LATE, ["deadline_due"]),
    ],
)
def test_stop(minutes: float, state: DeadlineState, recorded: list[str]) -> None:
    deadline = start()

    assert actions.stop(CASE, Stage.ACCEPT, now=after(minutes)) is state
    assert (fresh(deadline).state, fresh(deadline).ended_at) == (state, after(minutes))
    assert verbs() == recorded
    assert actions.sweep(now=after(60)) == actions.Swept(warned=0, fired=0)


def test_stop_after_the_sweep_fires_nothing_again() -> None:
    deadline = start()
    actions.sweep(now=after(11))

    assert actions.stop(CASE, Stage.ACCEPT, now=after(12)) is DeadlineState.LATE
    assert (fresh(deadline).fired_at, verbs()) == (after(11), ["deadline_due"])


def test_stop_and_cancel_are_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    start()
    start(Stage.VERIFY)
    asked: list[Question] = []
    ask = Prepared.ask

    def counted(prepared: Prepared, *questions: Question) -> list[list[Row]]:
        asked.extend(questions)
        return ask(prepared, *questions)

    monkeypatch.setattr(Prepared, "ask", counted)
    actions.stop(CASE, Stage.ACCEPT, now=after(1))
    actions.cancel(CASE, now=after(1))
    assert len(asked) == 2


def test_several_stages_stop_in_one_call() -> None:
    start()
    start(Stage.VERIFY)
    stopped = actions.end(
        actions.Ending(CASE, [Stage.ACCEPT, Stage.VERIFY, Stage.ASSIGN], None), now=after(1)
    )
    assert stopped == [DeadlineState.MET, DeadlineState.MET]
    assert queries.running(CASE) == []


def test_stop_without_a_clock_says_so() -> None:
    assert actions.stop(CASE, Stage.ACCEPT, now=NOW) is None


def test_pause_and_resume_move_the_due_moment() -> None:
    deadline = start()

    assert actions.pause(CASE, now=after(4)) == 1
    assert (fresh(deadline).state, fresh(deadline).due_at) == ("paused", None)
    assert actions.sweep(now=after(60)) == actions.Swept(warned=0, fired=0)
    assert actions.resume(CASE, now=after(60)) == 1
    assert (fresh(deadline).state, fresh(deadline).due_at) == ("running", after(66))


def test_a_missed_clock_cannot_be_paused_away() -> None:
    deadline = start()

    assert actions.pause(CASE, now=after(11)) == 0
    assert (fresh(deadline).state, fresh(deadline).fired_at) == ("running", after(11))
    assert verbs() == ["deadline_due"]


def test_stop_while_paused_is_in_time_and_ends_the_pause() -> None:
    start()
    actions.pause(CASE, now=after(4))

    assert actions.stop(CASE, Stage.ACCEPT, now=after(60)) is DeadlineState.MET
    assert DeadlinePause.objects.get().ended_at == after(60)


def test_pause_touches_only_its_case() -> None:
    start()
    other = start(case_id=OTHER)

    actions.pause(CASE, now=after(4))

    assert fresh(other).due_at == after(10)


def test_cancel_ends_what_is_named_and_nothing_else() -> None:
    accept, dispose = start(), start(Stage.DISPOSE, assignment_id=AssignmentId(1))
    other = start(Stage.DISPOSE, assignment_id=AssignmentId(2))

    assert actions.cancel(CASE, now=after(1), assignment_id=AssignmentId(1)) == 1
    assert actions.cancel(CASE, now=after(2), stages=[Stage.ACCEPT]) == 1
    assert [fresh(each).state for each in (accept, dispose, other)] == ["cancelled", "cancelled", "running"]
    assert actions.cancel(CASE, now=after(3)) == 1


def test_cancelling_a_missed_clock_still_fires_it() -> None:
    start()
    actions.cancel(CASE, now=after(11))
    assert verbs() == ["deadline_due"]


def test_extend_adds_working_days_and_is_recorded() -> None:
    deadline = start(Stage.DISPOSE, TWO_DAYS)

    actions.extend(CASE, Stage.DISPOSE, 1, now=after(1), actor=CHEN)

    assert fresh(deadline).due_at == datetime(2026, 11, 25, 18, tzinfo=SHANGHAI)
    entry = Entry.objects.get()
    assert (entry.actor, entry.verb, entry.subject) == ("staff:4", "deadline_extended", "case:HY-1")
    assert (entry.before, entry.after) == ("2026-11-24T18:00:00+08:00", "2026-11-25T18:00:00+08:00")
    assert Opening.objects.get().payload == '{"amount":1,"stage":"dispose","unit":"work_days"}'


def test_an_extension_granted_while_paused_counts_after_resume() -> None:
    deadline = start()
    actions.pause(CASE, now=after(4))
    actions.extend(CASE, Stage.ACCEPT, 5, now=after(5), actor=CHEN)

    actions.resume(CASE, now=after(60))

    assert fresh(deadline).due_at == after(71)
    assert Entry.objects.get().after == "paused"


@pytest.mark.parametrize(
    ("stage", "amount", "minutes", "refusal"),
    [
        (Stage.ACCEPT, 0, 1, Incomplete),
        (Stage.VERIFY, 5, 1, NotFound),
        # a miss stays a miss, swept or not
        (Stage.ACCEPT, 5, 10, Conflict),
    ],
)
def test_a_refused_extension_changes_nothing(
    stage: Stage, amount: int, minutes: int, refusal: type[Exception]
) -> None:
    deadline = start()

    with pytest.raises(refusal):
        actions.extend(CASE, stage, amount, now=after(minutes), actor=CHEN)

    assert (fresh(deadline).due_at, fresh(deadline).extensions.count(), verbs()) == (after(10), 0, [])


def test_the_database_refuses_to_fire_early() -> None:
    deadline = start()
    with pytest.raises(IntegrityError, match="deadline_never_early"), transaction.atomic():
        Deadline.objects.filter(pk=deadline.pk).update(fired_at=after(9))


def test_running_lists_the_next_one_first_and_paused_ones_last() -> None:
    start(Stage.VERIFY)
    actions.pause(CASE, now=after(1))
    start(Stage.DISPOSE, TWO_DAYS)
    start(Stage.ACCEPT)

    assert [deadline.stage for deadline in queries.running(CASE)] == ["accept", "dispose", "verify"]
    assert [deadline.stage for deadline in queries.of_case(CASE)] == ["verify", "dispose", "accept"]


def test_explain_names_the_stage_and_the_extension() -> None:
    deadline = start(Stage.DISPOSE, TWO_DAYS)
    actions.extend(CASE, Stage.DISPOSE, 1, now=after(1), actor=CHEN)

    assert (
        queries.explain(deadline.pk)
        == """处置：时限2个工作日，自2026年11月20日（周五）10:00起算。
延期1个工作日。
起算当日不计入。
计入：11月23日至11月25日。
未计入：11月21日至11月22日（周末）。
第3个工作日下班时到期。
到期时间：2026年11月25日（周三）18:00。
依据日历CN-2026.1（国务院办公厅 国办发明电〔2025〕7号）。"""
    )


def test_explaining_nothing_is_refused() -> None:
    with pytest.raises(NotFound, match="没有找到时限“7”"):
        queries.explain(7)
