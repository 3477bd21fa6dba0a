"""The page /verify/ checks a proof without the server: a good one holds, an altered one does not."""

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pytest_django import Settings
from tests.browser.conftest import SITE, Visit

from huying.ledger import actions, installation, queries
from huying.ledger.policy import parse_proof
from huying.ledger.policy.cosignatures import Cosigner
from huying.ledger.policy.notes import Ed25519Signer
from huying.ledger.policy.proofs import Proof

WITNESS = Cosigner(Ed25519Signer("witness.example.gov.cn", bytes(range(2, 34))))
NOW = datetime(2026, 4, 1, 4, tzinfo=UTC)
HOLDS = "核验成立"
OTHER_ROOT = "由条目算出的树根与检查点不符"
pytestmark = pytest.mark.usefixtures("own_database", "log")


@pytest.fixture
def proof() -> Proof:
    """The proof of the third of seven entries."""
    subjects = [f"case:HY-330109001-20260401-{nr:05}" for nr in range(1, 8)]
    ids = [
        actions.record(at=NOW, actor="resident", verb="report", subject=each, after="reported")
        for each in subjects
    ]
    actions.Sequencer(installation.files(), installation.signer()).step(worker="test", now=NOW)
    return queries.prove(ids[2])


def checked(visit: Visit, text: str, key: str = "") -> str:
    """Put a proof into the page as somebody who pastes it; return what the page says."""
    visit.page.locator("main summary").evaluate("each => each.parentElement.open = true")
    visit.page.fill("#proof-text", text)
    if key:
        visit.page.fill("#proof-keys", key)
    visit.page.evaluate("document.getElementById('proof-answer').hidden = true")
    visit.page.click("#proof-check")
    visit.page.wait_for_selector("#proof-answer:not([hidden])")
    return visit.page.inner_text("#proof-verdict")


def test_a_proof_is_checked_with_the_network_cut(visit: Visit, proof: Proof) -> None:
    visit.open("/verify/#HY-330109001-20260401-00003")
    visit.page.wait_for_selector("body[data-ready]")
    assert "HY-330109001-20260401-00003" in visit.page.inner_text("#proof-number")
    visit.context.set_offline(True)
    asked = len(visit.asked)

    assert HOLDS in checked(visit, proof.text())

    facts = visit.page.inner_text("#proof-facts")
    for shown in ("HY-330109001-20260401-00003", "上报", "待受理", "2026/4/1 12:00:00", "第 3 条，共 7 条"):
        assert shown in facts
    states = visit.page.eval_on_selector_all(".proof-steps li", "rows => rows.map(row => row.dataset.state)")
    assert states == ["done", "done", "done"]
    assert len(visit.asked) == asked
    assert {url for url in visit.asked if not url.startswith(SITE)} == set()
    assert visit.said == []


def flipped(data: bytes, at: int = 0) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def _root(proof: Proof) -> Proof:
    lines = proof.checkpoint.split("\n")
    lines[2] = base64.b64encode(flipped(base64.b64decode(lines[2]))).decode()
    return replace(proof, checkpoint="\n".join(lines))


def _size(proof: Proof) -> Proof:
    return replace(proof, checkpoint=proof.checkpoint.replace("\n7\n", "\n8\n", 1))


def _signature(proof: Proof) -> Proof:
    head, _, last = proof.checkpoint.rstrip("\n").rpartition(" ")
    return replace(
        proof, checkpoint=f"{head} {base64.b64encode(flipped(base64.b64decode(last), 20)).decode()}\n"
    )


ALTERED: dict[str, tuple[Callable[[Proof], Proof], str]] = {
    "leaf": (lambda p: replace(p, extra=p.extra.replace(b"reported", b"accepted")), OTHER_ROOT),
    "index": (lambda p: replace(p, index=p.index + 1), OTHER_ROOT),
    "index beyond": (lambda p: replace(p, index=7), "序号超出检查点的条数"),
    "hash": (lambda p: replace(p, hashes=(flipped(p.hashes[0]), *p.hashes[1:])), OTHER_ROOT),
    "one hash less": (lambda p: replace(p, hashes=p.hashes[:-1]), "路径不完整"),
    "one hash more": (lambda p: replace(p, hashes=(*p.hashes, bytes(32))), "路径过长"),
    "size": (_size, "检查点的签名不成立"),
    "root": (_root, OTHER_ROOT),
    "origin": (lambda p: replace(p, checkpoint="x" + p.checkpoint), "这是另一本日志"),
    "signature": (_signature, "检查点的签名不成立"),
}  # fmt: skip


