"""Cases that ran their course elsewhere."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from huying.cases.actions.numbering import Known, New, Wanted, known_or_new
from huying.cases.actions.opening import BLANK, opened
from huying.cases.policy.reports import HistoryRecord
from huying.cases.states import GRANTS, Verb
from huying.clocks.policy import SHANGHAI
from huying.database import hot
from huying.org.policy import SYSTEM, Actor
from huying.shared.errors import NotPermitted


@dataclass(frozen=True, slots=True)
class ImportCount:
    created: int
    unchanged: int
    conflicting: tuple[str, ...]  # keys seen before with another content; not imported


@transaction.atomic
def import_history(records: Sequence[HistoryRecord], *, actor: Actor, now: datetime) -> ImportCount:
    """Take over cases that ran their course elsewhere, with their true outcome.

    A second import of the same records changes nothing; a key that came before with another
    content is named in the result and left as it was. Numbers carry the day of the report.
    """
    if actor != SYSTEM and not actor.roles & GRANTS[Verb.IMPORT]:
        raise NotPermitted(verb=Verb.IMPORT.label)
    first: dict[tuple[str, str], HistoryRecord] = {}
    for each in records:
        first.setdefault((each.source, each.key), each)
    found = dict(zip(first, known_or_new([_wanted(each) for each in first.values()]), strict=True))
    fresh = [(first[key], new) for key, new in found.items() if isinstance(new, New)]
    cases = [_historical(each, new, actor) for each, new in fresh]
    hot.write(*opened(cases, [new for _, new in fresh], Verb.IMPORT, [(actor, now)] * len(fresh)))
    there = {key: was for key, was in found.items() if isinstance(was, Known)}
    conflicting = tuple(
        each.key
        for each in records
        if (there.get((each.source, each.key)) or first[each.source, each.key]).fingerprint
        != each.fingerprint
    )
    return ImportCount(len(fresh), len(records) - len(fresh) - len(conflicting), conflicting)


def _wanted(record: HistoryRecord) -> Wanted:
    day = record.reported_at.astimezone(SHANGHAI).date()
    return Wanted(record.source, record.key, record.area_code, day)


def _historical(record: HistoryRecord, new: New, actor: Actor) -> hot.Row:
    return {
        **BLANK,
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
