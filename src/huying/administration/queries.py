"""Reads of administration: uploads of their owner, and what the ledger tells of a record."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from huying.administration.models import Upload
from huying.ledger import queries as ledger
from huying.org import queries as org
from huying.org.policy import Actor
from huying.shared.errors import NotFound

MOST_STEPS = 50  # of a history on a page


def upload_for(actor: Actor, upload_id: UUID, now: datetime, *, lock: bool = False) -> Upload:
    """Return one's own upload whose time is not over. Raises NotFound for another's."""
    rows = Upload.objects.select_for_update() if lock else Upload.objects.all()
    found = rows.filter(pk=upload_id, owner=actor.key, expires_at__gt=now).first()
    if found is None:
        raise NotFound(what="导入文件(只保留2小时)", key=str(upload_id)[:8])
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a record's history. changes: (field, before, after); facts: what else it says."""

    at: datetime
    who: str
    verb: str
    changes: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]


def history(subjects: Iterable[str]) -> list[Step]:
    """Return what was done to a record, newest first."""
    entries = [entry for subject in subjects for entry in ledger.history(subject)]
    entries = sorted(entries, key=lambda entry: entry.pk, reverse=True)[:MOST_STEPS]
    names = org.names({entry.actor for entry in entries})
    return [
        Step(entry.at, names.get(entry.actor, entry.actor), entry.verb, *_said(entry.pk)) for entry in entries
    ]


def _said(entry_id: int) -> tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str], ...]]:
    """Return what the payload of an entry says; nothing once it was erased."""
    opening = ledger.opening(entry_id)
    payload = orjson.loads(opening["payload"]) if opening else {}
    changes = payload.pop("changes", None) or {}
    return tuple(_changes(changes)), tuple((name, _text(value)) for name, value in payload.items())


def _changes(changes: dict[str, list[object]]) -> Iterator[tuple[str, str, str]]:
    for field, pair in changes.items():
        before, after = pair
        yield field, _text(before), _text(after)


def _text(value: object) -> str:
    if isinstance(value, list):
        return "、".join(map(_text, value))
    return "" if value is None else str(value)
