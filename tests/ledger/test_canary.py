"""Nothing personal is published: canaries planted in every field people fill in, then looked for.

The search is tried first on a log that does leak; and what is looked for does lie in the tables.
"""

import base64
import hashlib
import json
import logging
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from pytest_django import Settings
from tests.cases.conftest import GRID, NOW, Cast, racing
from tests.cases.test_evidence import picture

from huying.config import authentication
from huying.ledger import actions as ledger
from huying.ledger import installation
from huying.ledger import queries as published
from huying.ledger.files import LogFiles
from huying.ledger.models import Entry, Opening
from huying.ledger.policy import parse_proof, verify_proof
from huying.org import actions as org
from huying.org.policy import RESIDENT, SYSTEM, Actor
from huying.org.states import Employment

__all__ = ["racing"]  # a fixture

CANARIES = {
    "name": "林小燕甲01",
    "phone": "13987650102",
    "text": "灯不亮,身份证330109199001010103",
    "address": "清风苑7幢3单元0104室",
    "key": "idempotency-key-0105",
    "accept": "受理意见0106",
    "note": "内部留言0107",
    "reveal": "查看理由0108",
    "assign": "派单意见0109",
    "extension": "延期理由0110",
    "decision": "不准延期0111",
    "arrive": "无定位理由0112",
    "answer": "答复内容0113",
    "verify": "核查意见0114",
    "evaluate": "评价内容0115",
    "expedite": "加急意见0116",
    "escalate": "提级理由0117",
    "thread": "居民留言0118",
    "staff": "赵志远乙19",
    "work phone": "13787650120",
    "account": "zhaozhiyuan0121",
    "password": "Mi-ma-0122-changcheng",
    "token name": "热线接口0123",
}
MADE = {"receipt", "token"}  # known only after they were made
NOT_KEPT = {"receipt", "password"}  # of the token its hash is kept: of 256 random bits
Hits = set[tuple[str, str]]


def forms(canary: str) -> Iterator[bytes]:
    """How a canary might stand somewhere: as it is, escaped, encoded, or under a hash without a salt."""
    plain = canary.encode()
    yield plain
    yield json.dumps(canary)[1:-1].encode()
    yield quote(canary).encode()
    for shift in range(3):  # within Base64 of something longer
        yield base64.b64encode(b"\0" * shift + plain)[4 if shift else 0 : -4]
    for kind in ("sha256", "sha1", "md5"):
        digest = hashlib.new(kind, plain).digest()
        yield from (digest, digest.hex().encode())


def hits(places: Mapping[str, bytes], canaries: Mapping[str, str]) -> Hits:
    """Return (field, place) of each canary that was found."""
    return {
        (field, place)
        for field, canary in canaries.items()
        for place, content in places.items()
        if any(form in content for form in forms(canary))
    }


def everything_published(client: Client, log: LogFiles, entry_ids: Iterable[int]) -> dict[str, bytes]:
    """Return all that an outsider can get: rows the leaves are made of, files, pages, metrics, proofs."""
    found = {f"file {path.relative_to(log.folder)}": path.read_bytes() for path in files_below(log.folder)}
    found["rows"] = repr(list(Entry.objects.values())).encode()
    for path in ("/log/", "/log/checkpoint", "/metrics", "/verify/", *addresses(log)):
        answer = client.get(path)
        assert answer.status_code == 200, path
        found[path] = answer.content
    proofs = [published.prove(entry_id) for entry_id in entry_ids]
    found["proofs"] = "".join(proof.text() for proof in proofs).encode()
    found["leaves"] = b"\n".join(proof.extra for proof in proofs)
    return found


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def addresses(log: LogFiles) -> list[str]:
    tiles = [path for path in files_below(log.folder) if "tile" in path.parts]
    assert tiles
    return [f"/log/{path.relative_to(log.folder)}" for path in tiles]


def sequence() -> None:
    sequencer = ledger.Sequencer(installation.files(), installation.signer())
    while sequencer.step(worker="test", now=NOW).is_more:
        pass


