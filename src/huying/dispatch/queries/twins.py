"""Open cases that may tell the same trouble as another."""

from dataclasses import dataclass

from django.db.models import Q

from huying.cases import queries as cases
from huying.cases.queries import Around
from huying.dispatch.models import ToldApart
from huying.dispatch.policy.twins import NEAR_M, RECENT, Side, likeness
from huying.org.policy import Actor

OFFERED = 5
LOOKED_AT = 50  # cases nearest by, or newest of the grid: no estate has more open at once


@dataclass(frozen=True, slots=True)
class Twin:
    """An open case that may be the same. away_m: None when one of the two has no point."""

    number: str
    text: str
    score: float
    away_m: float | None
    reasons: tuple[str, ...]


def twins(actor: Actor, number: str) -> list[Twin]:
    """Return possible duplicates among the cases the actor sees, the likeliest first. Raises NotFound."""
    case = cases.get_for(actor, number)
    own, apart = _side(Around(case, None)), _told_apart(case.pk)
    found = []
    since = case.reported_at - RECENT
    for other in cases.around(actor, case, radius_m=NEAR_M, since=since, limit=LOOKED_AT):
        alike = None if other.case.pk in apart else likeness(own, _side(other), other.away_m)
        if alike:
            found.append(Twin(other.case.number, other.case.text, alike.score, other.away_m, alike.reasons))
    return sorted(found, key=lambda each: (-each.score, each.number))[:OFFERED]


def _side(seen: Around) -> Side:
    case = seen.case
    return Side(case.text, case.category_id, case.category.name if case.category else "", case.reported_at)


def _told_apart(case_id: int) -> set[int]:
    pairs = ToldApart.objects.filter(Q(one=case_id) | Q(other=case_id)).values_list("one", "other")
    return {each for pair in pairs for each in pair} - {case_id}
