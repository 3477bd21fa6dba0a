"""Cases come into being: reports by any channel, and history from elsewhere."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

from django.db import IntegrityError, connection, transaction

from huying.cases.policy.moves import check_may_report
from huying.cases.policy.reports import HistoryRecord, Report, Reporter, case_number, check_report
from huying.cases.states import GRANTS, State, Verb
from huying.catalogue.states import Level
from huying.clocks import actions as clocks
from huying.clocks import queries as limits
from huying.clocks.actions import NewDeadline
from huying.clocks.policy import SHANGHAI
from huying.clocks.states import Stage
from huying.database import hot
from huying.ledger.actions import NEXT_ID, sealed
from huying.ledger.policy import Entry
from huying.org.policy import SYSTEM, Actor
from huying.places import queries as places
from huying.places.states import AreaLevel
from huying.shared.errors import KeyReused, NotPermitted
from huying.shared.ids import CaseId

_KNOWN = """
SELECT source_key, fingerprint, number, reported_at FROM cases_case WHERE source = %s AND source_key = ANY(%s)
"""
# A case is durable only after everything written to the log before it, this counter included: the counter
# itself need not be waited for. A number that a crash takes back was never given to anybody.
_TAKE_NUMBERS = f"""
WITH relaxed AS MATERIALIZED (
    SELECT CASE WHEN %s THEN set_config('synchronous_commit', 'off', true) END
), wanted AS (
    SELECT wanted.* FROM relaxed, json_to_recordset(%s::json) AS wanted(street text, day date, count int)
), taken AS (
    INSERT INTO cases_serial (area_code, day, last) SELECT street, day, count FROM wanted ORDER BY street, day
    ON CONFLICT (area_code, day) DO UPDATE SET last = cases_serial.last + excluded.last
    RETURNING area_code AS street, day, last
)
SELECT street, day, last - count + serial, nextval('cases_case_id_seq'), {NEXT_ID}
FROM taken JOIN wanted USING (street, day), generate_series(1, count) AS serial
"""  # noqa: S608  # NEXT_ID is a constant


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
        return _file_unseen(sent, actor=actor, now=now)
    except IntegrityError as error:
        if "case_reported_once" not in str(error):
            raise
    return _file_unseen(sent, actor=actor, now=now)  # the same report came twice at the same moment


def _file_unseen(sent: Sequence[Report], *, actor: Actor, now: datetime) -> list[Reported]:
    """File what is new of `sent`; answer the rest from what was filed before."""
    known = _known(sent)
    fresh: dict[tuple[str, str], Report] = {}
    for each in sent:
        first = known.get((each.source, each.key)) or fresh.setdefault((each.source, each.key), each)
        if first.fingerprint != each.fingerprint:
            raise KeyReused(key=each.key)
    filed = _file(list(fresh.values()), actor=actor, now=now) if fresh else []
    answers = {key: case.again() for key, case in known.items()} | dict(zip(fresh, filed, strict=True))
    return [answers[each.source, each.key] for each in sent]


@dataclass(frozen=True, slots=True)
class _Known:
    """A case that is already there."""

    fingerprint: bytes
    number: str
    reported_at: datetime

    def again(self) -> Reported:
        return Reported(self.number, State.REPORTED, self.reported_at, created=False)


def _known(sent: Iterable[Report | HistoryRecord]) -> dict[tuple[str, str], _Known]:
    """Return the cases already there, by (source, key)."""
    keys: dict[str, list[str]] = {}
    for each in sent:
        keys.setdefault(each.source, []).append(each.key)
    return {
        (source, key): _Known(*rest)
        for source in keys
        for key, *rest in hot.fetch(_KNOWN, [source, keys[source]])
    }


def _file(sent: Sequence[Report], *, actor: Actor, now: datetime) -> list[Reported]:
    """Number, store, start the clocks, record. The only place where a reported case is made."""
    today = now.astimezone(SHANGHAI).date()
    fresh = _numbered([(each.place.area_code, today) for each in sent])
    cases = [_reported(each, new, actor, now) for each, new in zip(sent, fresh, strict=True)]
    reporters = [
        _reporter(new.id, each.reporter) for new, each in zip(fresh, sent, strict=True) if each.reporter
    ]
    deadlines = [clock for new, each in zip(fresh, sent, strict=True) for clock in _clocks(new, each, now)]
    hot.write(
        *_opened(cases, fresh, Verb.REPORT, actor, now),
        hot.Rows("cases_reporter", reporters),
        clocks.started(deadlines),
    )
    return [Reported(new.number, State.REPORTED, now, created=True) for new in fresh]


def _clocks(new: "_New", sent: Report, now: datetime) -> Iterator[NewDeadline]:
    limit = limits.stage_limit(Stage.ACCEPT, sent.urgent)
    if limit is not None:
        yield NewDeadline(new.id, new.number, Stage.ACCEPT, limit, now)


@dataclass(frozen=True, slots=True)
class _New:
    """What a case is called before it is stored."""

    id: CaseId
    number: str
    entry_id: int  # of its first ledger entry


# What every new case has in common; the rest of its columns is null until something happens.
_BLANK: hot.Row = {
    "imported": False,
    "level": Level.GRID,
    "urgent": False,
    "place_certain": True,
    "place_text": "",
    "limit_type": "",
    "resolved_level": "",
    "self_handled": False,
    "round": 1,
    "moves_made": 1,
}


def _reported(sent: Report, new: _New, actor: Actor, now: datetime) -> hot.Row:
    return {
        **_BLANK,
        "id": new.id,
        "number": new.number,
        "state": State.REPORTED,
        "source": sent.source,
        "source_key": sent.key,
        "fingerprint": sent.fingerprint,
        "channel": sent.channel,
        "reported_by": actor.key,
        "text": sent.text,
        "category_id": sent.category_id,
        "urgent": sent.urgent,
        "area_code": sent.place.area_code,
        "place_certain": sent.place.certain,
        "place_text": sent.place.text,
        "estate_id": sent.place.estate_id,
        "building_id": sent.place.building_id,
        "lng": sent.place.lng,
        "lat": sent.place.lat,
        "found_at": sent.found_at or now,
        "occurred_from": sent.occurred_from,
        "occurred_to": sent.occurred_to,
        "reported_at": now,
    }


def _reporter(case_id: CaseId, who: Reporter) -> hot.Row:
    return {"case_id": case_id, "name": who.name, "phone": who.phone, "confidential": who.confidential}


def _numbered(places_and_days: Sequence[tuple[str, date]]) -> list[_New]:
    """Return number and ids for one case of each (area code, day of the report).

    A statement of its own before the transaction of the case, so that the counter of a busy street is
    never held while a case is stored. The number of a case that then fails stays unused.
    """
    street_of = {code: _street(code) for code in {code for code, _ in places_and_days}}
    wanted = Counter((street_of[code], day) for code, day in places_and_days)
    rows = [{"street": street, "day": day, "count": count} for (street, day), count in wanted.items()]
    taken: dict[tuple[str, date], list[_New]] = {key: [] for key in wanted}
    alone = not connection.in_atomic_block  # else the commit of a whole transaction would be relaxed
    for street, day, serial, case_id, entry_id in hot.fetch(_TAKE_NUMBERS, [alone, hot.as_json(rows)]):
        number = case_number(street, day, serial)
        taken[street, day].append(_New(CaseId(case_id), number, entry_id))
    queues = {key: iter(sorted(fresh, key=lambda new: new.number)) for key, fresh in taken.items()}
    return [next(queues[street_of[code], day]) for code, day in places_and_days]


def _street(area_code: str) -> str:
    """Return the code of the street an area belongs to; a wider area stands for itself."""
    streets = (area.code for area in places.chain(area_code) if area.level is AreaLevel.STREET)
    return next(streets, area_code)


def _opened(
    cases: Sequence[hot.Row], fresh: Sequence[_New], verb: Verb, actor: Actor, now: datetime
) -> tuple[hot.Rows, ...]:
    """Return the rows of new cases with the first step of each in history and ledger."""
    entries = [new.entry_id for new in fresh]
    moves = [_first_move(case, entry, verb, actor, now) for case, entry in zip(cases, entries, strict=True)]
    return (
        hot.Rows("cases_case", cases),
        hot.Rows("cases_move", moves),
        *sealed([_entry(case, verb, actor, now) for case in cases], entries),
    )


def _first_move(case: hot.Row, entry: int, verb: Verb, actor: Actor, now: datetime) -> hot.Row:
    return {
        "case_id": case["id"],
        "seq": 1,
        "verb": verb,
        "before": "",
        "after": case["state"],
        "at": now,
        "actor": actor.key,
        "opinion": "",
        "facts": {},
        "public": True,
        "entry_id": entry,
    }


def _entry(case: hot.Row, verb: Verb, actor: Actor, now: datetime) -> Entry:
    payload = {"seq": 1, "source": case["source"], "fingerprint": cast(bytes, case["fingerprint"]).hex()}
    return Entry(now, actor.key, verb, f"case:{case['number']}", after=str(case["state"]), payload=payload)


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
        if first.fingerprint != each.fingerprint:
            conflicting.append(each.key)
    rows = list(fresh.values())
    numbered = _numbered([(each.area_code, each.reported_at.astimezone(SHANGHAI).date()) for each in rows])
    cases = [_historical(each, new, actor) for each, new in zip(rows, numbered, strict=True)]
    hot.write(*_opened(cases, numbered, Verb.IMPORT, actor, now))
    return ImportCount(len(fresh), len(records) - len(fresh) - len(conflicting), tuple(conflicting))


def _historical(record: HistoryRecord, new: _New, actor: Actor) -> hot.Row:
    return {
        **_BLANK,
        "id": new.id,
        "number": new.number,
        "state": record.state,
        "source": record.source,
        "source_key": record.key,
        "fingerprint": record.fingerprint,
        "channel": record.channel,
        "reported_by": actor.key,
        "imported": True,
        "text": record.text,
        "category_id": record.category_id,
        "urgent": record.urgent,
        "area_code": record.area_code,
        "lng": record.lng,
        "lat": record.lat,
        "found_at": record.reported_at,
        "reported_at": record.reported_at,
        "due_at": record.due_at,
        "closed_at": record.closed_at,
        "lead_unit_id": record.unit_id,
        "in_time": record.in_time,
    }
