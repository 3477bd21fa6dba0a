"""Who is calling. Asked with every request, so the holder of a token or session is remembered for seconds."""

import hashlib
import threading
import time
from collections.abc import Callable, Collection
from datetime import datetime

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext

from huying.org.models import ApiToken, RoleGrant, Staff, User
from huying.org.models.spans import holds
from huying.org.policy import RESIDENT, SYSTEM, Actor, Grant
from huying.org.states import Role
from huying.shared.ids import StaffId, UnitId

MEMORY_SECONDS = 3.0  # what another process has revoked may work this much longer
MEMORY_SIZE = 10_000


class _Memory:
    """Actors by digest of their secret. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._actors: dict[str, tuple[float, Actor]] = {}
        self.generation = 0  # grows when everything is forgotten

    def get(self, digest: str) -> Actor | None:
        until, actor = self._actors.get(digest, (0.0, None))
        return actor if time.monotonic() < until else None

    def put(self, digest: str, actor: Actor, generation: int) -> None:
        """Remember what was read while `generation` held; drop it when a revocation came in between."""
        with self._lock:
            if generation != self.generation:
                return
            if len(self._actors) >= MEMORY_SIZE:
                self._actors.clear()
            self._actors[digest] = (time.monotonic() + MEMORY_SECONDS, actor)

    def forget(self) -> None:
        with self._lock:
            self.generation += 1
            self._actors.clear()


_memory = _Memory()


def forget_actors() -> None:
    """Forget every remembered token and session of this process; the next call reads the database."""
    _memory.forget()


def remembered(secret: str, read: Callable[[], Actor | None]) -> Actor | None:
    """Return who holds a secret: as remembered, else as read now. None is not remembered."""
    digest = digest_of(secret)
    if known := _memory.get(digest):
        return known
    generation = _memory.generation
    actor = read()
    if actor:
        _memory.put(digest, actor, generation)
    return actor


def digest_of(secret: str) -> str:
    """Return what is kept of a secret. It has 256 random bits, so a plain SHA-256 cannot be guessed back."""
    return hashlib.sha256(secret.encode()).hexdigest()


def actor_for_token(secret: str, *, at: datetime | None = None) -> Actor | None:
    """Return the machine that holds `secret`, or None when it is unknown, revoked or expired.

    at: None = the database's clock. A revocation works at once in the process that does it and within
    3 seconds in others; so does an expiry.
    """
    return remembered(secret, lambda: _read_token(digest_of(secret), at or Now()))


def _read_token(digest: str, at: datetime | Now) -> Actor | None:
    valid = Q(revoked_at=None) & (Q(expires_at=None) | Q(expires_at__gt=at))
    token = ApiToken.objects.filter(valid, digest=digest).first()
    if token is None:
        return None
    return Actor(
        key=f"token:{token.pk}",
        name=token.name,
        grants=_grants(Q(token=token) & holds(at)),
        source=token.source,
    )


def actor_for_user(user: User | AnonymousUser, *, at: datetime | None = None) -> Actor:
    """Return who a session belongs to; nobody signed in, a closed account or somebody who left has no grants.

    at: None = the database's clock.
    """
    if not isinstance(user, User) or not user.is_active:
        return RESIDENT
    moment = at or Now()
    staff = Staff.objects.filter(Q(left_at=None) | Q(left_at__gt=moment), user=user).first()
    if staff is None:
        return Actor(key=f"user:{user.pk}", name=user.get_full_name())
    return Actor(
        key=f"staff:{staff.pk}",
        name=staff.name,
        grants=_grants(Q(staff=staff) & holds(moment)),
        staff_id=StaffId(staff.pk),
    )


def staff_actors(number_prefix: str, *, at: datetime) -> dict[str, Actor]:
    """Return everybody whose number begins so and who has not left by `at`, by number, with their roles."""
    serving = Staff.objects.filter(Q(left_at=None) | Q(left_at__gt=at), number__startswith=number_prefix)
    grants: dict[int, set[Grant]] = {}
    held = RoleGrant.objects.filter(holds(at), staff__in=serving)
    for staff_id, role, area, unit in held.values_list("staff_id", "role", "area_code", "unit_id"):
        unit_id = None if unit is None else UnitId(unit)
        grants.setdefault(staff_id or 0, set()).add(Grant(Role(role), area, unit_id))
    return {
        str(number): Actor(
            key=f"staff:{pk}", name=name, grants=frozenset(grants.get(pk, ())), staff_id=StaffId(pk)
        )
        for number, pk, name in serving.values_list("number", "pk", "name")
    }


def names(keys: Collection[str]) -> dict[str, str]:
    """Return the names behind the pseudonyms of the log, for the pages of those who may read them.

    Nobody's names, those of the system and of whoever has not signed in, are words of the reader's language.
    A key that is not known, or that stands for no person or machine of ours, is left out.
    """
    found = {SYSTEM.key: gettext("系统"), RESIDENT.key: gettext("居民")}
    for prefix, model in (("staff", Staff), ("token", ApiToken)):
        ids = [int(number) for kind, _, number in (key.partition(":") for key in keys) if kind == prefix]
        found |= {
            f"{prefix}:{pk}": name for pk, name in model.objects.filter(pk__in=ids).values_list("pk", "name")
        }
    return found


def _grants(condition: Q) -> frozenset[Grant]:
    rows = RoleGrant.objects.filter(condition).values_list("role", "area_code", "unit_id")
    return frozenset(
        Grant(Role(role), area, None if unit is None else UnitId(unit)) for role, area, unit in rows
    )
