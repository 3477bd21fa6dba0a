"""Cases for machines and people: read, list, and one address for each verb.

Reports come in at `/reports` (package intake); proposals and assigning are in package dispatch.
Each write honours `Idempotency-Key`.
"""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated

import orjson
from django.conf import settings
from django.http import FileResponse, HttpResponse
from django.utils.timezone import now
from ninja import Field, File, Query, Router, Schema, Status, UploadedFile

from huying.cases import actions, queries, schemas
from huying.cases.actions.once import once
from huying.cases.models import Case, Evidence, Move, Request
from huying.cases.policy.claims import Claim, claim
from huying.cases.policy.photos import develop, photo_path
from huying.cases.policy.receipts import is_receipt
from huying.cases.policy.reports import Arrival, Verdict
from huying.cases.presentation import case_out, case_row, move_out, queue_row, request_out
from huying.cases.proofs import proof_file
from huying.cases.states import EvidenceKind, State
from huying.cases.uploads_api import folders
from huying.ledger import queries as ledger
from huying.org.policy import Actor
from huying.org.policy.access import require_signed_in
from huying.org.requests import ActorRequest, device_time
from huying.shared.errors import NotFound
from huying.shared.ids import CategoryId, UnitId
from huying.shared.shapes import AreaCode, Id, Moment, Name, Sought

router = Router(tags=["cases"])
MINIMAL = "return=minimal"
JPEG = {"image/jpeg": {"schema": {"type": "string", "format": "binary"}}}
TEXT = {"text/plain": {"schema": {"type": "string"}}}

StepNumber = Annotated[int, Query(ge=1, le=1_000_000)]

Do = Callable[[Actor, datetime], object]


def actor_of(request: ActorRequest, number: str) -> Actor:
    """Return the caller, with the case added whose receipt he shows in the `Receipt` header."""
    actor = request.actor
    code = request.META.get("HTTP_RECEIPT", "")
    if code and is_receipt(number, code, settings.SECRET_KEY.encode()):
        return actor.holding(number)
    return actor


def write(request: ActorRequest, number: str, verb: str, body: Schema, do: Do) -> HttpResponse:
    """Do it once for the caller's idempotency key; answer with the case as it is then.

    Who sends `Prefer: return=minimal` (RFC 7240) is not shown the case; that saves about a tenth of the work.
    """
    actor, moment = actor_of(request, number), now()
    shows_case = MINIMAL not in request.META.get("HTTP_PREFER", "")

    def act() -> bytes:
        if not shows_case:
            do(actor, moment)
            return b""
        whole = queries.whole_after(actor, number, lambda: do(actor, moment))
        return orjson.dumps(case_out(whole, at=moment))

    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key:
        return _json(act())
    queries.get_for(actor, number)  # a kept answer is only for those who see the case
    content = {"case": number, "verb": verb, "body": body.model_dump(mode="json")}
    return _json(once(key, content, act, actor=actor, now=moment))


def _json(content: bytes) -> HttpResponse:
    """Return what was just made as it is: ninja would check it once more. Nothing = 204."""
    if content:
        return HttpResponse(content, content_type="application/json")
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Preference-Applied": MINIMAL})


class ListIn(Schema):
    """What the list may be narrowed to."""

    state: list[State] = []
    area_code: AreaCode = ""
    category_id: Id | None = None
    unit_id: Id | None = None
    urgent: bool | None = None
    source: Name = ""
    text: Sought = ""
    reported_from: Moment | None = None
    reported_to: Moment | None = None
    before: Id | None = None
    size: int = Field(50, ge=1, le=200)


@router.get("/cases", response=schemas.CasePage)
def list_cases(request: ActorRequest, chosen: Query[ListIn]) -> schemas.CasePage:
    """The cases the caller may see, newest first."""
    fields = chosen.model_dump(exclude={"before", "size", "state"})
    actor = request.actor
    narrowed = queries.Filter(states=tuple(chosen.state), **fields)
    page = queries.page(actor, narrowed, before=chosen.before, size=chosen.size)
    return schemas.CasePage(cases=[case_row(case) for case in page.cases], next_before=page.next_before)


@router.get("/queue", response=schemas.QueueOut)
def read_queue(request: ActorRequest, chosen: Query[schemas.QueueIn]) -> HttpResponse:
    """The open cases of the caller's areas and units, the one whose clock runs out next first."""
    require_signed_in(request.actor)
    fields = chosen.model_dump(exclude={"state", "after", "size"})
    wanted = queries.Wanted(states=tuple(chosen.state), **fields)
    page = queries.queue(request.actor, wanted, after=queries.Place.read(chosen.after), size=chosen.size)
    at = now()
    rows = [queue_row(each, at=at) for each in page.rows]
    return _json(orjson.dumps({"cases": rows, "next_after": str(page.next_after or "")}))


