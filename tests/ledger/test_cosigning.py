"""A log and witnesses in processes of their own: growth is cosigned, a second history is not."""

import logging
import shutil
import socket
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest
from django.db import connection
from pytest_django import Settings
from tests.ledger.test_go import Go, go
from tests.ledger.test_sequencing import published, sequence, write
from tests.ledger.trees import ORIGIN, OTHER
from tests.ledger.witnessing import Process, running

from huying.config import series
from huying.ledger import actions, cosigning, installation, queries
from huying.ledger.commands import _told
from huying.ledger.files import LogFiles
from huying.ledger.models import Cosignature
from huying.ledger.policy import open_note
from huying.ledger.policy.notes import split_note
from huying.shared.errors import Unavailable

__all__ = ["go"]
pytestmark = pytest.mark.usefixtures("own_database", "log")
DEAD = "http://127.0.0.1:9"  # discard: nobody listens


@pytest.fixture
def seen_by(settings: Settings, tmp_path: Path) -> Iterator[Process]:
    """A witness of our log, which we ask."""
    settings.LOG_ORIGIN = ORIGIN
    with running(tmp_path / "witness", [installation.signer().verifier.vkey]) as process:
        settings.LOG_WITNESSES = f"{process.vkey} {process.url}/"
        yield process


def ask() -> bool:
    (witness,) = installation.witnesses()
    return cosigning.ask(witness)


def cosigned_by(process: Process) -> bool:
    """Whether the published note carries the witness's good signature."""
    note = queries.published()
    assert note is not None
    opened = open_note(note, [installation.signer().verifier, process.verifier])
    return [each.name for each in opened.verified] == [ORIGIN, process.verifier.name]


def standing() -> queries.WitnessStanding:
    (found,) = queries.witnesses()
    return found


def test_growth_is_cosigned_and_published(seen_by: Process) -> None:
    sequencer = sequence()
    assert ask()  # nothing is published yet
    for size, total in [(1, 1), (9, 10), (300, 310)]:
        write(size)
        sequence(sequencer)
        assert standing().behind == size
        assert not cosigned_by(seen_by)
        assert ask()
        sequence(sequencer)
        assert published().size == total
        assert cosigned_by(seen_by)
        assert (standing().size, standing().behind, standing().problem) == (total, 0, "")
    assert ask()
    assert Cosignature.objects.count() == 3
    assert queries.verify().problems == []


def test_a_proof_carries_the_cosignature(seen_by: Process) -> None:
    ids = write(5)
    sequence()
    before = queries.prove(ids[2])
    assert ask()
    sequence()
    after = queries.prove(ids[2])
    assert seen_by.verifier.name not in before.checkpoint
    assert open_note(after.checkpoint, [seen_by.verifier]).text == split_note(before.checkpoint)[0]


def test_a_restarted_sequencer_and_a_rebuilt_folder_keep_it(seen_by: Process, log: LogFiles) -> None:
    write(5)
    sequence()
    ask()
    sequence(sequence())
    assert cosigned_by(seen_by)
    shutil.rmtree(log.folder)
    actions.rebuild(log, installation.signer())
    assert not cosigned_by(seen_by)
    sequence()
    assert cosigned_by(seen_by)


def test_a_log_that_forgot_the_witness_catches_up_by_409(seen_by: Process) -> None:
    write(5)
    sequence()
    assert ask()
    _in_database("DELETE FROM ledger_witnessstate")
    write(5)
    sequence()
    assert ask()
    sequence()
    assert cosigned_by(seen_by)