class Street:
    """A whole loop over the API, each field with its canary."""

    def __init__(self, cast: Cast, patch: pytest.MonkeyPatch) -> None:
        self.cast, self.patch, self.client = cast, patch, Client()
        self.asked: list[str] = []  # addresses, as a web server logs them
        self.canaries = dict(CANARIES)
        self.number = ""

    def post(self, path: str, body: object, actor: Actor = RESIDENT, **headers: str) -> dict[str, object]:
        self.patch.setattr(authentication, "_of_person", lambda request: actor)
        self.asked.append(f"/api/v1{path}")
        answer = self.client.post(f"/api/v1{path}", body, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 201), answer.content.decode()
        return dict(json.loads(answer.content))

    def step(self, verb: str, actor: Actor, **body: object) -> None:
        self.post(f"/cases/{self.number}/{verb}", body, actor)

    def live(self) -> None:
        """Report, follow, handle, judge."""
        said, cast = self.canaries, self.cast
        person = {"name": said["name"], "phone": said["phone"]}
        report = {"text": said["text"], "area_code": GRID, "address": said["address"], "reporter": person}
        filed = self.post("/reports", report, **{"Idempotency-Key": said["key"]})
        self.number, said["receipt"] = str(filed["number"]), str(filed["receipt"])
        self.attach()
        chen, zhao = cast.chen, cast.zhao
        self.step("accept", chen, opinion=said["accept"], category_id=cast.lamp, area_code=GRID)
        self.step("notes", chen, text=said["note"])
        self.step("reveal", chen, reason=said["reveal"])
        self.step("expedite", chen, opinion=said["expedite"])
        self.step("escalate", chen, reason=said["escalate"])
        self.step("assign", chen, opinion=said["assign"], calls=[{"unit_id": cast.roads}])
        self.step("acknowledge", zhao)
        self.step("request", zhao, kind="extension", amount=1, reason=said["extension"])
        (waiting,) = json.loads(self.seen("/requests", chen))
        self.post(f"/requests/{waiting['id']}/refuse", {"decision": said["decision"]}, chen)
        self.step("arrive", zhao, reason=said["arrive"])
        self.step("answer", zhao, opinion=said["answer"])
        self.step("verify", chen, opinion=said["verify"])
        receipt = {"Receipt": said["receipt"]}
        self.post(f"/cases/{self.number}/notes", {"text": said["thread"]}, **receipt)
        verdict = {"satisfaction": "satisfied", "solved": True, "text": said["evaluate"]}
        self.post(f"/cases/{self.number}/evaluate", verdict, **receipt)

    def attach(self) -> None:
        photo = SimpleUploadedFile("photo.jpg", picture(), "image/jpeg")
        path = f"/api/v1/cases/{self.number}/evidence?kind=report"
        self.asked.append(path)
        sent = self.client.post(path, {"photo": photo}, headers={"Receipt": self.canaries["receipt"]})
        assert sent.status_code == 201, sent.content.decode()

    def seen(self, path: str, actor: Actor) -> bytes:
        self.patch.setattr(authentication, "_of_person", lambda request: actor)
        self.asked.append(f"/api/v1{path}")
        return self.client.get(f"/api/v1{path}").content

    def employ(self) -> None:
        """Somebody is hired and gets an account; a machine gets a token and reports."""
        said = self.canaries
        staff = org.hire(
            name=said["staff"], phone=said["work phone"], employment=Employment.FULL_TIME, now=NOW,
            actor=SYSTEM,
        )  # fmt: skip
        org.open_account(staff.pk, said["account"], said["password"], now=NOW, actor=SYSTEM)
        _, said["token"] = org.issue_token(said["token name"], "12345", now=NOW, actor=SYSTEM)
        bearer = {"Authorization": f"Bearer {said['token']}", "Idempotency-Key": "another"}
        self.post("/reports", {"text": "井盖松动", "area_code": GRID}, **bearer)


def tables() -> bytes:
    """Return every row of the tables that may hold personal data."""
    rows = []
    with connection.cursor() as cursor:
        for table in (
            "ledger_opening", "cases_case", "cases_reporter", "cases_move", "cases_evaluation", "org_staff",
            "org_apitoken", "org_user",
        ):  # fmt: skip
            cursor.execute(f"SELECT * FROM {table}")  # noqa: S608  # our own names
            rows.append(repr(cursor.fetchall()))
    return "".join(rows).encode()


@pytest.fixture
def street(
    racing: Cast, log: LogFiles, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Street:
    settings.EVIDENCE_FOLDER = tmp_path / "evidence"
    return Street(racing, monkeypatch)


def test_no_canary_is_published_and_erasing_breaks_no_proof(
    street: Street, log: LogFiles, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        street.live()
        street.employ()
        sequence()
    ids = list(Entry.objects.order_by("id").values_list("pk", flat=True))
    assert len(ids) > 25

    places = everything_published(street.client, log, ids)
    places["log output"] = caplog.text.encode()
    places["addresses"] = "\n".join(street.asked).encode()

    assert street.canaries.keys() == CANARIES.keys() | MADE
    assert hits(places, street.canaries) == set()
    kept = {field for field, _ in hits({"tables": tables()}, street.canaries)}
    assert kept == street.canaries.keys() - NOT_KEPT

    before = places["proofs"]
    Opening.objects.all().delete()
    verifier = installation.signer().verifier
    texts = [published.prove(entry_id).text() for entry_id in ids]
    assert "".join(texts).encode() == before
    for text in texts:
        verify_proof(parse_proof(text), verifier.name, [verifier])
    assert published.verify().problems == []


def test_the_search_finds_a_leak(street: Street, log: LogFiles) -> None:
    """Control: the same search on a log whose entries name a person, plainly and by a hash."""
    phone, name = CANARIES["phone"], hashlib.sha256(CANARIES["name"].encode()).hexdigest()
    ids = [
        ledger.record(at=NOW, actor="resident", verb="report", subject=subject)
        for subject in (f"person:{phone}", f"person:{name}")
    ]
    sequence()
    found = hits(everything_published(street.client, log, ids), CANARIES)
    assert {field for field, _ in found} == {"phone", "name"}
    bundle = next(path for path in addresses(log) if "entries" in path)
    for place in ("rows", "leaves", "proofs", bundle, f"file {bundle.removeprefix('/log/')}"):
        assert ("phone", place) in found, place
