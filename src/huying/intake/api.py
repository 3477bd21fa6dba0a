"""The door for every channel: `POST /reports`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import orjson
from django.http import HttpResponse
from django.utils.timezone import now
from ninja import Router

from huying.cases import actions
from huying.cases.actions import Reported
from huying.cases.policy.claims import claim
from huying.cases.policy.reports import Report
from huying.cases.uploads_api import folders
from huying.clocks.policy import SHANGHAI
from huying.intake import counting
from huying.intake.actions import reject
from huying.intake.filing import answer_json, answer_of, file_each
from huying.intake.lines import read_lines
from huying.intake.pacing import check_pace
from huying.intake.reception import Sent, received
from huying.intake.schemas import LineOut, PhotoReportIn, ReportedOut, ReportLine
from huying.intake.states import Outcome
from huying.org.policy import Actor
from huying.org.policy.access import require_signed_in
from huying.org.requests import ActorRequest, device_time
from huying.org.states import Role
from huying.shared.errors import Malformed, Refused, WrongMedia
from huying.shared.ids import uuid7

router = Router(tags=["reports"])

# What `report_bulk` reads, for the OpenAPI document.
NDJSON = "application/x-ndjson"
LINES = {
    "requestBody": {
        "required": True,
        "content": {NDJSON: {"schema": {"type": "string", "pattern": r"\S"}}},
    }
}


@router.post("/reports", response={201: ReportedOut})
def report(request: ActorRequest, body: PhotoReportIn) -> HttpResponse:
    """File a report and start its clock. Sent again under the same `Idempotency-Key` it counts once.

    Machines must send the key (their own ticket number); without one a person's report is always new.
    With `Device-Time` a device tells its clock: what it says of `found_at` is judged by it.
    """
    actor = request.actor
    check_pace(request, actor)
    moment = now()
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key and Role.CONNECTOR in actor.roles:
        raise Malformed(reason="缺少 Idempotency-Key 请求头")
    sent = received(body, key=key or str(uuid7(moment)), actor=actor, on=moment.astimezone(SHANGHAI).date())
    sent = _claimed(sent, device_time(request), moment)
    filed = actions.report_with_photos(sent, body.photos, folders=folders(), actor=actor, now=moment)
    return HttpResponse(
        answer_json(filed),
        status=201,
        content_type="application/json",
        headers={} if filed.created else {"Idempotency-Replayed": "true"},
    )


def _claimed(sent: Report, device_now: datetime | None, now: datetime) -> Report:
    """Return the report with the time of a device that tells its clock put right."""
    if sent.found_at is None or device_now is None:
        return sent
    told = claim(sent.found_at, device_now, now)
    return replace(sent, found_at=told.at, claim=told)


@router.post("/reports/bulk", response=list[LineOut], openapi_extra=LINES)
def report_bulk(request: ActorRequest) -> HttpResponse:
    """File up to 1,000 reports, one JSON object a line (NDJSON), each a report with its own `key`.

    Every line stands for itself: what can be filed is filed in one transaction, and the answer tells line by
    line. The whole may be sent again; a line filed before is answered as it was, with status 200.
    """
    require_signed_in(request.actor)
    actor, moment = request.actor, now()
    lines = read_lines(request.body)
    if request.content_type != NDJSON:
        raise WrongMedia(media=NDJSON)
    with counting.lines(request, actor.source or actor.key, len(lines), at=moment) as told:
        outcomes = file_each(
            [Sent(each, each.key, actor) if isinstance(each, ReportLine) else each for each in lines],
            now=moment,
        )
        for each in outcomes:
            told(*_outcome(each))
    keys = [line.key if isinstance(line, ReportLine) else "" for line in lines]
    _record(keys, outcomes, actor, moment)
    answers = [_line(nr, key, each) for nr, (key, each) in enumerate(zip(keys, outcomes, strict=True), 1)]
    return HttpResponse(orjson.dumps(answers), content_type="application/json")


def _record(
    keys: Sequence[str], outcomes: Sequence[Reported | Refused], actor: Actor, moment: datetime
) -> None:
    """Keep a record of each refused line, as far as its source has room for more."""
    for nr, (key, each) in enumerate(zip(keys, outcomes, strict=True), 1):
        if isinstance(each, Refused) and not reject(
            actor.source or actor.key,
            way="POST /api/v1/reports/bulk",
            line=nr,
            reason=each.code,
            sentence=str(each),
            status=each.status,
            key=key,
            now=moment,
        ):
            return


def _outcome(each: Reported | Refused) -> tuple[Outcome, str]:
    if isinstance(each, Refused):
        return Outcome.REJECTED, each.code
    return (Outcome.ACCEPTED if each.created else Outcome.DUPLICATE), ""


def _line(number: int, key: str, outcome: Reported | Refused) -> dict[str, object]:
    """Return a LineOut as it is sent."""
    if isinstance(outcome, Reported):
        status = 201 if outcome.created else 200
        return {"line": number, "status": status, "key": key, **answer_of(outcome)}
    refusal = {"code": outcome.code, "detail": str(outcome)}
    return {"line": number, "status": outcome.status, "key": key, **refusal}
