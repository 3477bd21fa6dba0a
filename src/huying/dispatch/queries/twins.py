"""Open cases that may tell the same trouble as another."""

from dataclasses import dataclass

from django.db.models import Q

from huying.cases import queries as cases
from huying.cases.models import Case
from huying.cases.states import OPEN
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
    apart = _told_apart(case)
    found = []
    for other, away_m in _around(actor, case):
        if other.pk == case.pk or other.pk in apart:
            continue
        alike = likeness(_side(case), _side(other), away_m)
        if alike:
            found.append(Twin(other.number, other.text, alike.score, away_m, alike.reasons))
    return sorted(found, key=lambda each: (-each.score, each.number))[:OFFERED]


def _around(actor: Actor, case: Case) -> list[tuple[Case, float | None]]:
    """Return the open cases within NEAR_M; of a case without a point those of its grid."""
    if case.lng is not None and case.lat is not None:
        near = cases.nearby(case.lng, case.lat, radius_m=NEAR_M, limit=LOOKED_AT)
        seen = set(
            cases.visible(actor).filter(pk__in=[each.case.pk for each in near]).values_list("pk", flat=True)
        )
        return [(each.case, each.away_m) for each in near if each.case.pk in seen]
    same = cases.visible(actor).filter(
        area_code=case.area_code, state__in=OPEN, reported_at__gte=case.reported_at - RECENT
    )
    return [(each, None) for each in same.select_related("category").order_by("-id")[:LOOKED_AT]]


def _side(case: Case) -> Side:
    name = case.category.name if case.category else ""
    return Side(case.text, case.category_id, name, case.reported_at)


def _told_apart(case: Case) -> set[int]:
    pairs = ToldApart.objects.filter(Q(one=case.pk) | Q(other=case.pk)).values_list("one", "other")
    return {each for pair in pairs for each in pair} - {case.pk}