@router.get("/cases/{number}", response=schemas.CaseOut)
def read_case(request: ActorRequest, number: str) -> HttpResponse:
    return _json(orjson.dumps(case_out(queries.whole(actor_of(request, number), number), at=now())))


@router.get("/cases/{number}/timeline", response=list[schemas.MoveOut])
def read_timeline(request: ActorRequest, number: str) -> list[schemas.MoveOut]:
    """Every step; with a receipt only the public ones, actors by their office."""
    actor = actor_of(request, number)
    case = queries.get_for(actor, number)
    only_public = not actor.grants
    steps: list[Move] = list(queries.public_timeline(case) if only_public else queries.timeline(case))
    return [move_out(step, masked=only_public) for step in steps]


@router.get(
    "/cases/{number}/proof",
    openapi_extra={"responses": {200: {"content": TEXT}, 409: {"$ref": "#/components/responses/CONFLICT"}}},
)
def read_proof(request: ActorRequest, number: str, step: StepNumber = 1) -> HttpResponse:
    """The proof that a step stands in the published log (c2sp.org/tlog-proof@v1), the report by default.

    With a receipt only public steps. 409 while no checkpoint covers it: at most a minute.
    """
    return proof_file(queries.entry_of(actor_of(request, number), number, step), f"{number}-{step}")


@router.get("/cases/{number}/opening", response=schemas.OpeningOut)
def read_opening(request: ActorRequest, number: str, step: StepNumber = 1) -> schemas.OpeningOut:
    """What opens the commitment of the reporter's own step, by default the report; only with the receipt.

    HMAC-SHA-256(salt, payload) is the `commit` of its entry.
    """
    found = ledger.opening(queries.own_entry(actor_of(request, number), number, step))
    if found is None:
        raise NotFound(what="已删除的内容", key=number)
    return schemas.OpeningOut(**found)


@router.post("/cases/{number}/accept", response=schemas.CaseOut)
def accept(request: ActorRequest, number: str, body: schemas.AcceptIn) -> HttpResponse:
    return write(request, number, "accept", body, lambda actor, at: actions.accept(
        number, actor=actor, now=at, opinion=body.opinion, area_code=body.area_code,
        category_id=None if body.category_id is None else CategoryId(body.category_id),
        condition_id=body.condition_id,
    ))  # fmt: skip


@router.post("/cases/{number}/decline", response=schemas.CaseOut)
def decline(request: ActorRequest, number: str, body: schemas.ReasonIn) -> HttpResponse:
    return write(request, number, "decline", body, lambda actor, at: actions.decline(
        number, actor=actor, now=at, reason=body.reason
    ))  # fmt: skip


@router.post("/cases/{number}/merge", response=schemas.CaseOut)
def merge(request: ActorRequest, number: str, body: schemas.MergeIn) -> HttpResponse:
    return write(request, number, "merge", body, lambda actor, at: actions.merge(
        number, into=body.into, actor=actor, now=at, opinion=body.opinion
    ))  # fmt: skip


@router.post("/cases/{number}/expedite", response=schemas.CaseOut)
def expedite(request: ActorRequest, number: str, body: schemas.OpinionIn) -> HttpResponse:
    return write(request, number, "expedite", body, lambda actor, at: actions.expedite(
        number, actor=actor, now=at, opinion=body.opinion
    ))  # fmt: skip


@router.post("/cases/{number}/escalate", response=schemas.CaseOut)
def escalate(request: ActorRequest, number: str, body: schemas.ReasonIn) -> HttpResponse:
    return write(request, number, "escalate", body, lambda actor, at: actions.escalate(
        number, actor=actor, now=at, reason=body.reason
    ))  # fmt: skip


@router.post("/cases/{number}/withdraw", response=schemas.CaseOut)
def withdraw(request: ActorRequest, number: str, body: schemas.WithdrawIn) -> HttpResponse:
    return write(request, number, "withdraw", body, lambda actor, at: actions.withdraw(
        number, unit_id=UnitId(body.unit_id), actor=actor, now=at, reason=body.reason
    ))  # fmt: skip


