"""Assigning a case with the advice kept beside the decision. Nothing is ever assigned without a person."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from huying.cases import actions as cases
from huying.cases import queries as seen
from huying.cases.policy.moves import check_permitted
from huying.cases.policy.reports import Call
from huying.cases.states import Verb
from huying.dispatch import queries
from huying.dispatch.models import Learned, LearnedSubjects, RoutingDecision, ToldApart
from huying.dispatch.policy import Model, Proposal, Subjects, packed, packed_subjects
from huying.ledger import actions as ledger
from huying.org.policy import Actor
from huying.shared.errors import Incomplete
from huying.shared.sentences import to_translate as _


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


@transaction.atomic
def tell_apart(number: str, other: str, *, actor: Actor, now: datetime) -> None:
    """Remember that two cases that look alike are two; to say it again changes nothing.

    Raises NotFound, NotPermitted for who may not merge here, Incomplete for one case with itself.
    """
    pair = sorted((seen.get_for(actor, each) for each in (number, other)), key=lambda case: case.pk)
    for case in pair:
        check_permitted(actor, Verb.MERGE, case.area_code, case.number)
    if pair[0].pk == pair[1].pk:
        raise Incomplete(reason=_("不能与自身比较"))
    _made, is_new = ToldApart.objects.get_or_create(
        one=pair[0].pk, other=pair[1].pk, defaults={"at": now, "actor": actor.key}
    )
    if is_new:
        ledger.record(
            at=now,
            actor=actor.key,
            verb="tell_apart",
            subject=f"case:{pair[0].number}",
            payload={"other": pair[1].number},
        )


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