def _in_database(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET session_replication_role = replica; {statement}; RESET session_replication_role")


LAST_THREE = """
DELETE FROM ledger_leaf WHERE number >= 7; DELETE FROM ledger_cosignature;
DELETE FROM ledger_checkpoint WHERE size > 7;
DELETE FROM ledger_opening WHERE entry_id IN (SELECT id FROM ledger_entry ORDER BY id DESC LIMIT 3);
DELETE FROM ledger_entry WHERE id IN (SELECT id FROM ledger_entry ORDER BY id DESC LIMIT 3);
UPDATE ledger_witnessstate SET size = 7
"""


@pytest.mark.parametrize(
    ("more", "told"),
    [
        (0, "见证人已见证10条，本日志只有7条"),
        (3, "见证人对大小10的日志见证过另一树根"),
        (5, "公布的检查点（大小12）不是见证人所见日志（大小10）的延续"),
    ],
    ids=["shorter: 409", "as long: 409", "longer: 422"],
)
def test_a_log_restored_with_its_folder_is_refused_by_the_witness(
    seen_by: Process, log: LogFiles, caplog: pytest.LogCaptureFixture, more: int, told: str
) -> None:
    """Database and folder come back older, so that the log itself can notice nothing; then it grows anew."""
    write(7)
    sequencer = sequence()
    assert ask()
    shutil.copytree(log.folder, log.folder.parent / "kept")
    write(3)
    sequence(sequencer)
    assert ask()
    _in_database(LAST_THREE)
    shutil.rmtree(log.folder)
    shutil.move(log.folder.parent / "kept", log.folder)
    if more:
        write(more, "case:HY-other")
    sequence()
    assert published().size == 7 + more  # the log signs: only the witness knows

    with caplog.at_level(logging.CRITICAL):
        assert not ask()

    assert [record.levelname for record in caplog.records] == ["CRITICAL"]
    assert (standing().is_forked, standing().problem) == (True, told)
    sequence()
    assert not cosigned_by(seen_by)
    found = queries.standing(_database_now())
    assert (found.is_pulsing, found.is_well) == (True, False)
    assert told in _told(found)
    assert any(told in sentence for sentence in queries.violations())
    assert f'huying_ledger_witness_forked{{witness="{seen_by.verifier.name}"}} 1' in series.lines()

    seen_by.kill()
    assert not ask()
    assert standing().is_forked  # falling silent takes nothing back


def _database_now() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found


def test_the_same_steps_without_a_restore_are_cosigned(seen_by: Process) -> None:
    """The control of the test above."""
    for size in (7, 3, 5):
        write(size)
        sequence()
        assert ask()
    assert not standing().is_forked
    assert queries.standing(_database_now()).is_well


def test_a_dead_witness_delays_nobody(settings: Settings, seen_by: Process, tmp_path: Path) -> None:
    dead = seen_by.vkey  # any key will do for one that never answers
    with running(tmp_path / "second", [installation.signer().verifier.vkey]) as living:
        settings.LOG_WITNESSES = f"{dead} {DEAD}, {living.vkey} {living.url}"
        stop = Event()
        thread = Thread(target=cosigning.cosign_forever, args=[stop])
        thread.start()
        try:
            write(5)
            sequencer = sequence()
            assert published().size == 5
            _until(lambda: queries.witnesses()[1].behind == 0 and queries.witnesses()[0].problem != "")
            sequence(sequencer)
        finally:
            stop.set()
            thread.join(timeout=20)
        assert cosigned_by(living)
        lost, kept = queries.witnesses()
        assert (lost.behind, lost.is_forked, lost.problem) == (5, False, "没有回答（ConnectError）")
        assert (kept.behind, kept.problem) == (0, "")


@pytest.mark.parametrize("drop", [b"", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["silent", "dripping"])
def test_a_witness_that_keeps_us_waiting_is_left(
    settings: Settings, seen_by: Process, monkeypatch: pytest.MonkeyPatch, drop: bytes
) -> None:
    monkeypatch.setattr(cosigning, "PATIENCE_SECONDS", 0.5)
    write(3)
    sequence()
    with socket.create_server(("127.0.0.1", 0)) as slow:
        settings.LOG_WITNESSES = f"{seen_by.vkey} http://127.0.0.1:{slow.getsockname()[1]}"
        thread = Thread(target=_drip, args=[slow, drop], daemon=True)
        thread.start()
        began = monotonic()
        assert not ask()
        assert monotonic() - began < 3
        thread.join(timeout=10)
    assert standing().problem in {"没有回答（ReadTimeout）", "见证人的回答过长或过慢"}
    assert not standing().is_forked


def _drip(listening: socket.socket, head: bytes) -> None:
    """Take one connection; when there is a head, send it and then a byte every tenth of a second."""
    with listening.accept()[0] as client:
        client.sendall(head)
        for _ in range(50):
            sleep(0.1)
            try:
                client.sendall(b"x" if head else b"")
            except OSError:
                return


def _until(is_so: Callable[[], bool], seconds: float = 20) -> None:
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end
        sleep(0.1)


def test_a_witness_that_does_not_know_us_is_named(settings: Settings, tmp_path: Path) -> None:
    write(3)
    sequence()
    with running(tmp_path / "other", [OTHER.verifier.vkey]) as process:
        settings.LOG_WITNESSES = f"{process.vkey} {process.url}"
        assert not ask()
        assert (standing().problem, standing().is_forked) == ("见证人不认可本日志的签名", False)


def test_another_keys_answer_is_not_published(settings: Settings, seen_by: Process, tmp_path: Path) -> None:
    write(3)
    sequence()
    with running(tmp_path / "impostor", [installation.signer().verifier.vkey]) as impostor:
        settings.LOG_WITNESSES = f"{seen_by.vkey} {impostor.url}"
        assert not ask()
    assert Cosignature.objects.count() == 0
    assert standing().problem


@pytest.mark.parametrize("harm", ["no line at all\n", "— w AAAA\n", "\n\n", "— w\n"])
def test_a_spoilt_row_does_not_stop_the_log(seen_by: Process, harm: str) -> None:
    write(3)
    sequence()
    ask()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_cosignature SET line = %s", [harm])
    write(1)
    assert sequence().published == 4
    _in_database("UPDATE ledger_cosignature SET checkpoint_id = (SELECT max(id) FROM ledger_checkpoint)")
    note = queries.published()
    sequence()
    assert queries.published() == note


@pytest.mark.parametrize(
    "text",
    [
        "nothing", "{vkey}", "{vkey} ftp://a", "{vkey} http://a http://b", "{log} http://a", "/not/there",
        "{vkey} http://a, {vkey} http://b", "{vkey} http://a?b",
    ],
)  # fmt: skip
def test_settings_that_cannot_be_read_are_refused(settings: Settings, seen_by: Process, text: str) -> None:
    settings.LOG_WITNESSES = text.format(vkey=seen_by.vkey, log=installation.signer().verifier.vkey)
    with pytest.raises(Unavailable, match="HUYING_WITNESSES"):
        installation.witnesses()


def test_witnesses_may_stand_in_a_file(settings: Settings, seen_by: Process, tmp_path: Path) -> None:
    (tmp_path / "list").write_text(
        f"# the district office\n{seen_by.vkey} https://witness.example.gov.cn/w\n\n"
    )
    settings.LOG_WITNESSES = str(tmp_path / "list")
    (found,) = installation.witnesses()
    assert (found.verifier, found.url) == (seen_by.verifier, "https://witness.example.gov.cn/w")


def test_go_opens_the_cosigned_checkpoint_and_checks_the_cosignature(seen_by: Process, go: Go) -> None:
    write(5)
    sequence()
    ask()
    sequence()
    note = queries.published() or ""
    question = {"note": note, "text": split_note(note)[0]}
    ours, theirs = installation.signer().verifier.vkey, seen_by.vkey
    assert go.accepts(kind="note", vkey=ours, **question)
    assert go.accepts(kind="cosignature", vkey=theirs, **question)
    assert not go.accepts(kind="cosignature", vkey=ours, **question)
    altered = note.replace("\n5\n", "\n6\n")
    assert altered != note
    assert not go.accepts(kind="cosignature", vkey=theirs, note=altered, text=split_note(altered)[0])
