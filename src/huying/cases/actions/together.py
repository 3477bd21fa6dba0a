"""Several steps by one hand that stand or fall together: photos with the step they prove."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from django.db import transaction

from huying.cases.actions.record import attach
from huying.cases.actions.report import Reported, report
from huying.cases.actions.unit import self_handle
from huying.cases.models import Case
from huying.cases.policy.photos import Photo
from huying.cases.policy.reports import Report
from huying.cases.queries import get_for
from huying.cases.states import EvidenceKind, State
from huying.org.policy import Actor

Result = TypeVar("Result")
Shown = Sequence[tuple[EvidenceKind, Photo]]


@transaction.atomic
def with_photos(
    number: str,
    shown: Shown,
    act: Callable[[list[str]], Result],
    *,
    folder: Path,
    actor: Actor,
    now: datetime,
) -> Result:
    """Keep the photos and do the step; a refused step leaves no photo behind.

    act: gets the hashes (SHA-256, hex) of the photos kept, in their order.
    """
    kept = [attach(number, photo, kind, folder=folder, actor=actor, now=now) for kind, photo in shown]
    return act([each.sha256 for each in kept])


@transaction.atomic
def report_shown(
    sent: Report, photos: Sequence[Photo], *, folder: Path, actor: Actor, now: datetime
) -> Reported:
    """File a report with what can be seen of it, once however often it comes."""
    filed = report(sent, actor=actor, now=now)
    if filed.created:
        for photo in photos:
            attach(filed.number, photo, EvidenceKind.REPORT, folder=folder, actor=actor, now=now)
    return filed


@transaction.atomic
def solve(sent: Report, shown: Shown, *, opinion: str, folder: Path, actor: Actor, now: datetime) -> Case:
    """Report and solve on the spot in one act (B07): filed, shown before and after, closed.

    The same report sent again is answered with the case as it is.
    """
    filed = report(sent, actor=actor, now=now)
    case = get_for(actor, filed.number)
    if not filed.created and State(case.state) is not State.REPORTED:
        return case
    return with_photos(
        filed.number,
        shown,
        lambda _kept: self_handle(filed.number, actor=actor, now=now, opinion=opinion),
        folder=folder,
        actor=actor,
        now=now,
    )