@router.post("/cases/{number}/acknowledge", response=schemas.CaseOut)
def acknowledge(request: ActorRequest, number: str, body: schemas.OwnUnitIn) -> HttpResponse:
    return write(request, number, "acknowledge", body, lambda actor, at: actions.acknowledge(
        number, actor=actor, now=at, unit_id=_unit(body)
    ))  # fmt: skip


@router.post("/cases/{number}/arrive", response=schemas.CaseOut)
def arrive(request: ActorRequest, number: str, body: schemas.ArriveIn) -> HttpResponse:
    def do(actor: Actor, at: datetime) -> None:
        _attach(number, body.photos, EvidenceKind.ARRIVAL, actor, at)
        there = Arrival(body.lng, body.lat, body.reason, body.photo, _claim(request, body, at))
        actions.arrive(number, there, actor=actor, now=at, unit_id=_unit(body))

    return write(request, number, "arrive", body, do)


@router.post("/cases/{number}/answer", response=schemas.CaseOut)
def answer(request: ActorRequest, number: str, body: schemas.AnswerIn) -> HttpResponse:
    def do(actor: Actor, at: datetime) -> None:
        _attach(number, body.before, EvidenceKind.BEFORE, actor, at)
        _attach(number, body.photos, EvidenceKind.AFTER, actor, at)
        _attach(number, body.other, EvidenceKind.OTHER, actor, at)
        claimed = _claim(request, body, at)
        actions.answer(number, actor=actor, now=at, opinion=body.opinion, unit_id=_unit(body), claim=claimed)

    return write(request, number, "answer", body, do)


@router.post("/cases/{number}/request", response=schemas.CaseOut)
def ask(request: ActorRequest, number: str, body: schemas.RequestIn) -> HttpResponse:
    """Ask to return, extend, pass on or suspend; somebody else decides."""
    return write(request, number, "request", body, lambda actor, at: actions.request(
        number, body.kind, actor=actor, now=at, reason=body.reason, reason_code=body.reason_code,
        amount=body.amount, unit_id=_unit(body),
        to_unit_id=None if body.to_unit_id is None else UnitId(body.to_unit_id),
    ))  # fmt: skip


@router.post("/cases/{number}/self-handle", response=schemas.CaseOut)
def self_handle(request: ActorRequest, number: str, body: schemas.SelfHandleIn) -> HttpResponse:
    chosen = None if body.category_id is None else CategoryId(body.category_id)

    def do(actor: Actor, at: datetime) -> None:
        _attach(number, body.before, EvidenceKind.BEFORE, actor, at)
        _attach(number, body.after, EvidenceKind.AFTER, actor, at)
        claimed = _claim(request, body, at)
        actions.self_handle(
            number, actor=actor, now=at, opinion=body.opinion, category_id=chosen, claim=claimed
        )

    return write(request, number, "self_handle", body, do)


@router.post("/cases/{number}/resume", response=schemas.CaseOut)
def resume(request: ActorRequest, number: str, body: schemas.OpinionIn) -> HttpResponse:
    return write(request, number, "resume", body, lambda actor, at: actions.resume(
        number, actor=actor, now=at, opinion=body.opinion
    ))  # fmt: skip


@router.post("/cases/{number}/verify", response=schemas.CaseOut)
def verify(request: ActorRequest, number: str, body: schemas.VerifyIn) -> HttpResponse:
    return write(request, number, "verify", body, lambda actor, at: actions.verify(
        number, actor=actor, now=at, opinion=body.opinion, claim=_claim(request, body, at)
    ))  # fmt: skip


@router.post("/cases/{number}/rework", response=schemas.CaseOut)
def rework(request: ActorRequest, number: str, body: schemas.ReasonIn) -> HttpResponse:
    return write(request, number, "rework", body, lambda actor, at: actions.rework(
        number, actor=actor, now=at, reason=body.reason
    ))  # fmt: skip


@router.post("/cases/{number}/evaluate", response=schemas.CaseOut)
def evaluate(request: ActorRequest, number: str, body: schemas.EvaluateIn) -> HttpResponse:
    verdict = Verdict(body.satisfaction, body.solved, body.text, body.called_back)
    return write(request, number, "evaluate", body, lambda actor, at: actions.evaluate(
        number, verdict, actor=actor, now=at
    ))  # fmt: skip


@router.post("/cases/{number}/reopen", response=schemas.CaseOut)
def reopen(request: ActorRequest, number: str, body: schemas.ReasonIn) -> HttpResponse:
    return write(request, number, "reopen", body, lambda actor, at: actions.reopen(
        number, actor=actor, now=at, reason=body.reason
    ))  # fmt: skip


