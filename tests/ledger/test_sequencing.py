"""From entries to a signed tree, on a real database with real commits."""

import shutil
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread

import psycopg
import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from pytest_django import Settings
from tests.ledger.trees import ORIGIN, mth

from huying.ledger import actions, installation, queries, tasks
from huying.ledger.actions import Fork, Overtaken, Sequencer
from huying.ledger.files import LogFiles
from huying.ledger.models import Checkpoint as Row
from huying.ledger.models import Entry, Leaf, Opening, SequencerState
from huying.ledger.policy import Checkpoint, Unproven, leaf_hash, open_checkpoint, parse_proof, verify_proof
from huying.ledger.policy import Entry as Act
from huying.ledger.policy.merkle import consistency_proof, verify_consistency

NOW = datetime(2026, 4, 1, 4, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("own_database", "log")


def write(count: int, subject: str = "case:HY-1") -> list[int]:
    acts = [Act(NOW, "staff:1", "note", subject, payload={"n": number}) for number in range(count)]
    with transaction.atomic():
        return actions.record_many(acts)


def fresh() -> Sequencer:
    return Sequencer(installation.files(), installation.signer())


def sequence(sequencer: Sequencer | None = None) -> Sequencer:
    sequencer = sequencer or fresh()
    while sequencer.step(worker="test", now=NOW).is_more:
        pass
    return sequencer


def published() -> Checkpoint:
    note, signer = queries.published(), installation.signer()
    assert note is not None
    return open_checkpoint(note, ORIGIN, [signer.verifier])


def entries_of(size: int) -> list[bytes]:
    return [installation.files().entry(number, size) for number in range(size)]


@pytest.fixture
def apart() -> Iterator[psycopg.Connection]:
    """Another session on the same database, with a transaction of its own."""
    connection.ensure_connection()
    there = connection.connection.info
    with psycopg.connect(there.dsn, password=there.password) as other:
        yield other


INSERT = """
INSERT INTO ledger_entry (at, actor, verb, subject, before, after, commitment)
VALUES (now(), 'system', 'note', 'case:HY-2', '', '', sha256('x')) RETURNING id
"""


@pytest.mark.parametrize("sizes", [(1,), (1, 1, 1), (255, 1, 1), (256,), (300, 700, 25)])
def test_what_is_written_is_numbered_filed_and_signed(sizes: tuple[int, ...]) -> None:
    sequencer, roots = fresh(), dict[int, bytes]()
    for size in sizes:
        write(size)
        sequence(sequencer)
        roots[published().size] = published().root
    total = sum(sizes)
    assert published() == Checkpoint(ORIGIN, total, mth(entries_of(total)))
    assert [leaf.number for leaf in Leaf.objects.order_by("number")] == list(range(total))
    for size, root in roots.items():
        proof = consistency_proof(size, total, installation.files().hashes(total))
        verify_consistency(size, total, root, published().root, proof)
    assert queries.verify().problems == []


def test_nothing_new_is_no_new_checkpoint() -> None:
    write(3)
    sequencer = sequence()
    note = queries.published()
    sequence(sequencer)
    assert (queries.published(), Row.objects.count()) == (note, 1)


def test_an_early_id_committed_late_gets_its_leaf(apart: psycopg.Connection) -> None:
    late = apart.execute(INSERT).fetchone()[0]  # not committed yet
    later = write(2)
    assert late < later[0]
    sequencer = sequence()
    assert [leaf.entry_id for leaf in Leaf.objects.order_by("number")] == later

    apart.commit()
    assert Entry.objects.count() == 3
    assert list(queries.violations()) == []  # it was open when the last round began: no blame yet
    sequence(sequencer)
    assert [leaf.entry_id for leaf in Leaf.objects.order_by("number")] == [*later, late]
    assert queries.verify().problems == []


def test_a_lost_entry_is_named(apart: psycopg.Connection) -> None:
    """The control: a sequencer that believed in ids would leave the late one out."""
    late = apart.execute(INSERT).fetchone()[0]
    write(2)
    sequencer = sequence()
    apart.commit()
    sequencer.after, sequencer.seen, sequencer.round = ("0", 10**9), "", ""  # as `id > last` would do
    sequencer.step(worker="test", now=NOW)
    assert not Leaf.objects.filter(entry_id=late).exists()
    with connection.cursor() as cursor:  # as soon as nothing older runs in any database of the server
        cursor.execute(
            "UPDATE ledger_sequencerstate SET complete_below = pg_snapshot_xmax(pg_current_snapshot())"
        )
    assert list(queries.violations()) == [f"存证条目{late}早已提交，却没有编入存证日志"]


def test_batches_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huying.ledger.actions.sequencing.BATCH", 100)
    write(730)
    sequencer = sequence()
    assert published().size == 730
    write(5)
    sequence(sequencer)
    assert (published().size, queries.verify().problems) == (735, [])


def test_every_step_has_a_proof_anybody_can_check() -> None:
    ids = write(300)
    sequence()
    signer = installation.signer()
    for entry_id in (ids[0], ids[17], ids[255], ids[299]):
        proof = parse_proof(queries.prove(entry_id).text())
        verify_proof(proof, ORIGIN, [signer.verifier])
        assert b'"seq":%d,' % entry_id in proof.extra


def test_no_proof_before_the_checkpoint() -> None:
    (first,) = write(1)
    with pytest.raises(queries.NotYetPublished):
        queries.prove(first)
    sequence()
    (second,) = write(1)
    assert queries.prove(first).index == 0
    with pytest.raises(queries.NotYetPublished):
        queries.prove(second)


def test_erasing_openings_leaves_every_proof_valid() -> None:
    ids = write(10)
    sequence()
    before = queries.prove(ids[3])
    Opening.objects.all().delete()
    assert queries.prove(ids[3]) == before
    assert queries.verify().problems == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_leaf SET number = number + 10",
        "DELETE FROM ledger_leaf",
        "TRUNCATE ledger_leaf",
        "UPDATE ledger_checkpoint SET size = 1",
        "DELETE FROM ledger_checkpoint",
        "TRUNCATE ledger_checkpoint",
    ],
)
def test_leaves_and_checkpoints_are_append_only(change: str) -> None:
    write(3)
    sequence()
    with connection.cursor() as cursor, pytest.raises(DatabaseError, match="append-only"):
        cursor.execute(change)


