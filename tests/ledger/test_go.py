"""The Go team's own verifier, as Debian ships it, accepts what we publish and refuses what is altered."""

import json
import os
import random
import shutil
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from tests.ledger.trees import ORIGIN, OTHER, SIGNER, Memory, counted, flips, root_of_counted, subtree_hashes

from huying.ledger.files import LogFiles
from huying.ledger.policy import Checkpoint, Unproven, leaf_hash, open_note, sign
from huying.ledger.policy.growth import Edge
from huying.ledger.policy.merkle import consistency_proof, inclusion_proof

SOURCE = Path(__file__).parent / "go" / "check.go"
LIBRARY = Path("/usr/share/gocode/src/golang.org/x/mod/sumdb/tlog")  # Debian: golang-golang-x-mod-dev
SEED = int(os.environ.get("HUYING_SEED") or random.randrange(10**9))  # noqa: S311
Question = dict[str, object]


class Go:
    """The verifier, one process for the whole run."""

    def __init__(self, program: Path) -> None:
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, **question: object) -> dict[str, object]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(question, default=lambda data: b64encode(data).decode()) + "\n")
        self.process.stdin.flush()
        answer: dict[str, object] = json.loads(self.process.stdout.readline())
        return answer

    def accepts(self, **question: object) -> bool:
        return bool(self.ask(**question)["ok"])


@pytest.fixture(scope="session")
def go(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Go]:
    if not shutil.which("go") or not LIBRARY.is_dir():
        pytest.skip("checks by Go's sumdb left out: apt install golang-go golang-golang-x-mod-dev")
    folder = tmp_path_factory.mktemp("go")
    own = {
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
        "GOFLAGS": "",
    }
    subprocess.run(["go", "build", "-o", folder / "check", SOURCE], env=os.environ | own, check=True)
    found = Go(folder / "check")
    yield found
    found.process.stdin.close()  # type: ignore[union-attr]
    found.process.wait(timeout=10)
    found.process.stdout.close()  # type: ignore[union-attr]


def inclusion(index: int, size: int) -> Question:
    proof = inclusion_proof(index, size, Memory(counted(size)).hashes)
    return {
        "kind": "inclusion", "index": index, "size": size, "root": root_of_counted(size),
        "proof": list(proof), "entry": counted(size)[index],
    }  # fmt: skip


def consistency(old: int, size: int) -> Question:
    proof = consistency_proof(old, size, Memory(counted(size)).hashes)
    return {
        "kind": "consistency", "old": old, "size": size, "root": root_of_counted(size), "proof": list(proof),
        "oldroot": root_of_counted(old),
    }  # fmt: skip


def altered(question: Question, field: str) -> list[Question]:
    """Return the question with each bit of one field turned over, one at a time."""
    value = question[field]
    if isinstance(value, bytes):
        return [{**question, field: other} for other in flips(value)]
    assert isinstance(value, Sequence)
    return [
        {**question, field: [*value[:at], other, *value[at + 1 :]]}
        for at in range(len(value))
        for other in flips(value[at])
    ]


def test_the_same_roots_for_every_size_up_to_1025(go: Go) -> None:
    answer = go.ask(kind="roots", size=1_025)
    edge, ours = Edge(), list[str]()
    for entry in counted(1_025):
        edge.append([entry], [leaf_hash(entry)])
        ours.append(b64encode(edge.root()).decode())
    assert answer["roots"] == ours


def test_proofs_of_random_trees_up_to_1025(go: Go) -> None:
    chance = random.Random(SEED)  # noqa: S311
    for _ in range(60):
        size = chance.randint(1, 1_025)
        index, old = chance.randrange(size), chance.randint(1, size)
        assert go.accepts(**inclusion(index, size)), f"HUYING_SEED={SEED}: {index} in {size}"
        assert go.accepts(**consistency(old, size)), f"HUYING_SEED={SEED}: {old} to {size}"


