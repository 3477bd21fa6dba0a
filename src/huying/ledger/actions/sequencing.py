"""Numbering, filing, signing. Whoever calls holds the turn (tasks.py); everything else is read back.

Each step ends in something the next start can see, in this order: leaves (database) → tiles and bundles
(disk) → row of the checkpoint (database) → signed note (disk, by renaming). A crash between two of them is
made good by doing the rest again: the same leaves give the same files, the same root the same signature.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from huying.database import hot
from huying.ledger.actions.opening import Fork, keep, opened
from huying.ledger.files import LogFiles
from huying.ledger.policy.checkpoints import Checkpoint
from huying.ledger.policy.cosignatures import cosigned
from huying.ledger.policy.leaves import Written, leaf_bytes
from huying.ledger.policy.merkle import leaf_hash
from huying.ledger.policy.notes import Ed25519Signer, sign
from huying.ledger.queries.leaves import COLUMNS, leaf_count, numbered, written

BATCH = 25_000  # entries numbered in one transaction
BEGINNING = ("0", 0)

_SNAPSHOT = "SELECT pg_current_snapshot()::text"
# A round takes what the snapshot at its beginning sees. Ids say nothing: one given early may be committed
# late. The first round looks at all entries; NOT EXISTS repeats its bound on the id, so that a batch far up
# does not walk over all leaves.
_WITHOUT_LEAF = f"""
SELECT e.written_by::text, {COLUMNS} FROM ledger_entry AS e
WHERE e.id > %s AND pg_visible_in_snapshot(e.written_by, %s::pg_snapshot)
  AND NOT EXISTS (SELECT FROM ledger_leaf AS l WHERE l.entry_id = e.id AND l.entry_id > %s)
ORDER BY e.id LIMIT %s
"""  # noqa: S608  # constants
# Every later round takes what this snapshot sees and the last one did not: transactions that were running
# then, and all that began later. So nobody waits for a long transaction, and nothing is looked at twice.
_UNSEEN = f"""
SELECT e.written_by::text, {COLUMNS} FROM ledger_entry AS e
WHERE e.written_by {{which}} AND (e.written_by, e.id) > (%s::xid8, %s)
  AND pg_visible_in_snapshot(e.written_by, %s::pg_snapshot)
ORDER BY e.written_by, e.id LIMIT %s
"""  # noqa: S608
_WERE_RUNNING = _UNSEEN.format(which="= ANY(ARRAY(SELECT pg_snapshot_xip(%s::pg_snapshot)))")
_BEGAN_LATER = _UNSEEN.format(which=">= pg_snapshot_xmax(%s::pg_snapshot)")
_NUMBER = """
INSERT INTO ledger_leaf (number, entry_id, hash)
SELECT %s + place - 1, id, decode(hash, 'hex')
FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS new (id, hash, place)
"""
_BEAT = """
INSERT INTO ledger_sequencerstate AS state
    (id, beat_at, worker, origin, published, published_at, complete_below, reason)
VALUES (1, clock_timestamp(), %s, %s, %s, CASE WHEN %s > 0 THEN clock_timestamp() END,
        pg_snapshot_xmin(nullif(%s, '')::pg_snapshot), '')
ON CONFLICT (id) DO UPDATE SET
    published_at = CASE WHEN (state.published, state.origin) = (excluded.published, excluded.origin)
                   THEN state.published_at ELSE excluded.published_at END,
    beat_at = excluded.beat_at, worker = excluded.worker, origin = excluded.origin,
    published = excluded.published, complete_below = excluded.complete_below, halted_at = NULL, reason = ''
"""
_HALT = """
INSERT INTO ledger_sequencerstate AS state (id, beat_at, worker, origin, published, halted_at, reason)
VALUES (1, clock_timestamp(), %s, '', 0, clock_timestamp(), %s)
ON CONFLICT (id) DO UPDATE SET
    beat_at = excluded.beat_at, worker = excluded.worker, reason = excluded.reason,
    halted_at = coalesce(state.halted_at, excluded.halted_at)
