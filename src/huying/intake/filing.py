"""Many reports at once, of one sender or of many: what can be filed is, and each gets its own answer."""

from collections.abc import Sequence
from datetime import datetime

import orjson
from django.conf import settings

from huying.cases import actions
from huying.cases.actions import Reported
from huying.cases.policy.receipts import receipt_code
from huying.cases.policy.reports import Report
from huying.clocks.policy import SHANGHAI
from huying.intake.reception import Sent, received_each
from huying.org.policy import Actor
from huying.shared.errors import Refused


def file_each(sent: Sequence[Sent | Refused], *, now: datetime) -> list[Reported | Refused]:
    """File what is no refusal yet, in one transaction; return what became of each, in their order."""
    outcomes = {nr: each for nr, each in enumerate(sent) if not isinstance(each, Sent)}
    readable = {nr: each for nr, each in enumerate(sent) if isinstance(each, Sent)}
    located = received_each(list(readable.values()), on=now.astimezone(SHANGHAI).date())
    fit: dict[int, tuple[Report, Actor]] = {}
    for (nr, each), report in zip(readable.items(), located, strict=True):
        if isinstance(report, Refused):
            outcomes[nr] = report
        else:
            fit[nr] = report, each.actor
    filed = dict(zip(fit, actions.report_each(list(fit.values()), now=now), strict=True))
    return [filed[nr] if nr in filed else outcomes[nr] for nr in range(len(sent))]


def answer_of(filed: Reported) -> dict[str, object]:
    """Return a ReportedOut as it is sent: ninja would check once more what was just made."""
    return {
        "number": filed.number,
        "state": filed.state,
        "reported_at": filed.reported_at,
        "receipt": receipt_code(filed.number, settings.SECRET_KEY.encode()),
    }


def answer_json(filed: Reported) -> bytes:
    return orjson.dumps(answer_of(filed))
