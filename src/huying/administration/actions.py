"""Uploads: staged, looked at, applied. What they change is written by the actions of the packages."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection, transaction

from huying.administration import reading, rulebooks, sheets
from huying.administration.models import Upload
from huying.administration.policy.columns import CLEAR
from huying.administration.policy.headers import NOWHERE, Header
from huying.administration.policy.reach import require_reach
from huying.administration.policy.verdicts import Change, Judged, counts, judge
from huying.administration.queries import require_whole, upload_for
from huying.administration.states import TableName, Verdict
from huying.administration.tables import TABLES, Cells, Given, Table
from huying.catalogue import actions as catalogue
from huying.clocks import actions as clocks
from huying.ledger.actions import record
from huying.org.policy import Actor
from huying.shared.errors import Conflict, Incomplete, NotFound, Refused, TooLarge
from huying.shared.sentences import Sentence, Sentences, clause

KEPT = timedelta(hours=2)  # how long a file waits to be applied
_WRITES = frozenset({Verdict.NEW, Verdict.CHANGED})
_ONE_AT_A_TIME = "SELECT pg_advisory_xact_lock(hashtext(%s))"


class Outdated(Conflict):
    """Somebody else changed the record since it was opened. `present`: what it says now."""

    text = "{title}在您打开之后已被他人更改，请核对后再保存。"

    def __init__(self, *, title: str, present: Mapping[str, str] | None = None) -> None:
        super().__init__(title=title)
        self.present = present or {}


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What an upload would do. judged: every row in the order of the file. skipped: (line, first words)."""

    judged: Sequence[Judged]
    skipped: Sequence[tuple[int, str]]

    @property
    def counts(self) -> dict[str, int]:
        return {**counts(self.judged), Verdict.SKIPPED.value: len(self.skipped)}

    @property
    def broken(self) -> list[Judged]:
        return [each for each in self.judged if each.verdict is Verdict.BROKEN]


@transaction.atomic
def stage(table: Table, filename: str, content: bytes, *, actor: Actor, now: datetime) -> Upload:
    """Keep a file for two hours and recognise its header.

    Raises NotPermitted, TooLarge, or Malformed when it is no table that can be read.
    """
    require_reach(actor, table.roles, doing=Sentence("导入{table}", table=table.name.label))
    number, header = reading.recognised(sheets.read(content), table)
    clear_uploads(now)
    return Upload.objects.create(
        table=table.name,
        owner=actor.key,
        filename=filename[-200:],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        sheet=number,
        header_row=header.row if header else None,
        mapping=dict(header.columns) if header else {},
        created_at=now,
        expires_at=now + KEPT,
    )


