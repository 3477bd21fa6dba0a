"""Notes, checkpoints, proofs, tiles and leaves: one spelling each, everything altered refused."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.ledger.trees import ORIGIN, OTHER, SIGNER, Memory, counted

from huying.ledger.policy import (
    Checkpoint,
    Ed25519Signer,
    Ed25519Verifier,
    Proof,
    Unproven,
    Written,
    leaf_bytes,
    open_checkpoint,
    open_note,
    parse_proof,
    read_leaf,
    sign,
    verify_proof,
)
from huying.ledger.policy.merkle import inclusion_proof
from huying.ledger.policy.tiles import ENTRIES, Tile, bundle, grown, levels, tile_at, unbundle

# The example of c2sp.org/signed-note v1.0.0.
EXAMPLE_KEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
EXAMPLE = """This is an example message.

— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=
"""
ENTRY = Written(
    7, datetime(2026, 4, 1, 4, 0, 0, 120_000, UTC), "staff:12", "accept", "case:HY-330109001-20260401-00001",
    "reported", "accepted", bytes(range(32)),
)  # fmt: skip
LEAF = (
    b'{"actor":"staff:12","at":"2026-04-01T04:00:00.120000Z",'
    b'"commit":"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",'
    b'"object":"case:HY-330109001-20260401-00001","prev_state":"reported","seq":7,"state":"accepted",'
    b'"type":"accept","v":1}'
)


def proof_of(index: int, size: int) -> Proof:
    log = Memory(counted(size))
    note = sign(Checkpoint(ORIGIN, size, log.root).text(), SIGNER)
    return Proof(index, inclusion_proof(index, size, log.hashes), note, counted(size)[index])


def test_the_example_of_the_standard() -> None:
    verifier = Ed25519Verifier.read(EXAMPLE_KEY)
    opened = open_note(EXAMPLE, [verifier])
    assert (opened.text, opened.verified[0].name, opened.unknown) == (
        "This is an example message.\n", "example.com/foo", (),
    )  # fmt: skip
    assert verifier.vkey == EXAMPLE_KEY


def accepts(check: Callable[[str], object], text: str) -> list[str]:
    """Return which texts one bit away from `text` are accepted."""
    wrong = list[str]()
    raw = text.encode()
    for place in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[place] ^= 1 << bit
            try:
                check(bytes(changed).decode())
            except (Unproven, UnicodeDecodeError):
                continue
            wrong.append(bytes(changed).decode())
    return wrong


def test_no_bit_of_the_example_may_change() -> None:
    verifier = Ed25519Verifier.read(EXAMPLE_KEY)
    assert accepts(lambda text: open_note(text, [verifier]), EXAMPLE) == []


def test_no_bit_of_a_checkpoint_may_change() -> None:
    note = sign(Checkpoint(ORIGIN, 7, bytes(range(32))).text(), SIGNER)
    assert open_checkpoint(note, ORIGIN, [SIGNER.verifier]) == Checkpoint(ORIGIN, 7, bytes(range(32)))
    assert accepts(lambda text: open_checkpoint(text, ORIGIN, [SIGNER.verifier]), note) == []


def test_no_bit_of_a_proof_may_change() -> None:
    text = proof_of(4, 7).text()

    def check(changed: str) -> None:
        verify_proof(parse_proof(changed), ORIGIN, [SIGNER.verifier])

    check(text)
    assert accepts(check, text) == []


def test_a_proof_reads_as_it_was_written() -> None:
    for size in (1, 2, 7, 300):
        proof = proof_of(size // 2, size)
        assert parse_proof(proof.text()) == proof
        assert verify_proof(proof, ORIGIN, [SIGNER.verifier]).size == size
        assert verify_proof(proof, ORIGIN, [SIGNER.verifier], counted(size)[size // 2]).size == size
        with pytest.raises(Unproven):
            verify_proof(proof, ORIGIN, [SIGNER.verifier], b"another entry")


def test_signatures_of_strangers_are_set_aside_and_do_not_count() -> None:
    note = sign("text\n", SIGNER, OTHER, Ed25519Signer("witness.example", bytes(32)))
    opened = open_note(note, [SIGNER.verifier])
    assert ([each.name for each in opened.verified], len(opened.unknown)) == ([ORIGIN], 2)
    with pytest.raises(Unproven, match="没有可信密钥的签名"):
        open_note(sign("text\n", OTHER), [SIGNER.verifier])


def test_a_wrong_signature_of_a_known_key_spoils_the_note() -> None:
    witness = Ed25519Signer("witness.example", bytes(32))
    note = sign("text\n", SIGNER) + sign("another\n", witness).split("\n\n")[1]
    assert open_note(note, [SIGNER.verifier]).text == "text\n"
    with pytest.raises(Unproven, match="签名无效"):
        open_note(note, [SIGNER.verifier, witness.verifier])


def test_another_logs_checkpoint_is_refused() -> None:
    note = sign(Checkpoint("other.example/log", 7, bytes(32)).text(), SIGNER)
    with pytest.raises(Unproven, match="属于另一日志"):
        open_checkpoint(note, ORIGIN, [SIGNER.verifier])


def test_a_key_reads_as_it_was_written_and_hides_its_seed() -> None:
    assert Ed25519Signer.read(SIGNER.secret) == SIGNER
    assert Ed25519Verifier.read(SIGNER.verifier.vkey) == SIGNER.verifier
    assert repr(SIGNER) == f"Ed25519Signer({ORIGIN!r})"


@pytest.mark.parametrize(
    "key",
    [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        EXAMPLE_KEY.replace("530d903a", "530d903b"),  # id of another key
        EXAMPLE_KEY.replace("530d903a", "530D903A"),  # the other spelling
        EXAMPLE_KEY.replace("foo", "fo o"),
        EXAMPLE_KEY[:-4],
    ],
)
def test_a_key_that_does_not_fit_itself_is_refused(key: str) -> None:
    with pytest.raises(Unproven):
        Ed25519Verifier.read(key)


@pytest.mark.parametrize("text", ["no newline", "bell\x07\n", "return\r\n"])
def test_what_a_note_cannot_hold(text: str) -> None:
    with pytest.raises(Unproven):
        sign(text, SIGNER)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "a\n1\n",
        "a\n01\nAAAA\n",
        f"a\n1\n{'A' * 43}=\n\n",
        f"a\n-1\n{'A' * 43}=\n",
        f"a\n9223372036854775808\n{'A' * 43}=\n",
    ],
)
def test_what_is_no_checkpoint(text: str) -> None:
    with pytest.raises(Unproven):
        Checkpoint.read(text)


@given(st.text(max_size=300))
def test_any_text_is_refused_in_words(text: str) -> None:
    for read in (parse_proof, Checkpoint.read, Ed25519Verifier.read, Ed25519Signer.read, Tile.read):
        with pytest.raises(Unproven):
            read(text)
    with pytest.raises(Unproven):
        open_note(text, [SIGNER.verifier])
    with pytest.raises(Unproven):
        read_leaf(text.encode("utf-8", "surrogatepass"))


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 1_234_067), "tile/0/x001/x234/067"),  # the standard's example
        (Tile(2, 5, 17), "tile/2/005.p/17"),
        (Tile(ENTRIES, 1_000, 255), "tile/entries/x001/000.p/255"),
        (Tile(63, 999), "tile/63/999"),
    ],
)
def test_a_tile_and_its_path(tile: Tile, path: str) -> None:
    assert tile.path == path
    assert Tile.read(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/../../secret.key", "tile/0/000/", "/tile/0/000", "tile/64/000", "tile/00/000", "tile/0/1",
        "tile/0/x000/001", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/000.new",
        "tile/entries/..", "tile/-1/000", "tile/0/000.p/1/../2", "tile/0/٠٠٠", "tile/0/000\n", "checkpoint",
    ],
)  # fmt: skip
def test_what_is_no_tile(path: str) -> None:
    with pytest.raises(Unproven):
        Tile.read(path)


def test_the_standards_example_of_70_000_leaves() -> None:
    """273 full tiles of level 0 and one of width 112, one full of level 1 and one of 17, one of level 2."""
    paths = [tile.path for level in levels(70_000) for tile in grown(level, 0, 70_000)]
    assert len(paths) == 273 + 1 + 1 + 1 + 1
    assert [path for path in paths if ".p/" in path] == [
        "tile/0/273.p/112", "tile/1/001.p/17", "tile/2/000.p/1",
    ]  # fmt: skip
    assert tile_at(1, 0, 256) == Tile(1, 0, 1)


@given(st.lists(st.binary(max_size=100), max_size=256))
def test_a_bundle_reads_as_it_was_written(entries: list[bytes]) -> None:
    data = bundle(entries)
    assert unbundle(data) == entries
    if data:
        with pytest.raises(Unproven):
            unbundle(data[:-1] if len(entries[-1]) else data + b"\0")


def test_an_entry_has_at_most_65_535_bytes() -> None:
    assert unbundle(bundle([bytes(65_535)])) == [bytes(65_535)]
    with pytest.raises(ValueError, match="65,535"):
        bundle([bytes(65_536)])


def test_the_leaf_of_an_entry_is_canonical() -> None:
    assert leaf_bytes(ENTRY) == LEAF
    assert read_leaf(LEAF) == ENTRY


@pytest.mark.parametrize(
    "leaf",
    [
        b"", b"[]", b"{}", LEAF + b" ", LEAF.replace(b'"v":1', b'"v":2'), LEAF.replace(b"1e1f", b"1E1F"),
        LEAF.replace(b'"seq":7', b'"seq":true'), LEAF.replace(b"120000Z", b"12Z"),
        LEAF.replace(b"Z", b"+00:00"), LEAF.replace(b'"type":"accept"', b'"type":["accept"]'),
        LEAF.replace(b'{"actor"', b'{"phone":"1","actor"'),
    ],
)  # fmt: skip
def test_another_spelling_is_no_leaf(leaf: bytes) -> None:
    with pytest.raises(Unproven):
        read_leaf(leaf)
