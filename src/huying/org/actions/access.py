"""Accounts, roles and tokens. There is no default account and no default password."""

import secrets
from datetime import datetime

from django.db import transaction

from huying.org.actions.door import end, refusing, serving, written
from huying.org.actions.people import hire
from huying.org.models import ApiToken, RoleGrant, Staff, Unit, User
from huying.org.policy import Actor
from huying.org.policy.access import check_grant, check_grant_scope, check_password, require
from huying.org.queries import ground
from huying.org.queries.actors import digest_of, forget_actors
from huying.org.queries.units import area_of_staff, unit_by_code
from huying.org.states import MACHINE_ROLES, Employment, Role, Verb
from huying.shared.errors import Conflict, Incomplete, NotFound, NotPermitted, NotSignedIn
from huying.shared.ids import StaffId, UnitId
from huying.shared.sentences import Sentence


@transaction.atomic
def open_account(staff_id: StaffId, username: str, password: str, *, now: datetime, actor: Actor) -> User:
    """Give somebody an account.

    Raises Incomplete for a weak password or a second account, Conflict for a name in use.
    """
    staff = serving(staff_id, now)
    require(actor, Verb.OPEN_ACCOUNT, area_code=area_of_staff(staff_id, now))
    check_password(password, username)
    if staff.user_id:
        raise Incomplete(reason="该人员已有账号")
    with refusing(f"用户名“{username}”已被使用"):
        user = User.objects.create_user(username=username, password=password)
    staff.user = user
    staff.save(update_fields=["user"])
    written(Verb.OPEN_ACCOUNT, f"staff:{staff_id}", actor=actor, now=now, username=username)
    return user


@transaction.atomic
def reset_password(staff_id: StaffId, password: str, *, now: datetime, actor: Actor) -> None:
    """Give somebody a new password; every session with the old one ends.

    Raises Incomplete for a weak password or without an account.
    """
    user = _account(staff_id, Verb.RESET_PASSWORD, now=now, actor=actor)
    check_password(password, user.username)
    user.set_password(password)
    user.save(update_fields=["password"])
    transaction.on_commit(forget_actors)
    written(Verb.RESET_PASSWORD, f"staff:{staff_id}", actor=actor, now=now)


@transaction.atomic
def change_password(old: str, new: str, *, now: datetime, actor: Actor) -> User:
    """Give oneself a new password; every other session ends.

    Raises NotSignedIn for nobody, Incomplete for a wrong old password, or a new one that is weak or the same.
    """
    if actor.staff_id is None:
        raise NotSignedIn
    user = User.objects.select_for_update(no_key=True).get(staff=actor.staff_id)
    if not user.check_password(old):
        raise Incomplete(reason="当前密码不正确")
    if new == old:
        raise Incomplete(reason="新密码与当前密码相同")
    check_password(new, user.username)
    user.set_password(new)
    user.save(update_fields=["password"])
    transaction.on_commit(forget_actors)
    written(Verb.CHANGE_PASSWORD, f"staff:{actor.staff_id}", actor=actor, now=now)
    return user


@transaction.atomic
def lock_account(staff_id: StaffId, *, now: datetime, actor: Actor) -> None:
    """Let nobody sign in with this account any more; it is kept. Raises NotPermitted for one's own."""
    if actor.staff_id == staff_id:
        raise NotPermitted(verb="停用自己的账号")
    _set_active(staff_id, Verb.LOCK_ACCOUNT, is_active=False, now=now, actor=actor)


@transaction.atomic
def unlock_account(staff_id: StaffId, *, now: datetime, actor: Actor) -> None:
    """Let somebody sign in again."""
    _set_active(staff_id, Verb.UNLOCK_ACCOUNT, is_active=True, now=now, actor=actor)


def _set_active(staff_id: StaffId, verb: Verb, *, is_active: bool, now: datetime, actor: Actor) -> None:
    user = _account(staff_id, verb, now=now, actor=actor)
    if user.is_active == is_active:
        raise Conflict(reason="账号已启用" if is_active else "账号已停用")
    user.is_active = is_active
    user.save(update_fields=["is_active"])
    transaction.on_commit(forget_actors)
    written(verb, f"staff:{staff_id}", actor=actor, now=now)


def _account(staff_id: StaffId, verb: Verb, *, now: datetime, actor: Actor) -> User:
    """Return the account of somebody the actor may do this to. Raises Incomplete when there is none."""
    staff = serving(staff_id, now)
    require(actor, verb, area_code=area_of_staff(staff_id, now))
    user = User.objects.select_for_update(no_key=True).filter(staff=staff).first()
    if user is None:
        raise Incomplete(reason="该人员还没有账号")
    return user


