"""What a witness answers; what it still knows after it was killed; that it signs one history only."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import httpx
import pytest
from tests.ledger.trees import ORIGIN, OTHER, SIGNER, flips, root_of_counted
from tests.ledger.witnessing import fork, growth, note_of, post, running

from huying.ledger import witness
from huying.ledger.policy import Checkpoint, Unproven, sign
from huying.ledger.policy.cosignatures import (
    CosignatureVerifier,
    Cosigner,
    answered,
    cosigned,
    message,
    time_of,
)
from huying.ledger.policy.merkle import EMPTY_ROOT
from huying.ledger.policy.notes import Ed25519Signer, open_note, split_note
from huying.ledger.policy.witness import Request, decide, read_request
from huying.shared.errors import Conflict, Malformed, Unavailable

NAME = "witness.example.gov.cn/w1"
COSIGNER = Cosigner(Ed25519Signer(NAME, bytes(range(2, 34))))
TRUSTED = {ORIGIN: [SIGNER.verifier]}
NONE: dict[str, Checkpoint] = {}
TEN = {ORIGIN: Checkpoint(ORIGIN, 10, root_of_counted(10))}
STRANGER = Ed25519Signer("log.example.gov.cn/jd02", bytes(range(32)))
EMPTY = sign(Checkpoint(ORIGIN, 0, EMPTY_ROOT).text(), SIGNER)
NOT_EMPTY = sign(Checkpoint(ORIGIN, 0, root_of_counted(1)).text(), SIGNER)

DECISIONS: dict[str, tuple[dict[str, Checkpoint], Request, int, int | None]] = {
    "first": (NONE, growth(0, 10), 200, None),
    "first, empty": (NONE, Request(0, (), EMPTY), 200, None),
    "grown": (TEN, growth(10, 17), 200, None),
    "the same again": (TEN, growth(10, 10), 200, None),
    "of two signatures one is known": (
        TEN, replace(growth(10, 10), note=note_of(10, STRANGER, SIGNER)), 200, None,
    ),
    "another log": (TEN, Request(0, (), note_of(10, STRANGER, origin=STRANGER.name)), 404, None),
    "another key": (TEN, replace(growth(10, 17), note=note_of(17, OTHER)), 403, None),
    "key of another log": (TEN, replace(growth(10, 17), note=note_of(17, STRANGER)), 403, None),
    "old above new": (TEN, replace(growth(10, 17), old=18), 400, None),
    "old unknown": (NONE, growth(10, 17), 409, 0),
    "old too small": (TEN, growth(0, 17), 409, 10),
    "behind": (TEN, growth(7, 9), 409, 10),
    "another root of the same size": (
        {ORIGIN: Checkpoint(ORIGIN, 17, root_of_counted(17))}, fork(17, 17), 409, 17,
    ),
    "fork": ({ORIGIN: Checkpoint(ORIGIN, 17, root_of_counted(17))}, fork(17, 30), 422, None),
    "no proof": (TEN, replace(growth(10, 17), proof=()), 422, None),
    "proof of the same": (TEN, replace(growth(10, 10), proof=(bytes(32),)), 422, None),
    "proof of the first": (NONE, replace(growth(0, 10), proof=(bytes(32),)), 422, None),
    "a root without leaves": (NONE, Request(0, (), NOT_EMPTY), 422, None),
}  # fmt: skip


@pytest.mark.parametrize("known, request_, status, size", DECISIONS.values(), ids=DECISIONS)  # noqa: PT006
def test_every_answer(known: dict[str, Checkpoint], request_: Request, status: int, size: int | None) -> None:
    found = decide(request_, known, TRUSTED)
    assert (found.status, found.size) == (status, size)
    assert read_request(request_.text()) == request_


def test_every_bit_of_a_proof_counts() -> None:
    request = growth(10, 17)
    assert decide(request, TEN, TRUSTED).status == 200
    for place, value in enumerate(request.proof):
        for other in flips(value):
            changed = (*request.proof[:place], other, *request.proof[place + 1 :])
            assert decide(replace(request, proof=changed), TEN, TRUSTED).status == 422


GOOD = growth(10, 17).text()
HASH = GOOD.split("\n")[1]
UNREADABLE = {
    "nothing": "",
    "no old line": GOOD.removeprefix("old 10\n"),
    "old spelt otherwise": GOOD.replace("old 10", "Old 10"),
    "two blanks": GOOD.replace("old 10", "old  10"),
    "a leading zero": GOOD.replace("old 10", "old 010"),
    "negative": GOOD.replace("old 10", "old -10"),
    "beyond 63 bits": GOOD.replace("old 10", f"old {2**63}"),
    "carriage returns": GOOD.replace("\n", "\r\n"),
    "no empty line": GOOD.replace("\n\n", "\n"),
    "a short hash": GOOD.replace(HASH, HASH[4:]),
    "64 hashes": GOOD.replace(HASH, "\n".join([HASH] * 64)),
    "no signature": GOOD[: GOOD.rindex("\n\n") + 1],
    "no root": growth(0, 17)
    .text()
    .replace(Checkpoint(ORIGIN, 17, root_of_counted(17)).text(), f"{ORIGIN}\n17\n"),
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_a_request_is_refused(text: str) -> None:
    assert read_request(GOOD) == growth(10, 17)
    assert text != GOOD
    with pytest.raises(Unproven):
        read_request(text)


def test_63_hashes_are_read() -> None:
    lines = f"{HASH}\n" * 63
    assert len(read_request(f"old 1\n{lines}\n{note_of(17)}").proof) == 63


def test_a_cosignature_covers_time_and_text() -> None:
    note = note_of(17)
    text, _ = split_note(note)
    line = COSIGNER.cosign(text, 1_800_000_000).line()
    signature = answered(note, line, COSIGNER.verifier)

    assert message(text, 1_800_000_000) == f"cosignature/v1\ntime 1800000000\n{text}"
    assert (len(signature.value), time_of(signature.value)) == (72, 1_800_000_000)
    assert COSIGNER.verifier.is_good(text, signature.value)
    assert not any(COSIGNER.verifier.is_good(text, other) for other in flips(signature.value))
    assert not COSIGNER.verifier.is_good(note_of(16), signature.value)
    assert not COSIGNER.verifier.is_good(text, signature.value[8:])
    assert cosigned(note, [line]) == note + line == cosigned(note + line, [line])
    assert cosigned(note, ["no signature\n", line]) == note + line
    assert len(open_note(note + line, [SIGNER.verifier, COSIGNER.verifier]).verified) == 2


def test_an_answer_by_another_key_is_no_cosignature() -> None:
    note = note_of(17)
    text, _ = split_note(note)
    stranger = Cosigner(Ed25519Signer(NAME, bytes(32)))
    later = COSIGNER.cosign(note_of(18), 1).line()
    assert answered(
        note, stranger.cosign(text, 1).line() + COSIGNER.cosign(text, 2).line(), COSIGNER.verifier
    )
    for lines in ("", "\n", "ok\n", stranger.cosign(text, 1).line(), later, note):
        with pytest.raises(Unproven):
            answered(note, lines, COSIGNER.verifier)


def test_a_witness_key_is_not_a_log_key() -> None:
    verifier = COSIGNER.verifier
    assert CosignatureVerifier.read(verifier.vkey) == verifier
    for vkey in (SIGNER.verifier.vkey, verifier.vkey.replace("w1", "w2"), f"{verifier.vkey}A"):
        with pytest.raises(Unproven):
            CosignatureVerifier.read(vkey)
    assert COSIGNER.signer.verifier.key_id != verifier.key_id


def test_over_http(tmp_path: Path) -> None:
    with running(tmp_path, [SIGNER.verifier.vkey], "--name", NAME) as process:
        assert process.verifier.name == NAME
        first = post(process.url, growth(0, 10))
        assert first.status_code == 200
        assert answered(note_of(10), first.text, process.verifier)
        assert post(process.url, growth(10, 17)).status_code == 200

        behind = post(process.url, growth(0, 17))
        assert (behind.status_code, behind.text) == (409, "17\n")
        assert behind.headers["Content-Type"] == "text/x.tlog.size"
        for request, status in [
            (fork(17, 30), 422), (fork(17, 17), 409), (replace(growth(17, 17), note=note_of(17, OTHER)), 403),
            (Request(0, (), note_of(10, STRANGER, origin=STRANGER.name)), 404),
            (replace(growth(10, 17), old=18), 400),
        ]:  # fmt: skip
            refused = post(process.url, request)
            assert refused.status_code == status
            assert "—" not in refused.text
        assert post(process.url, growth(17, 18)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/add-checkpoint", b"\xff\xfe", 400), ("/add-checkpoint", b"", 400),
        ("/add-checkpoint", b"x" * 65_536, 400),
        ("/add-checkpoint", b"x" * 65_537, 413), ("/other", b"old 0\n", 404),
    ],
    ids=["not UTF-8", "empty", "nonsense", "too long", "another address"],
)  # fmt: skip
def test_nonsense_leaves_it_standing(tmp_path: Path, path: str, body: bytes, status: int) -> None:
    with running(tmp_path) as process:
        assert httpx.post(process.url + path, content=body, timeout=10).status_code == status
        assert httpx.post(process.url + path, content=iter([body]), timeout=10).status_code in {
            404,
            413,
        }  # chunked
        assert post(process.url, growth(0, 3)).status_code == 200
        assert httpx.get(process.url).text.strip() == process.vkey


def test_killed_between_requests_it_still_knows(tmp_path: Path) -> None:
    with running(tmp_path) as process:
        vkey = process.vkey
        assert post(process.url, growth(0, 17)).status_code == 200
    with running(tmp_path) as process:  # the first was ended by signal 9
        assert process.vkey == vkey
        assert post(process.url, fork(17, 30)).status_code == 422
        assert post(process.url, growth(17, 20)).status_code == 200
    with running(tmp_path / "other") as process:  # the control: one that saw nothing signs the fork
        assert post(process.url, fork(0, 30)).status_code == 200


@pytest.mark.parametrize("round_", range(5))
def test_of_two_forks_at_once_one_wins(tmp_path: Path, round_: int) -> None:
    barrier = Barrier(8)

    def ask(number: int) -> tuple[bool, int]:
        request = growth(10, 30) if number % 2 else fork(10, 30)
        barrier.wait(timeout=10)
        return bool(number % 2), post(process.url, request).status_code

    with running(tmp_path) as process:
        assert post(process.url, growth(0, 10)).status_code == 200
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(ask, range(round_, round_ + 8)))
        assert [status for _, status in answers].count(200) == 1
        assert [status for _, status in answers].count(409) == 7
        (winner,) = (is_honest for is_honest, status in answers if status == 200)
        honest, other = post(process.url, growth(30, 30)), post(process.url, fork(30, 30))
        assert (honest.status_code, other.status_code) == ((200, 409) if winner else (409, 200))


def test_one_folder_one_process(tmp_path: Path) -> None:
    with running(tmp_path) as process, running(tmp_path) as second:
        assert (second.vkey, second.process.wait(timeout=10)) == ("", 2)
        assert post(process.url, growth(0, 3)).status_code == 200
    first = witness.Witness(tmp_path / "free", TRUSTED)
    with pytest.raises(Conflict):
        witness.Witness(tmp_path / "free", TRUSTED)
    assert first.notes == {}


def test_a_disk_that_fails_is_not_signed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = witness.Witness(tmp_path, TRUSTED)
    assert found.answer(growth(0, 10))[1]

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(witness, "put", full)
        with pytest.raises(OSError, match="No space"):
            found.answer(growth(10, 17))
    assert found.answer(growth(10, 17))[0].status == 200


def _lost(home: Path) -> None:
    (home / witness.MEMORY).unlink()


def _cut(home: Path) -> None:
    (home / witness.MEMORY).write_text((home / witness.MEMORY).read_text()[:-20])


def _not_a_note(home: Path) -> None:
    (home / witness.MEMORY).write_text('{"a": "b"}')


@pytest.mark.parametrize("harm", [_lost, _cut, _not_a_note])
def test_without_its_memory_it_does_not_start(tmp_path: Path, harm: Callable[[Path], None]) -> None:
    with running(tmp_path) as process:
        assert post(process.url, growth(0, 10)).status_code == 200
    with running(tmp_path) as process:  # the control
        assert process.vkey
    harm(tmp_path)
    with pytest.raises(Unavailable, match="不能再用"):
        witness.Witness(tmp_path, TRUSTED)


def test_keys_of_logs_come_one_by_one_or_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "logs"
    file.write_text(f"# the street's\n{SIGNER.verifier.vkey}\n\n{STRANGER.verifier.vkey}\n")
    both = witness.trusted([str(file)])
    assert both == {ORIGIN: [SIGNER.verifier], STRANGER.name: [STRANGER.verifier]}
    assert witness.trusted([SIGNER.verifier.vkey, OTHER.verifier.vkey]) == {
        ORIGIN: [SIGNER.verifier, OTHER.verifier]
    }
    with pytest.raises(Malformed):
        witness.trusted([COSIGNER.verifier.vkey])