# What a superuser may do to the database or the disk → what `huying ledger verify` says first.
def _in_database(statement: str) -> Callable[[LogFiles], object]:
    def change(_log: LogFiles) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement)
            cursor.execute("SET session_replication_role = origin")

    return change


def _on_disk(path: str) -> Callable[[LogFiles], object]:
    def change(log: LogFiles) -> None:
        file = log.folder / path
        data = bytearray(file.read_bytes())
        data[len(data) // 2] ^= 1
        file.write_bytes(data)

    return change


CHANGED = """
UPDATE ledger_entry SET actor = 'nobody' WHERE id = (SELECT entry_id FROM ledger_leaf WHERE number = 100)
"""
LOST = "DELETE FROM ledger_entry WHERE id = (SELECT entry_id FROM ledger_leaf WHERE number = 100)"
TAMPERING = {
    "叶子100与条目": _in_database(CHANGED),
    "叶子100到100缺号": _in_database("DELETE FROM ledger_leaf WHERE number = 100"),
    "叶子100的条目": _in_database(LOST),
    "文件tile/0/000与数据库不符": _in_database(
        "UPDATE ledger_leaf SET hash = sha256('x') WHERE number = 100"
    ),
    "大小300的检查点与重新推导的树根不符": _in_database(
        "UPDATE ledger_checkpoint SET root = sha256('x') WHERE size = 300"
    ),
    "大小300的检查点签名无效": _in_database(
        "UPDATE ledger_checkpoint SET note = replace(note, '300', '301')"
    ),
    "公布的检查点（大小520）不在数据库中": _in_database("DELETE FROM ledger_checkpoint WHERE size = 520"),
    "文件tile/0/001与数据库不符": _on_disk("tile/0/001"),
    "文件tile/entries/001与数据库不符": _on_disk("tile/entries/001"),
    "文件tile/1/000.p/2与数据库不符": _on_disk("tile/1/000.p/2"),
    "公布的检查点无效": _on_disk("checkpoint"),
    "日志文件缺失：tile/0/000": lambda log: (log.folder / "tile/0/000").unlink(),
}


@pytest.mark.parametrize("said", TAMPERING)
def test_tampering_is_found(said: str, log: LogFiles) -> None:
    sequencer = fresh()
    for size in (300, 220):
        write(size)
        sequence(sequencer)
    assert queries.verify().problems == []

    TAMPERING[said](log)

    problems = queries.verify().problems
    assert any(problem.startswith(said) for problem in problems), problems


def test_a_restore_behind_the_checkpoint_is_refused(log: LogFiles) -> None:
    """F20: three steps are published, the database comes back without the last; the next step would fork."""
    write(300)
    sequencer = sequence()
    shutil.copytree(log.folder, log.folder.parent / "kept")
    write(1)
    sequence(sequencer)
    note = queries.published()
    _in_database(
        "DELETE FROM ledger_leaf WHERE number = 300; DELETE FROM ledger_checkpoint WHERE size = 301;"
        "DELETE FROM ledger_opening WHERE entry_id = (SELECT max(id) FROM ledger_entry);"
        "DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)"
    )(log)
    with pytest.raises(Fork, match="恢复到了更早的时刻"):
        fresh()
    write(5)  # now the database is even longer than the published log

    turn = tasks.Turn()
    assert turn.is_ours()
    assert turn.take() == tasks.HALTED_SECONDS
    state = SequencerState.objects.get()
    assert state.halted_at is not None
    assert "恢复到了更早的时刻" in state.reason
    assert queries.published() == note
    assert Leaf.objects.count() == 300
    assert any("停止签署" in sentence for sentence in queries.violations())

    # The control: with the older folder, which knows nothing of the published step, it would sign the fork.
    shutil.rmtree(log.folder)
    shutil.move(log.folder.parent / "kept", log.folder)
    assert turn.take() != tasks.HALTED_SECONDS
    forked = published()
    assert (forked.size, SequencerState.objects.get().halted_at) == (305, None)
    connection.close()


def test_leaves_replaced_after_a_restore_are_refused(log: LogFiles) -> None:
    """The database comes back older and grows beyond the published size before anybody looks."""
    write(10)
    sequence()
    _in_database("UPDATE ledger_leaf SET hash = sha256('x') WHERE number = 9")(log)
    with pytest.raises(Fork, match="叶子与已公布的瓦片不同"):
        fresh()


def test_after_a_fork_a_new_name_starts_a_new_log(log: LogFiles, settings: Settings) -> None:
    """The documented recovery: folder aside, new origin; the old checkpoints stay in the database."""
    write(10)
    sequence()
    log.folder.rename(log.folder.with_name("log-old"))
    settings.LOG_ORIGIN = f"{ORIGIN}/2"
    write(1)
    sequence()
    note, signer = queries.published(), installation.signer()
    assert open_checkpoint(note or "", f"{ORIGIN}/2", [signer.verifier]).size == 11
    assert [(row.origin, row.size) for row in Row.objects.order_by("size")] == [
        (ORIGIN, 10),
        (f"{ORIGIN}/2", 11),
    ]
    assert queries.verify().problems == []


def test_a_lost_folder_is_rebuilt_only_when_asked(log: LogFiles) -> None:
    write(700)
    sequence()
    files = {
        path.relative_to(log.folder): path.read_bytes() for path in log.folder.rglob("*") if path.is_file()
    }
    shutil.rmtree(log.folder)
    with pytest.raises(Fork, match="日志目录中却没有"):
        fresh()

    actions.rebuild(installation.files(), installation.signer())

    again = {
        path.relative_to(log.folder): path.read_bytes() for path in log.folder.rglob("*") if path.is_file()
    }
    assert again == files
    assert queries.verify().problems == []


@pytest.mark.parametrize("path", ["tile/0/001.p/44", "tile/entries/001.p/44", "tile/1/000.p/1"])
def test_a_spoilt_edge_is_written_anew(path: str, log: LogFiles) -> None:
    write(300)
    sequence()
    (log.folder / path).unlink()
    write(1)
    sequence()
    assert (published().size, queries.verify().problems) == (301, [])


def test_a_root_that_does_not_come_out_overwrites_nothing(log: LogFiles) -> None:
    write(300)
    sequence()
    _on_disk("tile/0/001.p/44")(log)
    _in_database(CHANGED)(log)
    before = (log.folder / "tile/entries/000").read_bytes()
    with pytest.raises(Fork, match="无法由数据库重建"):
        fresh()
    assert (log.folder / "tile/entries/000").read_bytes() == before


class Killed(BaseException):
    """The process ends here."""


def test_a_crash_at_any_write_is_made_good(monkeypatch: pytest.MonkeyPatch) -> None:
    """F5 within one process: die at the n-th file operation, for every n; start again."""
    write(300)
    sequence()
    for call in range(1_000):
        before = published()
        write(250)
        died = _dies(call, monkeypatch)
        assert published().size in (before.size, before.size + 250)
        sequence()
        after = published()
        proof = consistency_proof(before.size, after.size, installation.files().hashes(after.size))
        verify_consistency(before.size, after.size, before.root, after.root, proof)
        assert (after.size, queries.verify().problems) == (before.size + 250, [])
        if not died:
            break
    assert call > 15  # at least so many operations were there to die at


def _dies(call: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Sequence, ending at file operation number `call`; tell whether there were so many."""
    from huying.ledger import files as module

    calls = iter(range(1_000))

    def dying(real: Callable[..., object]) -> Callable[..., object]:
        def run(*args: object) -> object:
            if next(calls) == call:
                raise Killed
            return real(*args)

        return run

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "fsync", dying(module.os.fsync))
        patch.setattr(Path, "rename", dying(Path.rename))
        patch.setattr(Path, "unlink", dying(Path.unlink))
        try:
            sequence()
        except Killed:
            return True
    return False


def test_a_full_disk_signs_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    from huying.ledger import files as module

    write(10)
    sequencer = sequence()
    write(10)

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(module.os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            sequencer.step(worker="test", now=NOW)
    assert published().size == 10
    sequence()
    assert (published().size, queries.verify().problems) == (20, [])


def test_who_was_overtaken_signs_nothing() -> None:
    """A worker frozen between two lines, while another took over; then it thaws."""
    write(10)
    first = sequence()
    write(10)
    first._number()
    second = sequence()  # files what the first had numbered, and publishes
    note = queries.published()
    with pytest.raises(Overtaken):
        first._publish(NOW)
    write(10)
    sequence(second)
    with pytest.raises((IntegrityError, Overtaken)):  # whichever sees it first
        sequence(first)
    assert (published().size, queries.verify().problems) == (30, [])
    assert note in set(Row.objects.values_list("note", flat=True))


def test_two_sequencers_make_one_log() -> None:
    """F17: both loops run while ten writers commit; one works, no number twice, nothing left out."""
    stop, written = Event(), list[int]()
    guard = threading.Lock()

    def writer() -> None:
        for _ in range(20):
            ids = write(7)
            with guard:
                written.extend(ids)
        connection.close()

    loops = [Thread(target=tasks.sequence_forever, args=[stop]) for _ in range(2)]
    writers = [Thread(target=writer) for _ in range(10)]
    for thread in loops + writers:
        thread.start()
    for thread in writers:
        thread.join()
    for _ in range(100):
        note = queries.published()
        if note and published().size == len(written):
            break
        stop.wait(0.1)
    stop.set()
    for thread in loops:
        thread.join()
    assert published().size == len(written) == 1_400
    assert sorted(Leaf.objects.values_list("entry_id", flat=True)) == sorted(written)
    assert queries.verify().problems == []


def test_the_leaf_of_an_entry_is_its_public_part_alone() -> None:
    actions.record(
        at=NOW,
        actor="resident",
        verb="report",
        subject="case:HY-3",
        payload={"phone": "13800001111", "name": "林小燕"},
    )
    sequence()
    whole = b"".join(path.read_bytes() for path in installation.files().folder.rglob("*") if path.is_file())
    assert b'"object":"case:HY-3"' in whole
    assert b"13800001111" not in whole
    assert "林小燕".encode() not in whole
    assert leaf_hash(entries_of(1)[0]) == bytes(Leaf.objects.get().hash)


def test_a_missing_file_is_said_in_words(log: LogFiles) -> None:
    (first,) = write(1)
    sequence()
    (log.folder / "tile/entries/000.p/1").unlink()
    with pytest.raises(Unproven, match="日志文件缺失"):
        queries.prove(first)
