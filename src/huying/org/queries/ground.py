"""The areas and buildings that our foreign keys point to."""

from datetime import date

from django.db.models import Q

from huying.org.models import Responsibility
from huying.org.policy.gaps import Place
from huying.org.states import REQUIRED_LINKS, ChainLevel
from huying.places import queries as places
from huying.places.states import AreaLevel

_ANY = Responsibility()  # the descriptors ask on whose behalf; every row is meant


def area_id(code: str) -> int | None:
    """Return the key of an area, None for "". Raises NotFound for a code that never was."""
    return places.area(code).pk if code else None


def building(code: str) -> tuple[int, str]:
    """Return the key of a building and the code of its area. Raises NotFound."""
    found = places.building(code)
    return found.pk, found.area.code


def _standing(on: date) -> Q:
    return Q(voided_on=None) | Q(voided_on__gt=on)  # one that opens later is prepared for as well


def areas(prefix: str, on: date) -> list[Place]:
    """Return the areas below `prefix` that must have links of their own, with those links."""
    rows = Responsibility.area.get_queryset(instance=_ANY).filter(
        _standing(on), code__startswith=prefix, level__in=list(REQUIRED_LINKS)
    )
    return [
        Place(code, name, code, REQUIRED_LINKS[AreaLevel(level)])
        for code, name, level in rows.values_list("code", "name", "level").order_by("code")
    ]


def streets(prefix: str, on: date) -> list[Place]:
    """Return the streets below `prefix`; each must be watched by a command centre."""
    rows = Responsibility.area.get_queryset(instance=_ANY).filter(
        _standing(on), code__startswith=prefix, level=AreaLevel.STREET
    )
    return [Place(code, name, code, ()) for code, name in rows.values_list("code", "name").order_by("code")]


def buildings(prefix: str, on: date) -> list[Place]:
    """Return the buildings below `prefix`; each must have a head."""
    rows = Responsibility.building.get_queryset(instance=_ANY).filter(
        _standing(on), area__code__startswith=prefix
    )
    return [
        Place(code, name, area, (ChainLevel.BUILDING_HEAD,))
        for code, name, area in rows.values_list("code", "name", "area__code").order_by("code")
    ]
