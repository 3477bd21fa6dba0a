"""The door for every channel: `POST /reports`."""

import orjson
from django.conf import settings
from django.http import HttpResponse
from django.utils.timezone import now
from ninja import Router

from huying.cases import actions
from huying.cases.actions import Reported
from huying.cases.policy.receipts import receipt_code
from huying.clocks.policy import SHANGHAI
from huying.intake.reception import received
from huying.intake.schemas import ReportedOut, ReportIn
from huying.org.requests import ActorRequest
from huying.org.states import Role
from huying.shared.errors import Malformed
from huying.shared.ids import uuid7

router = Router(tags=["reports"])


@router.post("/reports", response={201: ReportedOut})
def report(request: ActorRequest, body: ReportIn) -> HttpResponse:
    """File a report and start its clock. Sent again under the same `Idempotency-Key` it counts once.

    Machines must send the key (their own ticket number); without one a person's report is always new.
    """
    actor = request.actor
    moment = now()
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "")
    if not key and Role.CONNECTOR in actor.roles:
        raise Malformed(reason="缺少 Idempotency-Key 请求头")
    sent = received(body, key=key or str(uuid7(moment)), actor=actor, on=moment.astimezone(SHANGHAI).date())
    filed = actions.report(sent, actor=actor, now=moment)
    return HttpResponse(
        orjson.dumps(_answer(filed)),
        status=201,
        content_type="application/json",
        headers={} if filed.created else {"Idempotency-Replayed": "true"},
    )


def _answer(filed: Reported) -> dict[str, object]:
    """Return a ReportedOut as it is sent: ninja would check once more what was just made."""
    receipt = receipt_code(filed.number, settings.SECRET_KEY.encode())
    return {
        "number": filed.number,
        "state": filed.state,
        "reported_at": filed.reported_at,
        "receipt": receipt,
    }
