"""Everything that changes a catalogue."""

import hashlib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import orjson
from django.db import transaction
from django.db.models import QuerySet

from huying.catalogue.drafting import (
    Path,
    add_categories,
    add_conditions,
    add_duties,
    add_nodes,
    discard,
    held,
)
from huying.catalogue.models import Condition, ConditionUnit, Edition
from huying.catalogue.policy import (
    HOTLINE_LIMIT,
    Broken,
    CategoryRow,
    DutyRow,
    Limit,
    Node,
    last_day_before,
    unit_names,
)
from huying.catalogue.states import EditionState, Kind, Part
from huying.ledger.actions import record, record_many
from huying.ledger.policy import Entry
from huying.org import queries as org
from huying.org.policy import Actor
from huying.shared.errors import Conflict, Incomplete, NotFound
from huying.shared.ids import CategoryId
from huying.shared.sentences import Sentence

COLLECTED_SINCE = date(1900, 1, 1)  # a collected edition covers cases of any age


@dataclass(frozen=True, slots=True)
class Draft:
    """What an edition says about itself before it is stored."""

    scheme: str  # which catalogue; its editions follow each other in time
    name: str
    effective_from: date
    source: str = ""
    default_limit: Limit = HOTLINE_LIMIT  # for a category that states none


@dataclass(frozen=True, slots=True)
class Imported:
    edition_id: int
    state: EditionState
    created: int  # rows of the file that went in
    unchanged: int  # rows that were there already
    rejected: tuple[Broken, ...]


@transaction.atomic
def import_catalogue(
    draft: Draft,
    rows: Sequence[CategoryRow | DutyRow],
    *,
    actor: Actor,
    now: datetime,
    broken: Sequence[Broken] = (),
    accept_gaps: bool = False,
) -> Imported:
    """Store one edition and publish it when every row of its file could be read.

    With broken rows it stays a draft until the corrected file replaces it; `accept_gaps` publishes it all
    the same. The same rows again change nothing. Raises Incomplete without rows, Conflict when an edition
    of the scheme in force begins on that day or later. Lock: the editions of the scheme.
    """
    if not rows:
        raise Incomplete(reason="文件里没有可用的行")
    digest = _digest(draft, rows)
    edition = _same_edition(draft.scheme, digest)
    created = 0 if edition else len(rows)
    if edition is None:
        edition = _store(draft, rows, digest, actor=actor, now=now)
        resolve_units(draft.scheme, actor=actor, now=now)
    if edition.state == EditionState.DRAFT and (accept_gaps or not broken):
        edition = publish_edition(edition.pk, actor=actor, now=now)
    return Imported(edition.pk, EditionState(edition.state), created, len(rows) - created, tuple(broken))


@transaction.atomic
def publish_edition(edition_id: int, *, actor: Actor, now: datetime) -> Edition:
    """Put a draft in force from its first day and end the edition before it on the day before.

    Raises Conflict when it is no draft any more, or another edition in force begins on that day or later.
    Lock: the editions of the scheme.
    """
    scheme = Edition.objects.filter(pk=edition_id).values_list("scheme", flat=True).first()
    if scheme is None:
        raise NotFound(what="清单版本", key=edition_id)
    editions = _lock(scheme)
    edition, latest = editions.get(pk=edition_id), _latest(editions)
    if edition.state != EditionState.DRAFT:
        raise Conflict(reason=Sentence("“{edition}”已经生效，不能再次发布", edition=edition.name))
    if latest and latest.effective_from >= edition.effective_from:
        raise Conflict(
            reason=Sentence(
                "“{latest}”自{effective_from}起生效，新版本必须更晚开始",
                latest=latest.name,
                effective_from=latest.effective_from,
            )
        )
    if latest:
        latest.effective_to = last_day_before(edition.effective_from)
        latest.save(update_fields=["effective_to"])
    edition.state = EditionState.PUBLISHED.value
    edition.save(update_fields=["state"])
    _record(edition, "publish_edition", actor, now, before=EditionState.DRAFT, after=EditionState.PUBLISHED)
    return edition


@transaction.atomic
def ensure_categories(
    *, scheme: str, paths: Collection[tuple[Node, ...]], kind: Kind, actor: Actor, now: datetime
) -> dict[tuple[Node, ...], CategoryId]:
    """Return the category at the end of each path in the scheme's collected edition, made where missing.

    Names identify; the codes of a path are taken along, with "~2" when another name has the code already.
    Raises Incomplete for an empty path. Lock: the editions of the scheme.
    """
    if not all(paths):
        raise Incomplete(reason="类别路径为空")
    edition = _collected(scheme, actor, now)
    made = held(edition)
    added = add_nodes(edition, kind, paths, made)
    record_many(
        [
            Entry(
                at=now,
                actor=actor.key,
                verb="add_category",
                subject=f"category:{scheme}:{category.code}"[:80],
                payload={"name": category.name},
            )
            for category in added
        ]
    )
    ends = {path: made[kind.value, *(node.name for node in path)] for path in paths}
    return {path: CategoryId(category.pk) for path, category in ends.items()}


