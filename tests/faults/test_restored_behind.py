"""F20: the database is restored to a moment before the last published checkpoint."""

import psycopg
import pytest

from huying.ledger.policy import merkle
from huying.ledger.policy.checkpoints import Checkpoint
from huying.ledger.policy.merkle import Node
from huying.ledger.policy.notes import split_note
from huying.ledger.policy.unproven import Unproven

from .clients import Load, Log, filed
from .oracle import judge
from .street import Street, until
from .tally import Tally

pytestmark = pytest.mark.fault

_UNSIGNED = "SELECT count(*) - (SELECT max(published) FROM ledger_sequencerstate) FROM ledger_entry"
_HALTED = "SELECT count(*) FROM ledger_sequencerstate WHERE halted_at IS NOT NULL"
_LEAVES = "SELECT hash FROM ledger_leaf ORDER BY number"


def published(street: Street) -> str:
    return (street.home / "log" / "checkpoint").read_text()


def read(note: str) -> Checkpoint:
    return Checkpoint.read(split_note(note)[0])


def sign_all(street: Street) -> None:
    worker = street.start_worker()
    until(lambda: street.one(_UNSIGNED) == 0, street.said)
    street.stop(worker)


def maintain(street: Street, *statements: str) -> None:
    with psycopg.connect(street.cluster.url("postgres"), autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def go_back(street: Street) -> str:
    """Publish, back up, publish more, restore the backup; return what the world saw last."""
    street.start_web()
    filed(street, 5)
    sign_all(street)
    street.stop(street.web)
    maintain(street, "DROP DATABASE IF EXISTS earlier", "CREATE DATABASE earlier TEMPLATE huying")
    street.start_web()
    filed_more(street, "lost-by-the-restore", 10)
    sign_all(street)
    street.stop(street.web)
    maintain(street, "DROP DATABASE huying WITH (FORCE)", "ALTER DATABASE earlier RENAME TO huying")
    street.start_web()
    return published(street)


def filed_more(street: Street, name: str, count: int) -> Log:
    with Load(street, name, threads=4) as load:
        load.wait_for(count)
    return load.log


def test_what_was_published_is_never_signed_otherwise(street: Street, tally: Tally) -> None:
    seen = go_back(street)
    log = filed_more(street, "after", 30)  # the tree would soon be larger than the one published
    street.start_worker()
    until(lambda: street.one(_HALTED), street.said)
    assert published(street) == seen
    assert "huying_ledger_halted 1" in street.answer("/metrics")[1]
    assert street.huying("ledger", "verify").returncode != 0
    tally.kept("F20", judge(street, log, invariants=False))


def test_control_a_signer_that_does_not_look_forks_and_is_refused(street: Street, tally: Tally) -> None:
    old = read(go_back(street))
    filed_more(street, "after", 30)
    street.start_worker(without="fork")
    until(lambda: read(published(street)).size > old.size, street.said)
    new = read(published(street))
    leaves = [bytes(each) for (each,) in street.fetch(_LEAVES)][: new.size]

    def hashes(nodes: list[Node]) -> list[bytes]:
        spans = [(each.position << each.level, (each.position + 1) << each.level) for each in nodes]
        return [merkle.root_of(leaves[start:end]) for start, end in spans]

    proof = merkle.consistency_proof(old.size, new.size, hashes)
    try:
        merkle.verify_consistency(old.size, new.size, old.root, new.root, proof)
        refused = ""
    except Unproven as reason:  # what a witness says to it
        refused = str(reason)
    tally.control("F20", failed=bool(refused), seen=(old, new))