"""


_COSIGNATURES = """
SELECT s.line FROM ledger_cosignature AS s JOIN ledger_checkpoint AS c ON c.id = s.checkpoint_id
WHERE c.origin = %s AND c.size = %s ORDER BY s.id
"""


class Overtaken(Exception):
    """Another sequencer has published since we began: what we hold in memory is old."""


@dataclass(frozen=True, slots=True)
class Step:
    """What one step did."""

    numbered: int  # entries that got a leaf
    published: int  # leaves under the published checkpoint
    is_more: bool  # more entries may be waiting


class Sequencer:
    """The tree's right edge in memory, and the note it began from. Thrown away after any error.

    Raises Fork when the published log and the database do not belong together.
    """

    def __init__(self, files: LogFiles, signer: Ed25519Signer) -> None:
        self.files = files
        self.signer = signer
        self.note = files.checkpoint()
        self.edge = opened(files, signer, self.note)
        self.published = self.edge.size
        self.seen = ""  # snapshot before which every entry has its leaf; "" = look at all
        self.round = ""  # snapshot at which the present round began
        self.after = BEGINNING  # transaction and id of the last entry met in this round

    def step(self, *, worker: str, now: datetime) -> Step:
        """Number one batch, file it, publish what grew, leave a pulse."""
        taken = self._number()
        self._catch_up()
        self._publish(now)
        self._cosign()
        is_more = taken == BATCH
        if not is_more:
            self.seen, self.round, self.after = self.round, "", BEGINNING
        hot.run(_BEAT, [worker, self.signer.name, self.published, self.published, self.seen])
        return Step(taken, self.published, is_more)

    def _number(self) -> int:
        """Give the next numbers to entries that have none, in one transaction; then file them."""
        with transaction.atomic():
            self.round = self.round or hot.fetch(_SNAPSHOT, [])[0][0]
            waiting = self._waiting()
            if not waiting:
                return 0
            start = leaf_count()
            entries = [leaf_bytes(each) for each in waiting]
            hashes = [leaf_hash(entry) for entry in entries]
            ids = [each.id for each in waiting]
            hot.run(_NUMBER, [start, hot.array(ids), hot.array(value.hex() for value in hashes)])
        if start == self.edge.size:  # else older leaves are to be filed first: `_catch_up` does both
            self._file(entries, hashes)
        return len(ids)

    def _waiting(self) -> list[Written]:
        """Read the next batch of this round, moving on past it."""
        if not self.seen:
            rows = hot.fetch(_WITHOUT_LEAF, [self.after[1], self.round, self.after[1], BATCH])
        else:
            rows = self._unseen(_WERE_RUNNING, BATCH)
            rows += self._unseen(_BEGAN_LATER, BATCH - len(rows))
        if rows:
            self.after = (rows[-1][0], rows[-1][1])
        return [written(*row[1:]) for row in rows]

    def _unseen(self, statement: str, most: int) -> list[tuple[Any, ...]]:
        return hot.fetch(statement, [self.seen, *self.after, self.round, most])

    def _catch_up(self) -> None:
        """File the leaves that a crash left between database and disk."""
        for entries, hashes in numbered(self.edge.size, leaf_count()):
            self._file(entries, hashes)

    def _file(self, entries: Sequence[bytes], hashes: Sequence[bytes]) -> None:
        self.files.write(self.edge.append(entries, hashes))

    def _publish(self, now: datetime) -> None:
        """Sign the tree and put the note in its place; nothing when the tree has not grown."""
        if self.edge.size == self.published:
            return
        self.files.write(self.edge.unfinished())
        self._require_own_note()
        checkpoint = Checkpoint(self.signer.name, self.edge.size, self.edge.root())
        note = sign(checkpoint.text(), self.signer)
        keep(checkpoint, note, now)
        self._require_own_note()
        self.files.publish(note)
        self.files.clear(self.published, checkpoint.size)
        self.note, self.published = note, checkpoint.size

    def _cosign(self) -> None:
        """Publish the note again with the witnesses' lines it lacks. Nobody else writes that file."""
        if self.note is None:
            return
        lines = [line for (line,) in hot.fetch(_COSIGNATURES, [self.signer.name, self.published])]
        note = cosigned(self.note, lines)
        if note != self.note:
            self._require_own_note()
            self.files.publish(note)
            self.note = note

    def _require_own_note(self) -> None:
        """What the world sees must be what this tree began from."""
        if self.files.checkpoint() != self.note:
            raise Overtaken


def halt(fork: Fork, *, worker: str) -> None:
    """Leave word in the database that nothing is signed any more, and why."""
    hot.run(_HALT, [worker, str(fork)])
