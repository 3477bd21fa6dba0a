"""What is done to one person: account, roles, places, leaving."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from huying.administration.passwords import first_password
from huying.administration.policy.reach import require_reach, require_within
from huying.administration.tables import PEOPLE
from huying.administration.tables.people import number_of, staff_of
from huying.administration.views.frame import ADMINISTRATORS
from huying.administration.views.records import shown_record
from huying.org import actions
from huying.org.queries import people as queries
from huying.org.requests import ActorRequest
from huying.org.states import SCOPES, Role, Scope
from huying.shared.errors import Incomplete, NotFound, Refused
from huying.shared.ids import StaffId
from huying.shared.sentences import Sentence

GRANTED = tuple(role for role in Role if SCOPES[role] is not Scope.OWN)  # the others are not given by hand

Deed = Callable[[ActorRequest, StaffId], str]


@require_POST
def account(request: ActorRequest, staff_id: int) -> HttpResponse:
    """Open an account, reset its password, lock or unlock it. A new password is shown in this answer only."""
    person = _within_reach(request, StaffId(staff_id))
    deed = _DEEDS.get(request.POST.get("do", ""))
    if deed is None:
        raise NotFound(what="操作", key=request.POST.get("do", "")[:20])
    try:
        password = deed(request, person.staff_id)
    except Refused as refused:
        return shown_record(request, PEOPLE, str(staff_id), refused=refused)
    if not password:
        messages.success(request, _("已完成。"))
        return HttpResponseRedirect(_page(staff_id))
    username = queries.person(person.staff_id, now()).username
    return shown_record(request, PEOPLE, str(staff_id), once={"username": username, "password": password})


def _open(request: ActorRequest, staff_id: StaffId) -> str:
    username, password = request.POST.get("username", "").strip(), first_password()
    if not username or len(username) > 64 or not username.isprintable():
        raise Incomplete(reason="请填写用户名")
    actions.open_account(staff_id, username, password, now=now(), actor=request.actor)
    return password


def _reset(request: ActorRequest, staff_id: StaffId) -> str:
    password = first_password()
    actions.reset_password(staff_id, password, now=now(), actor=request.actor)
    return password


def _lock(request: ActorRequest, staff_id: StaffId) -> str:
    actions.lock_account(staff_id, now=now(), actor=request.actor)
    return ""


def _unlock(request: ActorRequest, staff_id: StaffId) -> str:
    actions.unlock_account(staff_id, now=now(), actor=request.actor)
    return ""


_DEEDS: dict[str, Deed] = {"open": _open, "reset": _reset, "lock": _lock, "unlock": _unlock}


@require_POST
def grant(request: ActorRequest, staff_id: int) -> HttpResponse:
    """Give somebody a role over an area or for a unit."""
    _within_reach(request, StaffId(staff_id))
    try:
        role = next(role for role in GRANTED if role.value == request.POST.get("role"))
        is_unit = SCOPES[role] is Scope.UNIT
        actions.grant(
            StaffId(staff_id),
            role,
            area_code="" if is_unit else request.POST.get("area", "").strip(),
            unit_code=request.POST.get("unit", "").strip() if is_unit else "",
            now=now(),
            actor=request.actor,
        )
    except StopIteration:
        return shown_record(request, PEOPLE, str(staff_id), refused=Incomplete(reason="请选择角色"))
    except Refused as refused:
        return shown_record(request, PEOPLE, str(staff_id), refused=refused)
    messages.success(request, _("已授权。"))
    return HttpResponseRedirect(_page(staff_id))


@require_POST
def revoke(request: ActorRequest, staff_id: int, grant_id: int) -> HttpResponse:
    """Take a role back."""
    _within_reach(request, StaffId(staff_id))
    if grant_id not in {held.grant_id for held in queries.grants(StaffId(staff_id), now())}:
        raise NotFound(what="授权", key=grant_id)
    actions.revoke_grant(grant_id, now=now(), actor=request.actor)
    messages.success(request, _("已收回授权。"))
    return HttpResponseRedirect(_page(staff_id))


@require_POST
def dismiss(request: ActorRequest, staff_id: int) -> HttpResponse:
    """Let somebody go; the record stays in the books."""
    _within_reach(request, StaffId(staff_id))
    actions.dismiss(StaffId(staff_id), now=now(), actor=request.actor)
    messages.success(request, _("已办理离岗，账号停用，岗位和责任同时解除。"))
    return HttpResponseRedirect(reverse("administration:records", args=["people"]))


def _within_reach(request: ActorRequest, staff_id: StaffId) -> queries.Person:
    """Return somebody of the administrator's areas. Raises NotFound for others."""
    reached = require_reach(request.actor, ADMINISTRATORS, doing="管理人员")
    found = queries.person(staff_id, now())
    require_within(found.area_code, reached, what="人员", key=staff_id)
    return found


def _page(staff_id: int) -> str:
    return reverse("administration:record", args=["people", staff_id])


def person_named(said: str, reached: tuple[str, ...]) -> StaffId:
    """Return who is meant by a number of the employer or a name that only one bears within the reach.

    Raises Incomplete when nobody or more than one is.
    """
    wanted = said.strip()
    members = queries.people(reached, now())
    found = [
        each.staff_id for each in members if wanted in (number_of(each.number, each.staff_id), each.name)
    ]
    if len(found) == 1:
        return found[0]
    if len(found) > 1:
        raise Incomplete(reason=Sentence("“{name}”不止一人，请填工号", name=wanted))
    if not wanted:
        raise Incomplete(reason="请填工号或姓名")
    try:
        return staff_of(wanted)
    except NotFound:
        raise Incomplete(reason=Sentence("没有找到“{name}”", name=wanted)) from None
