"""The log: entries numbered, filed and signed per second; proofs in a tree of ten million leaves."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from django.db import connection
from django.test.utils import override_settings
from django.utils.timezone import now

from huying.benchmarks import machine, scratch
from huying.config import environment, readiness
from huying.ledger import installation, queries
from huying.ledger.actions import Sequencer
from huying.ledger.files import LogFiles
from huying.ledger.policy import Checkpoint, Ed25519Signer, Proof, sign, verify_proof
from huying.ledger.policy.tiles import ENTRIES, WIDTH

PROOFS = 500  # made and checked
CHUNK = 250_000  # leaves read at a time while the large tree is built
MORE = 1_000  # entries appended to the large tree

ENTRY_ROWS = """
INSERT INTO ledger_entry (at, actor, verb, subject, before, after, commitment)
SELECT now(), 'staff:' || mod(n, 500), 'accept', 'case:HY-330109001-20261121-' || lpad(n::text, 7, '0'),
       'reported', 'accepted', sha256(int8send(n))
FROM generate_series(1, %s) AS n
"""
# Leaves without entries, set-based: a tree of this size is all that a proof meets.
LEAF_ROWS = """
INSERT INTO ledger_leaf (number, entry_id, hash)
SELECT n, -n, sha256(int8send(n)) FROM generate_series(%s, %s - 1) AS n
"""
HASHES = "SELECT hash FROM ledger_leaf WHERE number >= %s AND number < %s ORDER BY number"
# The control: the same rows, copied by the database itself into a table with nothing but the rows.
CONTROL_TABLE = "CREATE TABLE bench_leaf (number bigint, entry_id bigint, hash bytea)"
CONTROL = "INSERT INTO bench_leaf SELECT number, entry_id, hash FROM ledger_leaf"
CHECKPOINT_ROW = "INSERT INTO ledger_checkpoint (origin, size, root, note, at) VALUES (%s, %s, %s, %s, now())"


def run(*, leaves: int = 10_000_000, entries: int = 500_000) -> dict[str, object]:
    """Measure; fail when a proof does not hold or the log does not verify. leaves >= entries."""
    with (
        scratch.database(readiness.address()),
        tempfile.TemporaryDirectory(dir=environment.HOME, prefix="bench-log-") as folder,
        override_settings(
            LOG_FOLDER=Path(folder) / "log", LOG_KEYS=Path(folder) / "keys", LOG_ORIGIN="bench.example/log"
        ),
    ):
        facts = machine.facts()
        files, signer = installation.files(), installation.signer()
        _execute(ENTRY_ROWS, [entries])
        _execute("ANALYZE")
        sequencing = _timed(lambda: _sequence(files, signer))
        _check_all(entries)
        _execute(CONTROL_TABLE)
        control = _timed(lambda: _execute(CONTROL))
        building = _timed(lambda: _grow(files, signer, entries, leaves))
        made = [_proved(1 + number * entries // PROOFS) for number in range(PROOFS)]
        return {
            "name": "ledger",
            "per_second": round(entries / sequencing, 1),
            "control_per_second": round(entries / control, 1),
            "ratio": round(control / sequencing, 4),
            "entries": entries,
            "leaves": leaves,
            "proof_bytes": max(len(proof.text().encode()) for proof, _, _ in made),
            "proof_hashes": max(len(proof.hashes) for proof, _, _ in made),
            "prove_p50_ms": _quantile_ms([seconds for _, seconds, _ in made], 50),
            "prove_p95_ms": _quantile_ms([seconds for _, seconds, _ in made], 95),
            "check_p50_ms": _quantile_ms([seconds for _, _, seconds in made], 50),
            f"append_{MORE}_ms": round(_appended(files, signer) * 1_000, 1),
            "building_seconds": round(building, 1),
            "machine": facts,
        }


def _sequence(files: LogFiles, signer: Ed25519Signer) -> None:
    sequencer = Sequencer(files, signer)
    while sequencer.step(worker="bench", now=now()).is_more:
        pass


def _check_all(entries: int) -> None:
    """What was signed is every entry, and the whole of it verifies."""
    found = queries.verify()
    if found.problems or found.published != entries:
        raise RuntimeError(f"{found.published} of {entries} published; {found.problems[:3]}")


def _grow(files: LogFiles, signer: Ed25519Signer, entries: int, leaves: int) -> None:
    """Make the tree as large as asked and publish it; bundles are written for real entries alone."""
    _execute(LEAF_ROWS, [entries, leaves])
    edge = files.edge(entries)
    for start in range(entries, leaves, CHUNK):
        hashes = _hashes(start, min(start + CHUNK, leaves))
        grown = edge.append([b"-"] * len(hashes), hashes)
        files.write(file for file in grown if file[0].level != ENTRIES or file[0].index * WIDTH < entries)
    files.write(edge.unfinished())
    checkpoint = Checkpoint(signer.name, leaves, edge.root())
    note = sign(checkpoint.text(), signer)
    if leaves > entries:
        _execute(CHECKPOINT_ROW, [signer.name, leaves, checkpoint.root, note])
    files.publish(note)
    _execute("ANALYZE ledger_leaf")


def _proved(entry_id: int) -> tuple[Proof, float, float]:
    """Return a proof of one entry in the large tree, the seconds to make it and to check it."""
    verifier = installation.signer().verifier
    began = time.perf_counter()
    proof = queries.prove(entry_id)
    made = time.perf_counter()
    verify_proof(proof, verifier.name, [verifier])
    return proof, made - began, time.perf_counter() - made


def _appended(files: LogFiles, signer: Ed25519Signer) -> float:
    """Return the seconds one step takes to number, file and sign some entries more in the large tree."""
    sequencer = Sequencer(files, signer)
    sequencer.step(worker="bench", now=now())  # the first looks at all entries
    _execute(ENTRY_ROWS, [MORE])
    return _timed(lambda: sequencer.step(worker="bench", now=now()))


def _hashes(start: int, end: int) -> list[bytes]:
    with connection.cursor() as cursor:
        cursor.execute(HASHES, [start, end])
        return [bytes(value) for (value,) in cursor.fetchall()]


def _execute(statement: str, parameters: Sequence[str | int | bytes] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _quantile_ms(seconds: Sequence[float], percent: int) -> float:
    return round(statistics.quantiles(seconds, n=100)[percent - 1] * 1_000, 3)
