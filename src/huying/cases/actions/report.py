"""Cases come into being: reports by any channel, and history from elsewhere."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.db import IntegrityError, connection, transaction

from huying.cases.models import Case, Move, Reporter
from huying.cases.policy.moves import check_may_report
from huying.cases.policy.reports import HistoryRecord, Report, case_number, check_report
from huying.cases.states import GRANTS, State, Verb
from huying.clocks import actions as clocks
from huying.clocks import queries as limits
from huying.clocks.actions import NewDeadline
from huying.clocks.policy import SHANGHAI
from huying.clocks.states import Stage
from huying.ledger.actions import record_many
from huying.ledger.policy import Entry
from huying.org.policy import SYSTEM, Actor
from huying.places import queries as places
from huying.places.states import AreaLevel
from huying.shared.errors import KeyReused, NotPermitted
from huying.shared.ids import CaseId

_TAKE_SERIALS = """
INSERT INTO cases_serial (area_code, day, last) VALUES (%s, %s, %s)
ON CONFLICT (area_code, day) DO UPDATE SET last = cases_serial.last + excluded.last
RETURNING last
"""


@dataclass(frozen=True, slots=True)
class Reported:
    """The answer to a report: the same for the first and for every repeated sending."""

    number: str
    state: State
    reported_at: datetime
    created: bool  # False: it had been received before


@dataclass(frozen=True, slots=True)
class ImportCount:
    created: int
    unchanged: int
    conflicting: tuple[str, ...]  # keys seen before with another content; not imported


def report(sent: Report, *, actor: Actor, now: datetime) -> Reported:
    """File one report and start its clock. Raises Incomplete, KeyReused, NotPermitted."""
    return report_many([sent], actor=actor, now=now)[0]


def report_many(sent: Sequence[Report], *, actor: Actor, now: datetime) -> list[Reported]:
    """File reports in one transaction, all or none; answers come in the order of the reports.

    A (source, key) seen before is answered as it was; with another content it raises KeyReused.
    """
    check_may_report(actor)
    for each in sent:
        check_report(each)
    try:
        with transaction.atomic():
            return _file(sent, actor=actor, now=now)
    except IntegrityError as error:
        if "case_reported_once" not in str(error):
            raise
    with transaction.atomic():  # some were here before, or came twice at the same moment
        return _file_unseen(sent, actor=actor, now=now)


def _file_unseen(sent: Sequence[Report], *, actor: Actor, now: datetime) -> list[Reported]:
    """File what is new of `sent`; answer the rest from what was filed before."""
    known = _known(sent)
    fresh: dict[tuple[str, str], Report] = {}
    for each in sent:
        first = known.get((each.source, each.key)) or fresh.setdefault((each.source, each.key), each)
        if bytes(first.fingerprint) != each.fingerprint:
            raise KeyReused(key=each.key)
    filed = _file(list(fresh.values()), actor=actor, now=now) if fresh else []
    answers = {key: _again(case) for key, case in known.items()} | dict(zip(fresh, filed, strict=True))
    return [answers[each.source, each.key] for each in sent]


def _known(sent: Iterable[Report | HistoryRecord]) -> dict[tuple[str, str], Case]:
    """Return the cases already there, by (source, key)."""
    known = {}
    for source, group in groupby(sorted(sent, key=lambda each: each.source), key=lambda each: each.source):
        keys = [each.key for each in group]
        for case in Case.objects.filter(source=source, source_key__in=keys):
            known[case.source, case.source_key] = case
    return known


def _again(case: Case) -> Reported:
    return Reported(case.number, State.REPORTED, case.reported_at, created=False)


def _file(sent: Sequence[Report], *, actor: Actor, now: datetime) -> list[Reported]:
    """Number, store, start the clocks, record. The only place where a reported case is made."""
    numbers = _numbers([each.place.area_code for each in sent], now.astimezone(SHANGHAI).date())
    cases = Case.objects.bulk_create(
        [_reported(each, number, actor, now) for each, number in zip(sent, numbers, strict=True)]
    )
    _open_history(cases, Verb.REPORT, actor=actor, now=now)
    reporters = [
        Reporter(case=case, name=who.name, phone=who.phone, confidential=who.confidential)
        for case, who in zip(cases, (each.reporter for each in sent), strict=True)
        if who is not None
    ]
    if reporters:
        Reporter.objects.bulk_create(reporters)
    clocks.start_many(
        [
            NewDeadline(CaseId(case.pk), case.number, Stage.ACCEPT, limit, now)
            for case in cases
            if (limit := limits.stage_limit(Stage.ACCEPT, case.urgent)) is not None
        ]
    )
    return [Reported(case.number, State.REPORTED, now, created=True) for case in cases]


def _reported(sent: Report, number: str, actor: Actor, now: datetime) -> Case:
    return Case(
        number=number,
        state=State.REPORTED,
        source=sent.source,
        source_key=sent.key,
        fingerprint=sent.fingerprint,
        channel=sent.channel,
        reported_by=actor.key,
        text=sent.text,
        category_id=sent.category_id,
        urgent=sent.urgent,
        area_code=sent.place.area_code,
        place_certain=sent.place.certain,
        place_text=sent.place.text,
        estate_id=sent.place.estate_id,
        building_id=sent.place.building_id,
        lng=sent.place.lng,
        lat=sent.place.lat,
        found_at=sent.found_at or now,
        occurred_from=sent.occurred_from,
        occurred_to=sent.occurred_to,
        reported_at=now,
    )


def _numbers(area_codes: Sequence[str], day: date) -> list[str]:
    """Return one number for each area, without gaps within its street and day.

    Lock: the counter of the street until the transaction ends; streets in the order of their codes.
    """
    streets = [_street(code) for code in area_codes]
    last = {street: _take_serials(street, day, streets.count(street)) for street in sorted(set(streets))}
    given: dict[str, int] = {}
    numbers = []
    for street in streets:
        given[street] = given.get(street, 0) + 1
        numbers.append(case_number(street, day, last[street] - streets.count(street) + given[street]))
    return numbers


def _street(area_code: str) -> str:
    """Return the code of the street an area belongs to; a wider area stands for itself."""
    streets = (area.code for area in places.chain(area_code) if area.level is AreaLevel.STREET)
    return next(streets, area_code)


def _take_serials(street: str, day: date, count: int) -> int:
    """Return the last of `count` fresh serials."""
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_SERIALS, [street, day, count])
        return int(cursor.fetchone()[0])


def _open_history(cases: Sequence[Case], verb: Verb, *, actor: Actor, now: datetime) -> None:
    """Write the first step of each case into ledger and history."""
    entries = record_many(
        [
            Entry(
                at=now,
                actor=actor.key,
                verb=verb,
                subject=f"case:{case.number}",
                after=case.state,
                payload={"source": case.source, "fingerprint": bytes(case.fingerprint).hex()},
            )
            for case in cases
        ]
    )
    Move.objects.bulk_create(
        [
            Move(
                case=case,
                seq=1,
                verb=verb,
                after=case.state,
                at=now,
                actor=actor.key,
                public=True,
                entry_id=entry,
            )
            for case, entry in zip(cases, entries, strict=True)
        ]
    )


@transaction.atomic
def import_history(records: Sequence[HistoryRecord], *, actor: Actor, now: datetime) -> ImportCount:
    """Take over cases that ran their course elsewhere, with their true outcome.

    A second import of the same records changes nothing; a key that came before with another
    content is named in the result and left as it was. Numbers carry the day of the report.
    """
    if actor != SYSTEM and not actor.roles & GRANTS[Verb.IMPORT]:
        raise NotPermitted(verb=Verb.IMPORT.label)
    known = _known(records)
    fresh: dict[tuple[str, str], HistoryRecord] = {}
    conflicting = []
    for each in records:
        first = known.get((each.source, each.key)) or fresh.setdefault((each.source, each.key), each)
        if bytes(first.fingerprint) != each.fingerprint:
            conflicting.append(each.key)
    cases = Case.objects.bulk_create(_numbered_history(list(fresh.values()), actor))
    _open_history(cases, Verb.IMPORT, actor=actor, now=now)
    return ImportCount(len(fresh), len(records) - len(fresh) - len(conflicting), tuple(conflicting))


def _numbered_history(records: Sequence[HistoryRecord], actor: Actor) -> list[Case]:
    by_day = sorted(records, key=lambda each: each.reported_at.astimezone(SHANGHAI).date())
    cases = []
    for day, group in groupby(by_day, key=lambda each: each.reported_at.astimezone(SHANGHAI).date()):
        rows = list(group)
        numbers = _numbers([each.area_code for each in rows], day)
        cases += [_historical(each, number, actor) for each, number in zip(rows, numbers, strict=True)]
    return cases


def _historical(record: HistoryRecord, number: str, actor: Actor) -> Case:
    return Case(
        number=number,
        state=record.state,
        source=record.source,
        source_key=record.key,
        fingerprint=record.fingerprint,
        channel=record.channel,
        reported_by=actor.key,
        imported=True,
        text=record.text,
        category_id=record.category_id,
        urgent=record.urgent,
        area_code=record.area_code,
        lng=record.lng,
        lat=record.lat,
        found_at=record.reported_at,
        reported_at=record.reported_at,
        due_at=record.due_at,
        closed_at=record.closed_at,
        lead_unit_id=record.unit_id,
        in_time=record.in_time,
    )
