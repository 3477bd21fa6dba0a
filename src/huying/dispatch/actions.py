"""Assigning a case with the advice kept beside the decision. Nothing is ever assigned without a person."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from huying.cases import actions as cases
from huying.cases import queries as seen
from huying.cases.actions.door import Held
from huying.cases.policy.moves import check_permitted
from huying.cases.policy.reports import Call
from huying.cases.states import Verb
from huying.database import hot
from huying.dispatch import queries
from huying.dispatch.models import Learned, LearnedSubjects, RoutingDecision, ToldApart
from huying.dispatch.policy import Model, Proposal, Subjects, packed, packed_subjects
from huying.ledger import actions as ledger
from huying.org.policy import Actor
from huying.shared.errors import Incomplete
from huying.shared.ids import UnitId
from huying.shared.sentences import to_translate as _

_DECISION = [field.attname for field in RoutingDecision._meta.concrete_fields if not field.primary_key]


def assign(
    number: str, calls: Sequence[Call], *, actor: Actor, now: datetime, opinion: str = ""
) -> RoutingDecision | None:
    """Assign the case as the actor chose and keep what had been proposed; all in one transaction.

    Returns the decision, None when only supporting units were added: that decides nothing about the lead.
    Raises what cases.actions.assign raises; then no decision is kept either.
    """
    lead = next((called.unit_id for called in calls if called.lead), None)
    made: list[RoutingDecision] = []

    def decide(held: Held) -> None:
        if lead is not None and held.case.category_id is not None:
            support = [called.unit_id for called in calls if not called.lead]
            made.append(_decision(held, held.case.category_id, lead, support))
            _keep(made[0], held)

    queries.model(now=now)  # where it has to be learned, that is before the case is locked
    cases.assign(number, calls, actor=actor, now=now, opinion=opinion, beside=decide)
    return made[0] if made else None


def _decision(held: Held, category_id: int, lead: UnitId, support: list[UnitId]) -> RoutingDecision:
    case = held.case
    advice = queries.advice_for(category_id, case.area_code, case.channel, now=held.now)
    first = int(advice.proposals[0].unit) if advice.proposals else None
    return RoutingDecision(
        case_id=case.pk,
        case_number=case.number,
        category_id=category_id,
        area_code=case.area_code,
        proposed=[_as_json(each) for each in advice.proposals],
        model_revision=advice.revision,
        proposed_unit_id=first,
        chosen_unit_id=lead,
        co_unit_ids=support,
        overridden=first is not None and first != lead,
        at=held.now,
        actor=held.actor.key,
    )


def _keep(decision: RoutingDecision, held: Held) -> None:
    """Have the decision and its ledger entry written with the assignment."""
    payload = {
        "model": decision.model_revision,
        "proposed": decision.proposed_unit_id,
        "chosen": decision.chosen_unit_id,
        "overridden": decision.overridden,
    }
    row = {name: getattr(decision, name) for name in _DECISION}
    held.record("route", payload, hot.Rows(RoutingDecision._meta.db_table, [row]))


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
