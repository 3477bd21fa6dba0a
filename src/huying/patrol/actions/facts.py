"""What is known of a building: said, ended, and looked at where it is personal."""

from datetime import datetime

from django.db import transaction

from huying.ledger.actions import record
from huying.org.policy import Actor
from huying.patrol import policy, queries
from huying.patrol.models import Fact
from huying.patrol.queries.buildings import Building
from huying.patrol.states import COUNTED, PERSONAL, FactKind, Verb
from huying.shared.errors import NotFound


@transaction.atomic
def state_fact(building_code: str, kind: FactKind, text: str, *, actor: Actor, now: datetime) -> Fact:
    """Say what is so in a building of one's own. A new count takes the place of the old one.

    Raises NotFound for a building that is not one's own, Incomplete.
    """
    building = queries.building_for(actor, building_code, at=now)
    policy.check_fact(kind, text)
    standing = Fact.objects.select_for_update().filter(building_id=building.pk, kind=kind, ended_at=None)
    same = standing.filter(text=text.strip()).first()
    if same is not None:
        return same
    if kind in COUNTED:
        standing.update(ended_at=now, ended_by=actor.key)
    fact = Fact.objects.create(
        building_id=building.pk, kind=kind, text=text.strip(), stated_at=now, stated_by=actor.key
    )
    _record(Verb.STATE_FACT, building, actor, now, kind=kind, fact=fact.pk)
    return fact


@transaction.atomic
def end_fact(building_code: str, fact_id: int, *, actor: Actor, now: datetime) -> Fact:
    """Say that something is no longer so. Raises NotFound."""
    building = queries.building_for(actor, building_code, at=now)
    fact = Fact.objects.select_for_update().filter(pk=fact_id, building_id=building.pk, ended_at=None).first()
    if fact is None:
        raise NotFound(what="楼栋情况", key=fact_id)
    fact.ended_at, fact.ended_by = now, actor.key
    fact.save(update_fields=["ended_at", "ended_by"])
    _record(Verb.END_FACT, building, actor, now, kind=fact.kind, fact=fact.pk)
    return fact


@transaction.atomic
def open_personal(building_code: str, *, actor: Actor, now: datetime, reason: str) -> list[Fact]:
    """Return what concerns persons of a building; who looked and why stays in the ledger."""
    building = queries.building_for(actor, building_code, at=now)
    policy.check_reason(reason, Verb.OPEN_PERSONAL)
    _record(Verb.OPEN_PERSONAL, building, actor, now, reason=reason)
    return [fact for fact in queries.facts_of(building) if FactKind(fact.kind) in PERSONAL]


def _record(verb: Verb, building: Building, actor: Actor, now: datetime, **payload: object) -> None:
    record(at=now, actor=actor.key, verb=verb, subject=f"building:{building.code}", payload=payload)