@transaction.atomic
def stage_rulebook(
    kind: TableName, filename: str, content: bytes, options: Mapping[str, str], *, actor: Actor, now: datetime
) -> Upload:
    """Keep a catalogue or a calendar for two hours. options: what was said beside it.

    Raises NotPermitted unless the actor administers the whole installation, TooLarge.
    """
    require_whole(actor, now, doing=Sentence("导入{table}", table=kind.label))
    if len(content) > sheets.LARGEST_FILE:
        raise TooLarge(megabytes=sheets.LARGEST_FILE // 1_000_000)
    clear_uploads(now)
    return Upload.objects.create(
        table=kind,
        owner=actor.key,
        filename=filename[-200:],
        content=content,
        digest=hashlib.sha256(content).hexdigest(),
        options=dict(options),
        created_at=now,
        expires_at=now + KEPT,
    )


@transaction.atomic
def publish_calendar(upload_id: UUID, *, actor: Actor, now: datetime) -> Upload:
    """Put an uploaded calendar in force; a second time changes nothing. Raises as `publish_edition` does."""
    require_whole(actor, now, doing="发布日历")
    upload = upload_for(actor, upload_id, now, lock=True)
    if upload.applied_at:
        return upload
    published = clocks.publish_edition(rulebooks.notice_of(upload), actor=actor, now=now)
    return _applied(upload, {"code": published.code, "moved": published.moved}, now)


@transaction.atomic
def publish_catalogue(upload_id: UUID, *, only_good: bool, actor: Actor, now: datetime) -> Upload:
    """Put an uploaded catalogue in force; a second time changes nothing.

    only_good: although rows could not be read. Raises Incomplete while there are such rows, else as
    `import_catalogue` does.
    """
    require_whole(actor, now, doing="发布清单")
    upload = upload_for(actor, upload_id, now, lock=True)
    if upload.applied_at:
        return upload
    sheet = rulebooks.sheet_of(upload)
    if sheet.broken and not only_good:
        raise Incomplete(reason=Sentence("还有{number}行有误，没有发布", number=len(sheet.broken)))
    done = catalogue.import_catalogue(
        rulebooks.draft_of(upload, now),
        [*sheet.categories, *sheet.duties],
        actor=actor,
        now=now,
        broken=sheet.broken,
        accept_gaps=only_good,
    )
    outcome = {"edition": done.edition_id, "created": done.created, "unchanged": done.unchanged}
    return _applied(upload, {**outcome, "broken": len(done.rejected)}, now)


def _applied(upload: Upload, outcome: Mapping[str, object], now: datetime) -> Upload:
    upload.applied_at, upload.outcome, upload.content = now, dict(outcome), b""
    upload.save(update_fields=["applied_at", "outcome", "content"])
    return upload


@transaction.atomic
def map_columns(
    upload_id: UUID, *, sheet: int, header_row: int, mapping: Mapping[str, int], actor: Actor, now: datetime
) -> Upload:
    """Say which row is the header and which column is which; both counted from 0.

    Raises NotFound for another's upload, Incomplete for a column twice, Conflict once it is applied.
    """
    upload = upload_for(actor, upload_id, now, lock=True)
    if upload.applied_at:
        raise Conflict(reason="这份文件已经导入")
    twice = [position for position, number in Counter(mapping.values()).items() if number > 1]
    if any(position != NOWHERE for position in twice):
        raise Incomplete(reason="同一列不能对应两个项目")
    upload.sheet, upload.header_row, upload.mapping = sheet, header_row, dict(mapping)
    upload.save(update_fields=["sheet", "header_row", "mapping"])
    return upload


def clear_uploads(now: datetime) -> int:
    """Delete what nobody applied in time, and what was applied and is no more looked at."""
    return Upload.objects.filter(expires_at__lte=now).delete()[0]


def rehearse(upload: Upload, *, actor: Actor, now: datetime) -> Rehearsal:
    """Do everything an upload would do, and undo it: the verdicts are those of the actions themselves."""
    with transaction.atomic():
        done = _run(upload, actor=actor, now=now)
        transaction.set_rollback(True)
    return done


@transaction.atomic
def apply(upload_id: UUID, *, only_good: bool, actor: Actor, now: datetime) -> Upload:
    """Write what an upload says, in one transaction; a second time changes nothing.

    only_good: rows that are broken are left out; else one of them refuses the whole.
    Raises NotFound for another's upload, Incomplete while a row is broken.
    """
    upload = upload_for(actor, upload_id, now, lock=True)
    if upload.applied_at:
        return upload
    done = _run(upload, actor=actor, now=now)
    if done.broken and not only_good:
        raise Incomplete(reason=Sentence("还有{number}行有误，没有导入任何一行", number=len(done.broken)))
    _applied(upload, done.counts, now)
    record(
        at=now,
        actor=actor.key,
        verb="import_table",
        subject=f"table:{upload.table}",
        payload={"file": upload.filename, "sha256": upload.digest, "rows": done.counts},
    )
    return upload


def _run(upload: Upload, *, actor: Actor, now: datetime) -> Rehearsal:
    """Judge every row and write those that are new or change something. The caller keeps it or not."""
    table = TABLES[TableName(upload.table)]
    reached = require_reach(actor, table.roles, doing=Sentence("导入{table}", table=table.name.label))
    if upload.header_row is None:
        return Rehearsal((), ())
    found = sheets.read(bytes(upload.content))
    if upload.sheet >= len(found):
        raise NotFound(what="工作表", key=upload.sheet + 1)
    header = Header(upload.header_row, upload.mapping)
    taken = reading.take(found[upload.sheet], table, header, table.filler(reached, now))
    _serialise(table)
    present = table.present(reached, now)
    judged = judge(taken.rows, table.columns, table.key, present)

    def put(each: Judged) -> None:
        before = present.get(tuple(each.row.cells.get(field, "") for field in table.key))
        table.put(Given(before, table.merged(before, each.row.cells), reached, actor, now))

    return Rehearsal(_written(judged, table, put), taken.skipped)


def _written(judged: Sequence[Judged], table: Table, put: Callable[[Judged], None]) -> list[Judged]:
    """Write row by row, each undone when refused; again while that helps: a parent may come later."""
    outcome = list(judged)
    waiting = [number for number, each in enumerate(judged) if each.verdict in _WRITES]
    waiting.sort(key=lambda number: table.order(judged[number].row.cells))
    while waiting:
        refused: dict[int, Sentence] = {}
        for number in waiting:
            try:
                with transaction.atomic():
                    put(judged[number])
            except Refused as refusal:
                refused[number] = Sentence(
                    "第{line}行：{why}", line=judged[number].row.line, why=clause(refusal)
                )
        if len(refused) == len(waiting):
            for number, said in refused.items():
                outcome[number] = judged[number].broken(said)
            break
        waiting = list(refused)
    return outcome


def _serialise(table: Table) -> None:
    """Lock: one writer to a table at a time, until the end of the transaction; readers do not wait."""
    with connection.cursor() as cursor:
        cursor.execute(_ONE_AT_A_TIME, [f"administration:{table.name}"])


@transaction.atomic
def edit(
    table: Table, ref: str, *, seen: Cells, said: Cells, actor: Actor, now: datetime
) -> tuple[Change, ...]:
    """Change one record; return what changed. said: field → cell, read; CLEAR empties.

    seen: what the editor had before him. Raises NotFound for a record elsewhere, Outdated when a field he
    changes says something else by now, and whatever the table's own actions refuse.
    """
    reached = require_reach(actor, table.roles, doing=Sentence("更改{table}", table=table.name.label))
    _serialise(table)
    before = next((cells for cells in table.present(reached, now).values() if cells.get("ref") == ref), None)
    if before is None:
        raise NotFound(what=table.name.label, key=ref)
    mine = {field: cell for field, cell in said.items() if _meant(cell) != seen.get(field, "")}
    if any(before.get(field, "") != seen.get(field, "") for field in mine):
        raise Outdated(title=before.get("name", ref), present=before)
    after = table.merged(before, mine)
    changes = [each for each in table.columns if after.get(each.field, "") != before.get(each.field, "")]
    if changes:
        table.put(Given(before, after, reached, actor, now))
    return tuple(
        Change(each.heading, before.get(each.field, ""), after.get(each.field, "")) for each in changes
    )


def _meant(cell: str) -> str:
    return "" if cell == CLEAR else cell


@transaction.atomic
def add(table: Table, said: Cells, *, actor: Actor, now: datetime) -> str:
    """Make one record and return the name by which an address finds it.

    Raises Incomplete naming what is missing, Conflict when there is such a record.
    """
    reached = require_reach(actor, table.roles, doing=Sentence("新增{table}", table=table.name.label))
    _serialise(table)
    missing = [column.heading for column in table.columns if column.needed and not said.get(column.field)]
    if missing:
        raise Incomplete(reason=Sentence("请填写{columns}", columns=Sentences(missing)))
    key = tuple(said.get(field, "") for field in table.key)
    if key in table.present(reached, now):
        raise Conflict(reason=Sentence("已有{table}“{key}”", table=table.name.label, key=" ".join(key)))
    table.put(Given(None, table.merged(None, said), reached, actor, now))
    return table.present(reached, now)[key]["ref"]
