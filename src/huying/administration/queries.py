"""Reads of administration: uploads of their owner, and what the ledger tells of a record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext as _

from huying.administration.models import Upload
from huying.administration.policy.reach import is_within, reach, require_reach
from huying.ledger import queries as ledger
from huying.org import queries as org
from huying.org.policy import Actor
from huying.org.states import AppointmentKind, ChainLevel, Employment, Role, UnitKind
from huying.places import queries as places
from huying.places.states import AreaLevel, EstateClass, Scene
from huying.shared.errors import NotFound, NotPermitted, Unavailable
from huying.shared.words import Word

MOST_STEPS = 50  # of a history on a page


def upload_for(actor: Actor, upload_id: UUID, now: datetime, *, lock: bool = False) -> Upload:
    """Return one's own upload whose time is not over. Raises NotFound for another's."""
    rows = Upload.objects.select_for_update() if lock else Upload.objects.all()
    found = rows.filter(pk=upload_id, owner=actor.key, expires_at__gt=now).first()
    if found is None:
        raise NotFound(what="导入文件（只保留2小时）", key=str(upload_id)[:8])
    return found


def administers_whole(actor: Actor, now: datetime) -> bool:
    """Tell whether somebody administers the whole installation: what rules everywhere is his to change.

    Everything lies in one street as a rule; who administers that administers the whole.
    """
    reached = reach(actor, frozenset({Role.ADMINISTRATOR}))
    if is_within("", reached):
        return True
    try:
        return is_within(places.common(localtime(now).date()).code, reached)
    except Unavailable:  # no area yet
        return False


def require_whole(actor: Actor, now: datetime, *, doing: str) -> None:
    """Raises NotSignedIn, or NotPermitted."""
    require_reach(actor, frozenset({Role.ADMINISTRATOR}), doing=doing)
    if not administers_whole(actor, now):
        raise NotPermitted(verb=doing)


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of a record's history. changes: (field, before, after); facts: what else it says."""

    at: datetime
    who: str
    verb: str
    subject: str
    changes: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    before: str = ""
    after: str = ""


def history(subjects: Iterable[str]) -> list[Step]:
    """Return what was done to a record, newest first."""
    entries = [entry for subject in subjects for entry in ledger.history(subject)]
    entries = sorted(entries, key=lambda entry: entry.pk, reverse=True)[:MOST_STEPS]
    names = org.names({entry.actor for entry in entries})
    return [
        Step(
            entry.at,
            names.get(entry.actor, entry.actor),
            entry.verb,
            entry.subject,
            *_said(entry.pk),
            before=entry.before,
            after=entry.after,
        )
        for entry in entries
    ]


def _said(entry_id: int) -> tuple[tuple[tuple[str, str, str], ...], tuple[tuple[str, str], ...]]:
    """Return what the payload of an entry says to people; nothing once it was erased."""
    opening = ledger.opening(entry_id)
    payload = orjson.loads(opening["payload"]) if opening else {}
    changes = payload.pop("changes", None) or {}
    told = {name: value for name, value in payload.items() if name not in _TECHNICAL}
    return tuple(_changes(changes)), tuple((name, _text(name, value)) for name, value in told.items())


def _changes(changes: Mapping[str, Sequence[object]]) -> Iterator[tuple[str, str, str]]:
    for field, (before, after) in changes.items():
        if field not in _TECHNICAL:
            yield field, _text(field, before), _text(field, after)


def _text(field: str, value: object) -> str:
    """Return a value of a payload as people say it: words by their labels, people by their names."""
    if isinstance(value, list):
        return "、".join(_text(field, each) for each in value)
    if value is None or value == "":
        return ""
    if field in _PEOPLE:
        return org.names({f"staff:{value}"}).get(f"staff:{value}", f"{value}")
    if isinstance(value, bool):
        return (_("是") if value else _("否")) if field in _SAID_BY_YES else str(value)
    label = next((word.label for words in _WORDS.get(field, ()) for word in words if word == value), None)
    return gettext(label) if label else str(value)


_TECHNICAL = {"sha256", "digest", "area_id", "estate_id", "order"}
_SAID_BY_YES = {"is_head"}
_PEOPLE = {"staff", "deputy", "coming"}
_WORDS: Mapping[str, tuple[type[Word], ...]] = {
    "role": (Role,),
    "employment": (Employment,),
    "level": (ChainLevel, AreaLevel),
    "kind": (AppointmentKind, UnitKind),
    "scene": (Scene,),
    "estate_class": (EstateClass,),
}