@pytest.mark.parametrize(("index", "size"), [(0, 1), (4, 7), (200, 300)])
def test_altered_inclusion_proofs_are_refused(go: Go, index: int, size: int) -> None:
    question = inclusion(index, size)
    assert go.accepts(**question)
    wrong = [one for field in ("root", "proof", "entry") for one in altered(question, field)]
    wrong += [{**question, "index": other} for other in (index - 1, index + 1, size)]
    longer = [*inclusion_proof(index, size, Memory(counted(size)).hashes), leaf_hash(b"")]
    wrong += [{**question, "size": size + 300}, {**question, "proof": longer}]
    assert [one for one in wrong if go.accepts(**one)] == []


@pytest.mark.parametrize(("old", "size"), [(4, 7), (6, 7), (200, 300)])
def test_altered_consistency_proofs_are_refused(go: Go, old: int, size: int) -> None:
    question = consistency(old, size)
    assert go.accepts(**question)
    wrong = [one for field in ("root", "oldroot", "proof") for one in altered(question, field)]
    wrong += [{**question, "old": old - 1}, {**question, "size": size + 300}]
    assert [one for one in wrong if go.accepts(**one)] == []


def test_our_checkpoint_opens_and_an_altered_one_does_not(go: Go) -> None:
    text = Checkpoint(ORIGIN, 7, root_of_counted(7)).text()
    question = {"kind": "note", "vkey": SIGNER.verifier.vkey, "note": sign(text, SIGNER), "text": text}
    assert go.accepts(**question)
    changed = [part.decode("utf-8", "replace") for part in flips(str(question["note"]).encode())]
    accepted = [note for note in changed if go.accepts(**{**question, "note": note})]
    # Go reads Base64 whose unused last bits are set: the same signature, spelt otherwise. We refuse that too.
    assert {_bytes(note) for note in accepted} <= {_bytes(str(question["note"]))}
    for note in changed:
        with pytest.raises(Unproven):
            open_note(note, [SIGNER.verifier])
    assert not go.accepts(**{**question, "note": sign(text, OTHER)})
    assert not go.accepts(**{**question, "vkey": OTHER.verifier.vkey})


def _bytes(note: str) -> tuple[str, bytes]:
    """Return a note's text and name, and the bytes of its signature."""
    rest, _, signature = note.rstrip("\n").rpartition(" ")
    return rest, b64decode(signature)


@pytest.mark.parametrize("size", [2, 255, 256, 257, 1_025, 66_000])
def test_our_tiles_prove_entries_to_go(go: Go, size: int, tmp_path: Path) -> None:
    entries = counted(size)
    edge, log = Edge(), LogFiles(tmp_path)
    log.write(edge.append(entries, [leaf_hash(entry) for entry in entries]))
    log.write(edge.unfinished())
    question = {"kind": "tiles", "folder": str(tmp_path), "size": size, "root": edge.root()}
    for index in {0, size // 2, size - 1}:
        assert go.accepts(**question, index=index, entry=log.entry(index, size))
        assert not go.accepts(**question, index=index, entry=b"another")
    tile = next(file for file in sorted(tmp_path.glob("tile/0/**/*")) if file.is_file())
    tile.write_bytes(flips(tile.read_bytes()[:32])[7] + tile.read_bytes()[32:])
    # Leaf 0 is in the proof of leaf 1. (For leaf 0 itself x/mod 0.7 leaves some tiles unchecked.)
    assert not go.accepts(**question, index=1, entry=log.entry(1, size))


def test_go_reads_the_recursion_as_we_do(go: Go) -> None:
    """Both against a third: proofs from the plain recursion of the RFC, without tiles."""
    proof = inclusion_proof(5, 11, subtree_hashes(counted(11)))
    assert go.accepts(
        kind="inclusion", index=5, size=11, root=root_of_counted(11), proof=list(proof), entry=b"5"
    )
