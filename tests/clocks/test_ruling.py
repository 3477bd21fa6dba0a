"""New calendars and new limits: what they change and what they leave."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from pytest_django import DjangoAssertNumQueries

from huying.clocks import actions, queries
from huying.clocks.models import CalendarEdition, Deadline, Revision, StageLimit
from huying.clocks.policy import SHANGHAI, Day, Limit, Notice
from huying.clocks.states import LimitType, Stage
from huying.ledger.models import Entry
from huying.org.policy import Actor, Grant
from huying.org.states import Role
from huying.shared.errors import Conflict, Incomplete, NotPermitted
from huying.shared.ids import CaseId

pytestmark = pytest.mark.django_db
ROOT = Actor("staff:1", "管理员", frozenset({Grant(Role.ADMINISTRATOR)}))
CHEN = Actor("staff:4", "陈", frozenset({Grant(Role.COMMANDER)}))
NOW = datetime(2026, 12, 30, 10, tzinfo=SHANGHAI)
CASE = CaseId(1)
NEW_YEAR = Notice(
    year=2027,
    days={date(2027, 1, 1): Day("元旦", is_working=False), date(2027, 1, 2): Day("元旦", is_working=True)},
    source="国办发明电〔2026〕1号",
)


def start(limit: Limit, stage: Stage = Stage.DISPOSE, now: datetime = NOW) -> Deadline:
    return actions.start(case_id=CASE, case_number="HY-1", stage=stage, limit=limit, now=now)


def verbs() -> list[str]:
    return list(Entry.objects.order_by("id").values_list("verb", flat=True))


def test_a_provisional_deadline_is_recomputed_when_the_calendar_comes() -> None:
    deadline = start(Limit(2, LimitType.WORK_DAYS))
    assert deadline.provisional is True

    published = actions.publish_edition(NEW_YEAR, actor=ROOT, now=NOW)

    deadline.refresh_from_db()
    assert published == actions.Published("CN-2027.1", moved=1)
    assert deadline.due_at == datetime(2027, 1, 2, 18, tzinfo=SHANGHAI)  # the worked Saturday
    assert (deadline.calendar_edition, deadline.provisional) == ("CN-2026.1 CN-2027.1", False)
    assert list(Entry.objects.order_by("id").values_list("verb", "subject", "before", "after")) == [
        ("calendar_published", "calendar:CN-2027.1", "", ""),
        ("deadline_recalculated", "case:HY-1", "2027-01-01T18:00:00+08:00", "2027-01-02T18:00:00+08:00"),
    ]


def test_how_a_deadline_came_about_is_told_anew_when_the_calendar_it_names_is_known() -> None:
    """A process may meet a deadline before it has read the edition that moved it."""
    row = {
        "stage": "dispose", "state": "running", "due_at": None, "provisional": False, "fired_at": None,
        "assignment_id": None, "started_at": datetime(2026, 12, 30, 9, tzinfo=SHANGHAI), "limit_amount": 2,
        "limit_type": "work_days", "calendar_edition": "CN-2026.1 CN-2027.1", "pauses": [], "extensions": [],
    }  # fmt: skip
    before = queries.told(row).why
    actions.publish_edition(NEW_YEAR, actor=ROOT, now=NOW)

    assert "CN-2027.1" not in before
    assert "CN-2027.1" in queries.told(row).why


def test_what_a_calendar_would_move_is_what_it_moves() -> None:
    start(Limit(2, LimitType.WORK_DAYS))  # ends on the worked Saturday then
    start(Limit(1, LimitType.NATURAL_DAYS), Stage.EVALUATE)  # is looked at, and stays
    start(Limit(72, LimitType.URGENT_HOURS), Stage.VERIFY)  # knows no calendar
    before = list(Deadline.objects.order_by("id").values())

    assert queries.would_move(NEW_YEAR, now=NOW) == (2, 1)
    assert list(Deadline.objects.order_by("id").values()) == before
    assert not CalendarEdition.objects.filter(year=2027).exists()
    assert actions.publish_edition(NEW_YEAR, actor=ROOT, now=NOW).moved == 1


def test_a_limit_is_set_for_a_reason() -> None:
    limit = Limit(15, LimitType.URGENT_MINUTES)
    actions.set_stage_limit(Stage.ARRIVE, True, limit, actor=ROOT, now=NOW, reason="街道办〔2026〕8号")
    entry = Entry.objects.get(verb="stage_limit_set")
    assert (entry.before, entry.after) == ("20 urgent_minutes", "15 urgent_minutes")
    assert entry.opening.payload == '{"reason":"街道办〔2026〕8号"}'


def test_what_has_fired_or_counts_no_days_stays() -> None:
    fired = start(Limit(1, LimitType.WORK_DAYS))
    urgent = start(Limit(72, LimitType.URGENT_HOURS), Stage.VERIFY)
    late = datetime(2026, 12, 31, 19, tzinfo=SHANGHAI)
    actions.sweep(now=late)
    before = list(Deadline.objects.order_by("id").values())

    moved_day = replace(NEW_YEAR, days={**NEW_YEAR.days, date(2026, 12, 31): Day("元旦", is_working=False)})
    assert actions.publish_edition(moved_day, actor=ROOT, now=late).moved == 0
    assert list(Deadline.objects.order_by("id").values()) == before
    assert (fired.pk, urgent.pk) == (before[0]["id"], before[1]["id"])


def test_one_that_falls_into_the_past_fires_at_the_next_sweep() -> None:
    holiday = replace(NEW_YEAR, days={date(2027, 1, 4): Day("元旦", is_working=False)})
    actions.publish_edition(holiday, actor=ROOT, now=NOW)
    deadline = start(Limit(3, LimitType.WORK_DAYS))  # 31, 1, then the 5th
    later = datetime(2027, 1, 4, 20, tzinfo=SHANGHAI)

    worked = replace(holiday, days={date(2027, 1, 2): Day("元旦", is_working=True)})
    actions.publish_edition(worked, actor=ROOT, now=later)
    swept = actions.sweep(now=later)

    deadline.refresh_from_db()
    assert deadline.due_at == datetime(2027, 1, 2, 18, tzinfo=SHANGHAI)
    assert (swept.fired, deadline.fired_at) == (1, later)


def test_a_day_that_a_later_edition_no_longer_names_moves_the_deadlines_before_the_days_it_names() -> None:
    monday = datetime(2026, 12, 21, 10, tzinfo=SHANGHAI)
    worked = replace(NEW_YEAR, days={date(2026, 12, 26): Day("元旦", is_working=True)})  # a Saturday
    actions.publish_edition(worked, actor=ROOT, now=monday)
    deadline = start(Limit(5, LimitType.WORK_DAYS), now=monday)
    assert deadline.due_at == datetime(2026, 12, 26, 18, tzinfo=SHANGHAI)

    later_days = replace(NEW_YEAR, days={date(2026, 12, 28): Day("元旦", is_working=False)})
    assert actions.publish_edition(later_days, actor=ROOT, now=monday).moved == 1

    deadline.refresh_from_db()
    assert deadline.due_at == datetime(2026, 12, 29, 18, tzinfo=SHANGHAI)


def test_an_edition_of_tomorrow_is_applied_by_tomorrows_sweeper() -> None:
    deadline = start(Limit(2, LimitType.WORK_DAYS))
    tomorrow = NOW + timedelta(days=1)

    published = actions.publish_edition(replace(NEW_YEAR, effective_at=tomorrow), actor=ROOT, now=NOW)
    actions.sweep(now=NOW + timedelta(hours=1))
    deadline.refresh_from_db()
    assert (published.moved, deadline.provisional) == (0, True)

    a_minute_later = tomorrow + timedelta(seconds=60)
    actions.sweep(now=a_minute_later)
    deadline.refresh_from_db()
    assert deadline.provisional is False
    assert CalendarEdition.objects.get(year=2027).applied_at == a_minute_later


def test_a_deadline_started_by_another_process_with_old_rules_is_caught_up() -> None:
    deadline = start(Limit(2, LimitType.WORK_DAYS))
    old = {"due_at": deadline.due_at, "provisional": True, "calendar_edition": deadline.calendar_edition}
    actions.publish_edition(NEW_YEAR, actor=ROOT, now=NOW)
    Deadline.objects.update(**old)  # as if it had been written by a process that had not looked yet

    actions.sweep(now=NOW + timedelta(seconds=60))

    deadline.refresh_from_db()
    assert (deadline.due_at, deadline.provisional) == (datetime(2027, 1, 2, 18, tzinfo=SHANGHAI), False)


def test_a_paused_deadline_is_reckoned_by_the_new_calendar_when_it_runs_on() -> None:
    deadline = start(Limit(2, LimitType.WORK_DAYS))
    actions.pause(CASE, now=NOW)
    assert actions.publish_edition(NEW_YEAR, actor=ROOT, now=NOW).moved == 0

    actions.resume(CASE, now=NOW + timedelta(minutes=1))

    deadline.refresh_from_db()
    assert (deadline.due_at, deadline.provisional) == (datetime(2027, 1, 2, 18, tzinfo=SHANGHAI), False)


def test_the_calendar_is_the_one_in_force_at_the_moment() -> None:
    before = queries.calendar(datetime(2020, 1, 26, 23, tzinfo=SHANGHAI))
    after = queries.calendar(datetime(2020, 1, 27, tzinfo=SHANGHAI))

    assert before.is_workday(date(2020, 1, 31)) is True
    assert after.is_workday(date(2020, 1, 31)) is False


def test_an_explanation_keeps_the_editions_it_was_counted_with() -> None:
    deadline = start(Limit(5, LimitType.WORK_DAYS), now=datetime(2020, 1, 22, 10, tzinfo=SHANGHAI))

    assert "2月4日（周二）18:00" in queries.explain(deadline.pk)
    assert queries.explain(deadline.pk).endswith("依据日历CN-2020.1（国务院办公厅 国办发明电〔2019〕16号）。")


@pytest.mark.parametrize(
    ("notice", "refusal", "text"),
    [
        (
            replace(NEW_YEAR, problems=("第3行：日期不对", "缺少年份")),
            Incomplete,
            "第3行：日期不对；缺少年份。",
        ),
        (replace(NEW_YEAR, year=2026, number=1), Conflict, "2026年日历第1版已经存在。"),
    ],
)
def test_a_refused_notice_changes_nothing(notice: Notice, refusal: type[Exception], text: str) -> None:
    with pytest.raises(refusal, match=text):
        actions.publish_edition(notice, actor=ROOT, now=NOW)
    assert (CalendarEdition.objects.count(), verbs()) == (12, [])


def test_the_same_notice_twice_is_refused() -> None:
    actions.publish_edition(NEW_YEAR, actor=ROOT, now=NOW)
    with pytest.raises(Conflict, match="与2027年日历第1版内容相同"):
        actions.publish_edition(NEW_YEAR, actor=ROOT, now=NOW)


def test_only_administrators_and_operators_rule() -> None:
    with pytest.raises(NotPermitted):
        actions.publish_edition(NEW_YEAR, actor=CHEN, now=NOW)
    with pytest.raises(NotPermitted):
        actions.set_stage_limit(Stage.ACCEPT, False, None, actor=CHEN, now=NOW)
    assert (CalendarEdition.objects.count(), StageLimit.objects.count(), verbs()) == (12, 11, [])


@pytest.mark.parametrize(
    ("now", "years"),
    [
        (datetime(2026, 10, 31, 23, 59, tzinfo=SHANGHAI), []),
        (datetime(2026, 11, 1, tzinfo=SHANGHAI), [2027]),
        (datetime(2027, 3, 1, tzinfo=SHANGHAI), [2027]),
        (datetime(2027, 12, 1, tzinfo=SHANGHAI), [2027, 2028]),
    ],
)
def test_a_missing_calendar_is_warned_of_from_november(now: datetime, years: list[int]) -> None:
    warnings = queries.calendar_warnings(now)
    assert [warning[2:6] for warning in warnings] == [str(year) for year in years]


@pytest.mark.parametrize(
    ("stage", "urgent", "limit"),
    [
        (Stage.ACCEPT, False, Limit(10, LimitType.URGENT_MINUTES)),
        (Stage.ASSIGN, True, Limit(5, LimitType.URGENT_MINUTES)),
        (Stage.ACKNOWLEDGE, False, Limit(30, LimitType.URGENT_MINUTES)),
        (Stage.ACKNOWLEDGE, True, Limit(5, LimitType.URGENT_MINUTES)),
        (Stage.ARRIVE, True, Limit(20, LimitType.URGENT_MINUTES)),
        (Stage.ARRIVE, False, None),
        (Stage.DISPOSE, False, None),
        (Stage.VERIFY, False, Limit(2, LimitType.URGENT_HOURS)),
        (Stage.EVALUATE, False, Limit(7, LimitType.NATURAL_DAYS)),
    ],
)
def test_stage_limits_as_shipped(stage: Stage, urgent: bool, limit: Limit | None) -> None:
    assert queries.stage_limit(stage, urgent) == limit


def test_a_new_limit_holds_at_once_and_for_new_deadlines_only() -> None:
    running = start(Limit(10, LimitType.URGENT_MINUTES), Stage.ACCEPT)

    actions.set_stage_limit(
        Stage.ACCEPT, False, Limit(1, LimitType.WORK_HOURS), actor=ROOT, now=NOW
    )  # fmt: skip

    assert queries.stage_limit(Stage.ACCEPT, urgent=False) == Limit(1, LimitType.WORK_HOURS)
    assert queries.stage_limit(Stage.ACCEPT, urgent=True) == Limit(10, LimitType.URGENT_MINUTES)
    assert Deadline.objects.get().due_at == running.due_at
    entry = Entry.objects.get()
    assert (entry.verb, entry.subject, entry.actor) == ("stage_limit_set", "stage:accept", "staff:1")
    assert (entry.before, entry.after) == ("10 urgent_minutes", "1 work_hours")


def test_a_stage_can_lose_its_clock() -> None:
    actions.set_stage_limit(Stage.ARRIVE, True, None, actor=ROOT, now=NOW)
    assert queries.stage_limit(Stage.ARRIVE, urgent=True) is None


def test_limits_are_read_once_and_again_when_another_process_changed_them(
    django_assert_num_queries: DjangoAssertNumQueries, monkeypatch: pytest.MonkeyPatch
) -> None:
    queries.stage_limit(Stage.ACCEPT, urgent=False)
    with django_assert_num_queries(0):
        queries.stage_limit(Stage.ACCEPT, urgent=False)

    with connection.cursor() as cursor:  # as another process would
        cursor.execute("UPDATE clocks_stagelimit SET amount = 3 WHERE stage = 'accept'")
    Revision.objects.update(token=uuid4())
    monkeypatch.setattr("huying.clocks.queries.rules.FRESH_SECONDS", 0.0)

    assert queries.stage_limit(Stage.ACCEPT, urgent=False) == Limit(3, LimitType.URGENT_MINUTES)
