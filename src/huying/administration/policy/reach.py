"""Which part of the tree somebody administers. Deny by default. Source: docs/rules/administration.md §6."""

from collections.abc import Iterable

from huying.org.policy import SYSTEM, Actor
from huying.org.states import Role
from huying.shared.errors import NotFound, NotPermitted, NotSignedIn

EVERYWHERE = ("",)


def reach(actor: Actor, roles: frozenset[Role]) -> tuple[str, ...]:
    """Return the codes of the areas over which one of `roles` is held, the widest only; () = none."""
    if actor == SYSTEM:
        return EVERYWHERE
    held = {grant.area_prefix for grant in actor.grants if grant.role in roles and grant.unit_id is None}
    return tuple(sorted(code for code in held if not any(code != up and code.startswith(up) for up in held)))


def require_reach(actor: Actor, roles: frozenset[Role], *, doing: str) -> tuple[str, ...]:
    """Return the reach of somebody who has one. Raises NotSignedIn, or NotPermitted."""
    if not actor.is_signed_in:
        raise NotSignedIn
    found = reach(actor, roles)
    if not found:
        raise NotPermitted(verb=doing)
    return found


def is_within(area_code: str, reached: Iterable[str]) -> bool:
    """Tell whether an area lies in the reach; "" lies only in a reach over everything."""
    return any(area_code.startswith(prefix) for prefix in reached)


def require_within(area_code: str, reached: Iterable[str], *, what: str, key: object) -> None:
    """Raise NotFound for what lies elsewhere: the same answer as for what is not there."""
    if not is_within(area_code, reached):
        raise NotFound(what=what, key=key)
