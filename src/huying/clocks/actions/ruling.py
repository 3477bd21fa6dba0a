"""Changing what clocks run by: calendar editions and stage limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import uuid4

from django.db import transaction

from huying.clocks.actions.reckoning import reckon_again
from huying.clocks.models import CalendarDay, CalendarEdition, Deadline, Revision, StageLimit
from huying.clocks.policy import SHANGHAI, Day, Edition, Limit, Notice
from huying.clocks.queries import rules
from huying.clocks.queries.preview import touched
from huying.clocks.states import RULERS, DeadlineState, Stage
from huying.ledger.actions import record, record_many
from huying.ledger.policy import Entry
from huying.org.policy import SYSTEM, Actor
from huying.shared.errors import Conflict, Incomplete, NotPermitted
from huying.shared.sentences import Sentence

CHUNK = 1_000  # deadlines recomputed at a time
SETTLING = timedelta(seconds=60)  # by then nobody reckons with the rules of before


@dataclass(frozen=True, slots=True)
class Published:
    """A new edition and how many running deadlines it moved."""

    code: str
    moved: int


@transaction.atomic
def publish_edition(notice: Notice, *, actor: Actor, now: datetime) -> Published:
    """Put a calendar edition in force and recompute the running deadlines it touches.

    One whose `effective_at` lies ahead is applied by the sweeper when its time has come.
    Raises Incomplete naming every problem of the notice, Conflict when the edition is there already.
    """
    _need_ruler(actor, "发布日历")
    if notice.problems:
        raise Incomplete(reason="；".join(notice.problems))
    Revision.objects.select_for_update().get(pk=1)  # one edit at a time, so that numbers follow each other
    edition = _create(notice, now=now)
    _revise()
    code = f"CN-{edition.year}.{edition.number}"
    record(
        at=now,
        actor=actor.key,
        verb="calendar_published",
        subject=f"calendar:{code}",
        payload={"source": edition.source, "effective_at": edition.effective_at, "days": len(notice.days)},
    )
    return Published(code, _apply(edition, now) if edition.effective_at <= now else 0)


def _create(notice: Notice, *, now: datetime) -> CalendarEdition:
    earlier = CalendarEdition.objects.filter(year=notice.year)
    newest = earlier.order_by("-number").first()
    number = notice.number or (newest.number + 1 if newest else 1)
    if earlier.filter(number=number).exists():
        raise Conflict(reason=Sentence("{year}年日历第{number}版已经存在", year=notice.year, number=number))
    if newest and _days(newest) == dict(notice.days):
        raise Conflict(
            reason=Sentence("与{year}年日历第{number}版内容相同", year=notice.year, number=newest.number)
        )
    edition = CalendarEdition.objects.create(
        year=notice.year,
        number=number,
        effective_at=notice.effective_at or now,
        published_at=now,
        source=notice.source,
        working_periods=",".join(str(period) for period in notice.periods),
    )
    CalendarDay.objects.bulk_create(
        CalendarDay(edition=edition, day=day, name=rule.name, is_working=rule.is_working)
        for day, rule in notice.days.items()
    )
    return edition


def _days(edition: CalendarEdition) -> dict[date, Day]:
    return {day.day: Day(day.name, day.is_working) for day in edition.days.all()}


@transaction.atomic
def settle_editions(*, now: datetime) -> int:
    """Recompute running deadlines a minute after an edition came into force; return how many moved.

    For an edition announced ahead this is the first time; for others it catches the deadlines that a
    process started by the rules it still had in memory. What has been fired stays fired.
    Lock: the editions, then the deadlines in order of id.
    """
    settled = now - SETTLING
    fresh = CalendarEdition.objects.filter(
        applied_at=None, effective_at__lte=settled, published_at__lte=settled
    )
    if not fresh:
        return 0
    moved = sum(_apply(edition, now) for edition in fresh.select_for_update().order_by("effective_at"))
    fresh.update(applied_at=now)
    return moved


def _apply(row: CalendarEdition, now: datetime) -> int:
    edition = Edition(row.year, row.number, _days(row))
    ids = list(touched(edition).order_by("id").values_list("id", flat=True))
    moved = 0
    for first in range(0, len(ids), CHUNK):
        moved += _move(ids[first : first + CHUNK], edition.code, now)
    return moved


def _move(ids: Sequence[int], code: str, now: datetime) -> int:
    running = Deadline.objects.select_for_update().filter(
        pk__in=ids, state=DeadlineState.RUNNING, fired_at=None
    )
    deadlines = list(running.order_by("id"))
    before = reckon_again(deadlines, rules.calendar(now))
    entries = [
        _moved(deadline, old, code, now)
        for deadline, old in zip(deadlines, before, strict=True)
        if old != deadline.due_at
    ]
    if entries:
        record_many(entries)
    return len(entries)


def _moved(deadline: Deadline, old: datetime | None, code: str, now: datetime) -> Entry:
    return Entry(
        now,
        SYSTEM.key,
        "deadline_recalculated",
        f"case:{deadline.case_number}",
        before=_text(old),
        after=_text(deadline.due_at),
        payload={"stage": deadline.stage, "calendar": code},
    )


def _text(moment: datetime | None) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds") if moment else ""


@transaction.atomic
def set_stage_limit(
    stage: Stage, urgent: bool, limit: Limit | None, *, actor: Actor, now: datetime, reason: str = ""
) -> None:
    """Change how long a stage may take from now on; None = no clock. Running deadlines keep theirs.

    reason: kept in the ledger, whose entries of a stage are the editions of its limit.
    """
    _need_ruler(actor, "设置时限")
    Revision.objects.select_for_update().get(pk=1)
    row = StageLimit.objects.filter(stage=stage, urgent=urgent)
    before = row.first()
    if limit is None:
        row.delete()
    else:
        StageLimit.objects.update_or_create(
            stage=stage, urgent=urgent, defaults={"amount": limit.amount, "type": limit.type}
        )
    _revise()
    record(
        at=now,
        actor=actor.key,
        verb="stage_limit_set",
        subject=f"stage:{stage}{':urgent' if urgent else ''}",
        before=f"{before.amount} {before.type}" if before else "",
        after=f"{limit.amount} {limit.type}" if limit else "",
        payload={"reason": reason},
    )


def _revise() -> None:
    """Tell every process that the rules changed: this one now and again after commit, the others by token."""
    Revision.objects.filter(pk=1).update(token=uuid4())
    rules.forget()
    transaction.on_commit(rules.forget)


def _need_ruler(actor: Actor, verb: str) -> None:
    if actor != SYSTEM and not actor.roles & RULERS:
        raise NotPermitted(verb=verb)