def ensure_category(
    *, scheme: str, path: Sequence[Node], kind: Kind, actor: Actor, now: datetime
) -> CategoryId:
    """Return the category at the end of one path: see ensure_categories."""
    (found,) = ensure_categories(scheme=scheme, paths=[tuple(path)], kind=kind, actor=actor, now=now).values()
    return found


@transaction.atomic
def resolve_units(scheme: str, *, actor: Actor, now: datetime) -> int:
    """Link the unit names in a scheme's conditions to the units now open; return how many links are new.

    Done at every import, and again when units were added later. A name that several units bear stays
    unlinked: a person must say which one is meant.
    """
    known = _units_by_name()
    conditions = Condition.objects.filter(category__edition__scheme=scheme)
    links = [
        ConditionUnit(condition=condition, unit_id=known[name], part=part.value)
        for condition in conditions.iterator()
        for part, text in _texts(condition)
        for name in unit_names(text)
        if name in known
    ]
    before = ConditionUnit.objects.count()
    ConditionUnit.objects.bulk_create(links, ignore_conflicts=True)
    added = ConditionUnit.objects.count() - before
    if added:
        record(
            at=now,
            actor=actor.key,
            verb="resolve_units",
            subject=f"catalogue:{scheme}",
            payload={"links": added},
        )
    return added


def _units_by_name() -> dict[str, int]:
    """Return the open units whose name only they bear."""
    units = list(org.units().values_list("name", "pk"))
    borne = Counter(name for name, _ in units)
    return {name: pk for name, pk in units if borne[name] == 1}


def _texts(condition: Condition) -> tuple[tuple[Part, str], ...]:
    return (
        (Part.LEAD, condition.lead_text),
        (Part.SUPERVISOR, condition.supervisor_text),
        (Part.CO, condition.co_text),
    )


def _lock(scheme: str) -> QuerySet[Edition]:
    """Lock every edition of a scheme, so that one import at a time decides about it."""
    editions = Edition.objects.filter(scheme=scheme)
    list(editions.select_for_update().order_by("pk"))
    return editions


def _latest(editions: QuerySet[Edition]) -> Edition | None:
    return editions.exclude(state=EditionState.DRAFT).order_by("effective_from").last()


def _digest(draft: Draft, rows: Sequence[CategoryRow | DutyRow]) -> bytes:
    return hashlib.sha256(orjson.dumps([draft.default_limit, *rows])).digest()


def _same_edition(scheme: str, digest: bytes) -> Edition | None:
    """Return the draft or the latest edition in force that holds exactly these rows."""
    editions = _lock(scheme)
    latest = _latest(editions)
    same = [
        edition for edition in editions.filter(digest=digest) if not edition.in_force or edition == latest
    ]
    return same[0] if same else None


def _store(
    draft: Draft, rows: Sequence[CategoryRow | DutyRow], digest: bytes, *, actor: Actor, now: datetime
) -> Edition:
    """Replace the scheme's draft by a new one with these rows."""
    editions = _lock(draft.scheme)
    discard(editions.filter(state=EditionState.DRAFT))
    if editions.filter(effective_from=draft.effective_from).exists():
        raise Conflict(
            reason=Sentence(
                "{scheme}在{effective_from}已有生效版本，新版本必须更晚开始",
                scheme=draft.scheme,
                effective_from=draft.effective_from,
            )
        )
    edition = Edition.objects.create(
        scheme=draft.scheme,
        name=draft.name,
        effective_from=draft.effective_from,
        source=draft.source,
        digest=digest,
        default_limit_amount=draft.default_limit.amount,
        default_limit_type=draft.default_limit.type,
    )
    categories = [row for row in rows if isinstance(row, CategoryRow)]
    add_conditions(categories, add_categories(edition, categories, _codes(_latest(editions))))
    add_duties(edition, [row for row in rows if isinstance(row, DutyRow)])
    _record(edition, "import_catalogue", actor, now, after=EditionState.DRAFT, rows=len(rows))
    return edition


def _collected(scheme: str, actor: Actor, now: datetime) -> Edition:
    """Return the locked edition that gathers a scheme's categories from imported cases."""
    edition, created = Edition.objects.get_or_create(
        scheme=scheme,
        effective_from=COLLECTED_SINCE,
        defaults={"name": f"{scheme}（自历史案件汇集）", "state": EditionState.COLLECTED.value},
    )
    later = _lock(scheme).exclude(pk=edition.pk).order_by("effective_from").first()
    if created:
        if later:
            edition.effective_to = last_day_before(later.effective_from)
            edition.save(update_fields=["effective_to"])
        _record(edition, "collect_edition", actor, now, after=EditionState.COLLECTED)
    return edition


def _codes(edition: Edition | None) -> dict[Path, str]:
    return {path: category.code for path, category in held(edition).items()} if edition else {}


def _record(
    edition: Edition,
    verb: str,
    actor: Actor,
    now: datetime,
    *,
    before: str = "",
    after: str = "",
    **facts: object,
) -> None:
    """Enter an act on an edition, with what proves which rows it holds."""
    payload = {"source": edition.source, "digest": bytes(edition.digest).hex(), **facts}
    subject = f"catalogue:{edition.scheme}@{edition.effective_from}"
    record(at=now, actor=actor.key, verb=verb, subject=subject, before=before, after=after, payload=payload)
