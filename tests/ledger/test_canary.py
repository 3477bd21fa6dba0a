"""What is personal is planted in every free field of a whole loop and searched in all that is published."""

import logging
import re
from collections.abc import Iterator

import pytest
from django.db import connection
from django.test import Client
from tests.cases.conftest import NOW, Cast, racing

from huying.cases import actions as cases
from huying.cases.policy.reports import Arrival, Call, Place, Reporter, Verdict
from huying.cases.states import RequestKind, Satisfaction
from huying.ledger import actions, installation, queries
from huying.ledger.models import Entry
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import Role

__all__ = ["racing"]  # a fixture
pytestmark = pytest.mark.usefixtures("log")

# field: what no published byte may hold
PLANTED = {
    "name": "林金丝雀",
    "phone": "13900001111",
    "text": "身份证33010919900101777X的人家漏水",
    "address": "金丝雀苑7幢702",
    "accept": "金丝雀受理意见",
    "reveal": "金丝雀查看理由",
    "assign": "金丝雀指派意见",
    "request": "金丝雀延期理由",
    "decision": "金丝雀批准意见",
    "arrival": "金丝雀不在现场的原因",
    "note": "金丝雀留言",
    "answer": "金丝雀答复",
    "verify": "金丝雀核查",
    "evaluation": "金丝雀评价",
}


def lived(cast: Cast) -> str:
    """One case through everything, every free text a canary."""
    p = PLANTED
    place = Place(cast.report().place.area_code, text=p["address"], lng=120.27, lat=30.16)
    number = cast.reported(text=p["text"], place=place, reporter=Reporter(p["name"], p["phone"]))
    cases.accept(number, actor=cast.chen, now=NOW, opinion=p["accept"])
    cases.reveal(number, actor=cast.chen, now=NOW, reason=p["reveal"])
    cases.assign(number, [Call(cast.roads)], actor=cast.chen, now=NOW, opinion=p["assign"])
    cases.acknowledge(number, actor=cast.zhao, now=NOW)
    asked = cases.request(
        number, RequestKind.EXTENSION, actor=cast.zhao, now=NOW, reason=p["request"], amount=1
    )
    cases.approve(asked.pk, actor=cast.chen, now=NOW, decision=p["decision"])
    cases.arrive(number, Arrival(121.0, 31.0, reason=p["arrival"]), actor=cast.zhao, now=NOW)
    cases.note(number, p["note"], actor=cast.with_receipt(number), now=NOW)
    cases.answer(number, actor=cast.zhao, now=NOW, opinion=p["answer"])
    cases.verify(number, actor=cast.chen, now=NOW, opinion=p["verify"])
    verdict = Verdict(Satisfaction.DISSATISFIED, solved=False, text=p["evaluation"])
    cases.evaluate(number, verdict, actor=cast.with_receipt(number), now=NOW)
    return number


def published(number: str) -> Iterator[tuple[str, bytes]]:
    """Yield everything the world can read: files, pages, proofs."""
    folder = installation.files().folder
    yield from ((path.name, path.read_bytes()) for path in folder.rglob("*") if path.is_file())
    client = Client()
    for address in ("/log/", "/log/checkpoint", "/metrics", "/verify/"):
        yield address, client.get(address).content
    for entry in Entry.objects.filter(subject=f"case:{number}"):
        proof = queries.prove(entry.pk)
        yield f"proof {entry.pk}", proof.text().encode() + proof.extra


def test_nothing_personal_is_published(racing: Cast, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="huying")
    number = lived(racing)
    _, secret = org.issue_token("金丝雀热线", "12345", now=NOW, actor=SYSTEM, role=Role.CONNECTOR)
    actions.Sequencer(installation.files(), installation.signer()).step(worker="test", now=NOW)

    seen = dict(published(number))
    canaries = [*PLANTED.values(), "33010919900101777X", secret]

    assert [(name, each) for name, data in seen.items() for each in canaries if each.encode() in data] == []
    assert [each for each in canaries if each in caplog.text] == []
    assert len(seen) > 15
    assert number.encode() in b"".join(seen.values())  # control: what is public is found


def test_control_the_canaries_are_in_the_tables(racing: Cast) -> None:
    lived(racing)
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(payload, ' ') FROM ledger_opening")
        sealed = cursor.fetchone()[0]
        cursor.execute(
            "SELECT string_agg(c::text || r::text, ' ')"
            " FROM cases_case c JOIN cases_reporter r ON case_id = id"
        )
        stored = cursor.fetchone()[0]
    kept_apart = {"name", "phone", "text", "address"}
    assert {field for field in PLANTED if PLANTED[field] in stored} == kept_apart
    missing = {field for field in PLANTED if PLANTED[field] not in sealed + stored}
    assert missing == set(), re.sub(r"\s+", " ", sealed)[:500]


def test_after_erasure_every_proof_holds(racing: Cast) -> None:
    number = lived(racing)
    actions.Sequencer(installation.files(), installation.signer()).step(worker="test", now=NOW)
    before = {
        entry.pk: queries.prove(entry.pk).text() for entry in Entry.objects.filter(subject=f"case:{number}")
    }
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM ledger_opening")
    assert {pk: queries.prove(pk).text() for pk in before} == before
    assert queries.verify().problems == []