@router.post("/cases/{number}/notes", response=schemas.CaseOut)
def note(request: ActorRequest, number: str, body: schemas.NoteIn) -> HttpResponse:
    return write(request, number, "note", body, lambda actor, at: actions.note(
        number, body.text, actor=actor, now=at, public=body.public
    ))  # fmt: skip


@router.post("/cases/{number}/reveal", response=schemas.ReporterOut)
def reveal(request: ActorRequest, number: str, body: schemas.ReasonIn) -> schemas.ReporterOut:
    """Open name and phone of the reporter; the reason stays in the ledger."""
    reporter = actions.reveal(number, actor=actor_of(request, number), now=now(), reason=body.reason)
    return schemas.ReporterOut(name=reporter.name, phone=reporter.phone, confidential=reporter.confidential)


@router.post("/cases/{number}/evidence", response={201: schemas.EvidenceOut})
def attach(
    request: ActorRequest, number: str, photo: File[UploadedFile], kind: EvidenceKind = EvidenceKind.OTHER
) -> Status[Evidence]:
    """Add a photo (JPEG, PNG, WebP): encoded anew without metadata; time and place are kept beside it."""
    actor = actor_of(request, number)
    queries.get_for(actor, number)  # nobody makes the server decode pictures for a case he cannot see
    developed = develop(photo.read())
    kept = actions.attach(number, developed, kind, folder=_folder(), actor=actor, now=now())
    return Status(201, kept)


@router.post("/cases/{number}/photos", response=schemas.CaseOut)
def add_photos(request: ActorRequest, number: str, body: schemas.PhotosIn) -> HttpResponse:
    """Add photos that were uploaded before (`PUT /uploads/{sha256}`)."""
    return write(
        request,
        number,
        "photos",
        body,
        lambda actor, at: _attach(number, body.photos, body.kind, actor, at),
    )


@router.get("/cases/{number}/evidence/{sha256}", openapi_extra={"responses": {200: {"content": JPEG}}})
def read_evidence(request: ActorRequest, number: str, sha256: str) -> FileResponse:
    case = queries.get_for(actor_of(request, number), number)
    if not queries.evidence(case).filter(sha256=sha256).exists():
        raise NotFound(what="凭证", key=sha256)
    response = FileResponse(photo_path(_folder(), sha256).open("rb"), content_type="image/jpeg")
    response["Content-Security-Policy"] = "sandbox"
    return response


@router.get("/requests", response=list[schemas.RequestOut])
def list_requests(request: ActorRequest) -> list[schemas.RequestOut]:
    """Requests that wait for a decision."""
    actor = request.actor
    return [request_out(each) for each in queries.pending_requests(actor)]


@router.post("/requests/{request_id}/approve", response=schemas.CaseOut)
def approve(request: ActorRequest, request_id: Id, body: schemas.DecisionIn) -> HttpResponse:
    asked = queries.request_for(request.actor, request_id)
    return write(request, _number(asked), f"approve:{request_id}", body, lambda actor, at: actions.approve(
        request_id, actor=actor, now=at, decision=body.decision
    ))  # fmt: skip


@router.post("/requests/{request_id}/refuse", response=schemas.CaseOut)
def refuse(request: ActorRequest, request_id: Id, body: schemas.DecisionIn) -> HttpResponse:
    asked = queries.request_for(request.actor, request_id)
    return write(request, _number(asked), f"refuse:{request_id}", body, lambda actor, at: actions.refuse(
        request_id, actor=actor, now=at, decision=body.decision
    ))  # fmt: skip


def _attach(number: str, names: list[str], kind: EvidenceKind, actor: Actor, at: datetime) -> None:
    """Add photos uploaded before; whoever cannot see the case finds out nothing about it."""
    if names:
        queries.get_for(actor, number)
        actions.attach_uploaded(number, names, kind, folders=folders(), actor=actor, now=at)


def _claim(request: ActorRequest, body: schemas.ClaimIn, at: datetime) -> Claim | None:
    return None if body.happened_at is None else claim(body.happened_at, device_time(request), at)


def _unit(body: schemas.OwnUnitIn) -> UnitId | None:
    return None if body.unit_id is None else UnitId(body.unit_id)


def _number(asked: Request) -> str:
    case: Case = asked.assignment.case
    return case.number


def _folder() -> Path:
    return Path(settings.EVIDENCE_FOLDER)