@transaction.atomic
def enrol(
    *,
    name: str,
    username: str,
    password: str,
    role: Role,
    now: datetime,
    actor: Actor,
    phone: str = "",
    area_code: str = "",
    unit_code: str = "",
) -> Staff:
    """Hire somebody full-time, open their account and grant one role, all or nothing."""
    staff = hire(name=name, employment=Employment.FULL_TIME, phone=phone, now=now, actor=actor)
    staff_id = StaffId(staff.pk)
    staff.user = open_account(staff_id, username, password, now=now, actor=actor)
    grant(staff_id, role, area_code=area_code, unit_code=unit_code, now=now, actor=actor)
    return staff


@transaction.atomic
def grant(
    staff_id: StaffId,
    role: Role,
    *,
    now: datetime,
    actor: Actor,
    area_code: str = "",
    unit_code: str = "",
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> RoleGrant:
    """Give somebody a role over an area ("" = every area) or for a unit.

    Lock: the person, so that two grants see each other. Raises Incomplete for incompatible roles or a part of
    the world that does not fit the role, NotPermitted for oneself, Conflict when held already.
    """
    serving(staff_id, now)
    unit = _unit_within(actor, role, area_code, unit_code)
    held = RoleGrant.objects.filter(staff=staff_id).exclude(ends_at__lte=now).values_list("role", flat=True)
    check_grant(role, frozenset(map(Role, held)), to_oneself=actor.staff_id == staff_id)
    with refusing("该人员已有此授权，或授权期限有误"):
        row = RoleGrant.objects.create(
            staff_id=staff_id,
            role=role,
            area_code=area_code,
            unit=unit,
            starts_at=starts_at or now,
            ends_at=ends_at,
        )
    written(Verb.GRANT, f"staff:{staff_id}", actor=actor, now=now, role=role, area=area_code, unit=unit_code)
    return row


def _unit_within(actor: Actor, role: Role, area_code: str, unit_code: str) -> Unit | None:
    """Return the unit of a grant after checking that actor and role may reach this part of the world."""
    unit = unit_by_code(unit_code) if unit_code else None
    check_grant_scope(role, area_code=area_code, unit_id=UnitId(unit.pk) if unit else None)
    ground.area_id(area_code)  # a mistyped code would silently cover nothing, or too much
    reach = (unit.area.code if unit.area else "") if unit else area_code
    require(actor, Verb.GRANT, area_code=reach)
    return unit


@transaction.atomic
def revoke_grant(grant_id: int, *, now: datetime, actor: Actor) -> None:
    """Take a role back now. Raises NotFound when it is not held."""
    row = RoleGrant.objects.select_related("unit__area").filter(pk=grant_id).first()
    if row is None:
        raise NotFound(what="授权", key=grant_id)
    reach = (row.unit.area.code if row.unit.area else "") if row.unit else row.area_code
    require(actor, Verb.REVOKE_GRANT, area_code=reach)
    if not end(RoleGrant.objects.filter(pk=grant_id), now):
        raise NotFound(what="授权", key=grant_id)
    transaction.on_commit(forget_actors)
    holder = f"staff:{row.staff_id}" if row.staff_id else f"token:{row.token_id}"
    written(Verb.REVOKE_GRANT, holder, actor=actor, now=now, role=row.role)


@transaction.atomic
def issue_token(
    name: str,
    source: str,
    *,
    now: datetime,
    actor: Actor,
    role: Role = Role.CONNECTOR,
    area_code: str = "",
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """Give a machine a token and return it with its secret, which is shown this once and never kept.

    source: the channel it reports for. Raises Incomplete for a role that is not for machines.
    """
    require(actor, Verb.ISSUE_TOKEN, area_code=area_code)
    if role not in MACHINE_ROLES:
        raise Incomplete(reason=Sentence("“{role}”不能授予接入系统", role=role.label))
    ground.area_id(area_code)
    secret = f"hy_{secrets.token_urlsafe(32)}"
    with refusing("来源不能为空"):
        token = ApiToken.objects.create(
            name=name, source=source, digest=digest_of(secret), created_at=now, expires_at=expires_at
        )
    RoleGrant.objects.create(token=token, role=role, area_code=area_code, starts_at=now)
    written(Verb.ISSUE_TOKEN, f"token:{token.pk}", actor=actor, now=now, name=name, source=source, role=role)
    return token, secret


@transaction.atomic
def revoke_token(token_id: int, *, now: datetime, actor: Actor) -> None:
    """Make a token useless: here at once, in other processes within seconds. Raises NotFound."""
    token = ApiToken.objects.select_for_update(no_key=True).filter(pk=token_id, revoked_at=None).first()
    if token is None:
        raise NotFound(what="令牌", key=token_id)
    areas = token.grants.values_list("area_code", flat=True)
    require(actor, Verb.REVOKE_TOKEN, area_code=min(areas, default=""))
    token.revoked_at = now
    token.save(update_fields=["revoked_at"])
    end(token.grants.all(), now)
    transaction.on_commit(forget_actors)
    written(Verb.REVOKE_TOKEN, f"token:{token_id}", actor=actor, now=now)
