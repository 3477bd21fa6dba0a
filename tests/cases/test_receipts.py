"""What a receipt opens: the case, its proof, and nothing of anybody else."""

import hashlib
import hmac
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.db import connection
from django.test import Client
from tests.ledger.conftest import log

from huying.cases import actions
from huying.cases.policy.receipts import receipt_code
from huying.cases.policy.reports import Verdict
from huying.cases.states import Satisfaction
from huying.config import authentication
from huying.ledger import actions as ledger
from huying.ledger import installation, queries
from huying.ledger.checking import check
from huying.ledger.policy import parse_proof, verify_proof

from .conftest import NOW, Cast

__all__ = ["log"]  # a fixture
pytestmark = pytest.mark.usefixtures("log")


def code_of(number: str) -> str:
    return receipt_code(number, settings.SECRET_KEY.encode())


def asked(number: str, path: str = "proof", code: str = "") -> tuple[int, bytes]:
    answer = Client().get(f"/api/v1/cases/{number}/{path}", headers={"Receipt": code or code_of(number)})
    return answer.status_code, answer.content


def sequenced() -> None:
    ledger.Sequencer(installation.files(), installation.signer()).step(worker="test", now=NOW)


def test_a_proof_can_be_taken_home_once_the_log_is_published(racing: Cast, tmp_path: Path) -> None:
    number = racing.closed()
    status, refusal = asked(number)
    assert (status, json.loads(refusal)["detail"]) == (
        409,
        "该步骤尚未进入已公布的存证日志，请一分钟后再试。",
    )
    sequenced()

    status, text = asked(number)

    proof, signer = parse_proof(text.decode()), installation.signer()
    assert status == 200
    verify_proof(proof, signer.name, [signer.verifier])
    assert json.loads(proof.extra)["object"] == f"case:{number}"
    file = tmp_path / "a.tlog-proof"
    file.write_bytes(text)
    good = CliRunner().invoke(check, [str(file), "--key", queries.vkey()])
    assert (good.exit_code, good.stdout.startswith("核验成立")) == (0, True)
    file.write_bytes(text.replace(b"\nindex ", b"\nindex 1"))
    bad = CliRunner().invoke(check, [str(file), "--key", queries.vkey()])
    assert (bad.exit_code, bad.stdout.startswith("核验不成立")) == (1, True)


def test_the_opening_fits_the_leaf_and_its_erasure_leaves_the_proof(racing: Cast) -> None:
    number = racing.reported()
    sequenced()
    leaf = json.loads(parse_proof(asked(number)[1].decode()).extra)
    found = json.loads(asked(number, "opening")[1])
    salted = hmac.digest(bytes.fromhex(found["salt"]), found["payload"].encode(), hashlib.sha256)
    assert salted.hex() == leaf["commit"]

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_opening")

    assert asked(number, "opening")[0] == 404
    assert asked(number)[0] == 200
    assert queries.verify().problems == []


def test_a_receipt_opens_public_steps_of_its_own_case_alone(racing: Cast) -> None:
    number, other = racing.closed(), racing.reported()
    sequenced()
    assert asked(number, "proof?step=3")[0] == 200
    assert asked(number, "proof?step=99")[0] == 404
    assert asked(other, code=code_of(number))[0] == 404
    assert asked(number, code="AAAAAAAAAAAAAAAA")[0] == 404
    steps = {step["seq"] for step in json.loads(asked(number, "timeline")[1])}
    hidden = set(range(1, racing.case(number).moves_made + 1)) - steps
    assert {asked(number, f"proof?step={seq}")[0] for seq in hidden} == {404}
    assert hidden


def test_the_page_shows_the_case_and_its_code_stands_in_no_address(racing: Cast) -> None:
    number = racing.closed()
    sequenced()
    client, sent = Client(), {"number": number, "code": code_of(number)}
    page = client.post("/receipt/", sent)
    text = page.content.decode()
    for shown in (number, "已结案", "报事人", "data:image/svg+xml", "下载证明"):
        assert shown in text
    assert "13812345678" not in text
    assert f"/verify/#{number}" in text
    addresses = [part.split('"')[0] for part in text.split('href="')[1:] + text.split('action="')[1:]]
    assert not [each for each in addresses if sent["code"] in each]
    assert client.post("/receipt/", sent | {"proof": "1"}).content == asked(number)[1]


def test_a_wrong_code_shows_nothing(racing: Cast) -> None:
    number = racing.closed()
    answer = Client().post("/receipt/", {"number": number, "code": "AAAAAAAAAAAAAAAA"})
    assert (answer.status_code, "编号与回执码不相符" in answer.content.decode()) == (404, True)
    assert "已结案" not in answer.content.decode()


def test_what_was_committed_opens_for_who_holds_the_receipt_alone(
    racing: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fingerprint hashes name and phone: whoever has it can try all phones, and no look is recorded."""
    number = racing.closed()
    verdict = Verdict(Satisfaction.SATISFIED, solved=True, text="很快")
    actions.evaluate(number, verdict, actor=racing.with_receipt(number), now=NOW)
    sequenced()
    own = racing.case(number).moves_made  # the judgement
    assert {seq: asked(number, f"opening?step={seq}")[0] for seq in (1, own)} == {1: 200, own: 200}
    others = {step["seq"] for step in json.loads(asked(number, "timeline")[1])} - {1, own}
    assert {asked(number, f"opening?step={seq}")[0] for seq in others} == {404}
    assert others
    for actor in (racing.chen, racing.zhao, racing.wang, racing.zhou):
        monkeypatch.setattr(authentication, "_of_person", lambda request, actor=actor: actor)
        found = [asked(number, path, code="-")[0] for path in ("proof", "timeline", "opening")]
        assert found == [200, 200, 404], actor