def test_a_proof_altered_anywhere_is_refused(visit: Visit, proof: Proof) -> None:
    visit.open("/verify/")
    visit.page.wait_for_selector("body[data-ready]")
    told = {name: checked(visit, alter(proof).text()) for name, (alter, _) in ALTERED.items()}
    assert {name: reason in told[name] for name, (_, reason) in ALTERED.items()} == dict.fromkeys(
        ALTERED, True
    ), told
    assert not any(HOLDS in each for each in told.values())
    assert HOLDS in checked(visit, proof.text())


def test_another_logs_key_a_torn_key_and_no_proof_at_all_are_told_apart(visit: Visit, proof: Proof) -> None:
    other = Ed25519Signer(installation.origin(), bytes(range(32))).verifier.vkey
    visit.open("/verify/")
    visit.page.wait_for_selector("body[data-ready]")
    key = visit.page.input_value("#proof-keys")
    assert key.split() == queries.vkeys() == [queries.vkey()]
    assert "没有这把公钥的签名" in checked(visit, proof.text(), other)
    assert "公钥的名称与编号不符" in checked(
        visit, proof.text(), key[:-2] + ("A" if key[-2] != "A" else "B") + key[-1]
    )
    assert "这不是存证证明文件" in checked(visit, "你好", key)
    assert parse_proof(proof.text()) == proof


def opened(visit: Visit, path: str = "/verify/") -> None:
    visit.open(path)
    visit.page.wait_for_selector("body[data-ready]")


def test_a_receipt_scanned_with_the_proof_of_another_case_is_told_apart(visit: Visit, proof: Proof) -> None:
    opened(visit, "/verify/#HY-330109001-20260401-00004")
    said = checked(visit, proof.text())
    assert "不是事件 HY-330109001-20260401-00004 的" in said
    assert HOLDS not in said
    assert visit.page.get_attribute("#proof-answer", "data-proven") == "false"
    visit.page.evaluate("location.hash = '#HY-330109001-20260401-00003'")
    assert HOLDS in checked(visit, proof.text())


def test_a_witness_is_named_with_what_its_signature_is_worth(
    visit: Visit, proof: Proof, settings: Settings
) -> None:
    settings.LOG_WITNESSES = f"{WITNESS.verifier.vkey} https://witness.example.gov.cn"
    text = proof.checkpoint.partition("\n\n")[0] + "\n"
    signed = WITNESS.cosign(text, int(NOW.timestamp()))
    seen = replace(proof, checkpoint=proof.checkpoint + signed.line())
    false = replace(signed, value=flipped(signed.value, 40))
    later = replace(signed, value=flipped(signed.value, 7))  # another moment than the one signed
    opened(visit)
    assert visit.page.input_value("#proof-keys").split() == [queries.vkey(), WITNESS.verifier.vkey]

    assert HOLDS in checked(visit, seen.text())
    assert "witness.example.gov.cn 2026/4/1 12:00:00（签名成立）" in visit.page.inner_text("#proof-facts")
    for wrong in (false, later):
        note = proof.checkpoint + wrong.line()
        said = checked(visit, replace(proof, checkpoint=note).text())
        assert "见证单位 witness.example.gov.cn 的签名不成立" in said
    assert HOLDS in checked(visit, seen.text(), queries.vkey())
    assert "（未填其公钥，未核）" in visit.page.inner_text("#proof-facts")
    assert "第二行起应为见证单位的公钥" in checked(visit, seen.text(), f"{queries.vkey()}\n{queries.vkey()}")


def test_without_the_browsers_means_the_page_says_so(visit: Visit, proof: Proof) -> None:
    """A browser from before Ed25519, and a page that came over plain http from elsewhere."""
    opened(visit)
    assert HOLDS in checked(visit, proof.text())
    visit.page.evaluate(
        "() => { crypto.subtle.importKey = async () => { throw new DOMException('', 'NotSupported'); }; }"
    )
    assert "此浏览器不支持 Ed25519" in checked(visit, proof.text())
    visit.page.evaluate("() => { Object.defineProperty(crypto, 'subtle', { value: undefined }); }")
    assert "请改用 https 地址" in checked(visit, proof.text())


# Puts each text into the page and returns the verdicts.
EACH = """
async (texts) => {
  const box = document.getElementById("proof-text");
  const answer = document.getElementById("proof-answer");
  const said = [];
  for (const text of texts) {
    box.value = text;
    document.getElementById("proof-check").click();
    while (answer.hidden) await new Promise((resolve) => setTimeout(resolve));
    said.push(document.getElementById("proof-verdict").textContent);
  }
  return said;
}
"""


def test_a_proof_with_any_single_character_changed_is_refused(visit: Visit, proof: Proof) -> None:
    text = proof.text()
    changed = [text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :] for at in range(len(text))]
    opened(visit)
    first, *verdicts, last = visit.page.evaluate(EACH, [text, *changed, text])
    assert [HOLDS in said for said in (first, last)] == [True, True]
    assert [at for at, said in enumerate(verdicts) if HOLDS in said] == []
    assert len(verdicts) == len(text) > 500
