"""Assigning a case with the advice kept beside the decision. Nothing is ever assigned without a person."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from huying.cases import actions as cases
from huying.cases.policy.reports import Call
from huying.dispatch import queries
from huying.dispatch.models import Learned, LearnedSubjects, RoutingDecision
from huying.dispatch.policy import Model, Proposal, Subjects, packed, packed_subjects
from huying.ledger import actions as ledger
from huying.org.policy import Actor


@transaction.atomic
def assign(
    number: str, calls: Sequence[Call], *, actor: Actor, now: datetime, opinion: str = ""
) -> RoutingDecision | None:
    """Assign the case as the actor chose and keep what had been proposed; all in one transaction.

    Returns None when only supporting units were added: that decides nothing about the lead.
    Raises what cases.actions.assign raises; then no decision is kept either.
    """
    advice = queries.advice(actor, number, now=now)
    case = cases.assign(number, calls, actor=actor, now=now, opinion=opinion)
    lead = next((called.unit_id for called in calls if called.lead), None)
    if lead is None or case.category_id is None:
        return None
    first = int(advice.proposals[0].unit) if advice.proposals else None
    decision = RoutingDecision.objects.create(
        case_id=case.pk,
        case_number=case.number,
        category_id=case.category_id,
        area_code=case.area_code,
        proposed=[_as_json(each) for each in advice.proposals],
        model_revision=advice.revision,
        proposed_unit_id=first,
        chosen_unit_id=lead,
        co_unit_ids=[called.unit_id for called in calls if not called.lead],
        overridden=first is not None and first != lead,
        at=now,
        actor=actor.key,
    )
    _record(decision)
    return decision


def keep_model(model: Model) -> None:
    """Keep a model for every process, in place of the one before."""
    fields = {"revision": model.revision, "learned_at": model.learned_at, "content": packed(model)}
    Learned.objects.update_or_create(pk=1, defaults=fields)


def keep_subjects(learned: Subjects) -> None:
    """Keep what words tell of categories, in place of what was kept before."""
    fields = {"learned_at": learned.learned_at, "content": packed_subjects(learned)}
    LearnedSubjects.objects.update_or_create(pk=1, defaults=fields)


def _as_json(proposal: Proposal) -> dict[str, object]:
    return asdict(proposal) | {"reasons": [asdict(reason) for reason in proposal.reasons]}


def _record(decision: RoutingDecision) -> None:
    ledger.record(
        at=decision.at,
        actor=decision.actor,
        verb="route",
        subject=f"case:{decision.case_number}",
        payload={
            "model": decision.model_revision,
            "proposed": decision.proposed_unit_id,
            "chosen": decision.chosen_unit_id,
            "overridden": decision.overridden,
        },
    )
