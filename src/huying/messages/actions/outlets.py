"""Outlets come and go, are tried, and their dead letters are sent again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from django.db import transaction
from django.db.models import F

from huying.database import hot
from huying.ledger.actions import record
from huying.messages.actions.delivering import Claim, Load
from huying.messages.actions.queueing import TABLE, message
from huying.messages.models import Message, Outlet, Pace, Revision
from huying.messages.policy.addresses import check_address
from huying.messages.policy.events import Event
from huying.messages.policy.sealing import Access, sealed
from huying.messages.queries import forget
from huying.messages.states import ADMINISTRATORS, MessageState, OutletKind, Topic
from huying.org import queries as org
from huying.org.policy import SYSTEM, Actor
from huying.places import queries as places
from huying.shared.errors import Conflict, Incomplete, NotFound, NotPermitted
from huying.shared.sentences import Sentence


@dataclass(frozen=True, slots=True)
class NewOutlet:
    """What somebody subscribes. unit_code: "" = every unit; area_code: "" = every area."""

    name: str
    kind: OutletKind
    access: Access
    topics: Sequence[Topic]
    area_code: str = ""
    unit_code: str = ""


@transaction.atomic
def add_outlet(new: NewOutlet, *, actor: Actor, now: datetime, key: bytes, allow_private: bool) -> Outlet:
    """Subscribe a channel. key: secret of the installation, seals the address.

    Raises Incomplete, NotFound (area or unit), Conflict (the name is taken), NotPermitted.
    """
    _need_administrator(actor)
    check_address(new.kind, new.access.address, allow_private=allow_private)
    _check(new)
    if Outlet.objects.filter(name=new.name).exists():
        raise Conflict(reason=Sentence("渠道“{new}”已经存在", new=new.name))
    area_code = places.area(new.area_code).code if new.area_code else ""
    unit_id = org.unit_by_code(new.unit_code).pk if new.unit_code else None
    outlet = Outlet.objects.create(
        name=new.name,
        kind=new.kind,
        sealed=sealed(new.access, name=new.name, key=key),
        area_code=area_code,
        unit_id=unit_id,
        topics=[topic.value for topic in new.topics],
        created_at=now,
    )
    Pace.objects.create(outlet=outlet)
    _revise()
    _record("outlet_added", outlet, actor, now)
    return outlet


def _check(new: NewOutlet) -> None:
    if not new.name.strip() or len(new.name) > 64:
        raise Incomplete(reason="渠道名称应为1到64个字")
    if not new.topics or Topic.TRIAL in new.topics:
        raise Incomplete(reason="请指明订阅哪些通知")
    if (new.kind is OutletKind.SMS) != bool(new.access.to):
        raise Incomplete(reason="短信网关需要接收号码，其他渠道不需要")


@transaction.atomic
def close_outlet(name: str, *, actor: Actor, now: datetime) -> None:
    """Queue nothing more for an outlet; what waits for it is given up. Raises NotFound, NotPermitted."""
    _need_administrator(actor)
    outlet = _named(name)
    Outlet.objects.filter(pk=outlet.pk).update(active=False)
    Message.objects.filter(outlet=outlet, state=MessageState.PENDING).update(
        state=MessageState.DEAD, ended_at=now, last_error="渠道已停用"
    )
    _revise()
    _record("outlet_closed", outlet, actor, now)


@transaction.atomic
def revive(name: str, *, actor: Actor, now: datetime) -> int:
    """Queue the dead letters of an outlet again, and forget its failures; return how many.

    The attempts start anew as far as giving up is concerned; the fencing token goes on.
    Raises NotFound, NotPermitted, Conflict when the outlet is closed.
    """
    _need_administrator(actor)
    outlet = _named(name)
    if not outlet.active:
        raise Conflict(reason=Sentence("渠道“{name}”已停用", name=name))
    revived = Message.objects.filter(outlet=outlet, state=MessageState.DEAD).update(
        state=MessageState.PENDING, ended_at=None, next_attempt_at=now, forgiven=F("attempt")
    )
    Pace.objects.filter(pk=outlet.pk).update(blocked_until=None, failures=0)
    _record("outlet_revived", outlet, actor, now, count=revived)
    return revived


@transaction.atomic
def trial(name: str, *, worker: str, now: datetime) -> Load:
    """Make a trial message and claim it at once for the caller, who sends and completes it. Raises NotFound.

    It is an ordinary message: when the caller dies it is taken back and sent by a worker.
    """
    outlet = _named(name)
    event = Event(Topic.TRIAL, f"试发-{uuid4().hex[:8]}", now)
    row = {**message(outlet.pk, event), "state": MessageState.RUNNING, "attempt": 1}
    hot.insert(TABLE, [row | {"claimed_at": now, "claimed_by": worker}])
    held = Message.objects.get(outlet=outlet, subject=event.number)
    claim = Claim(held.pk, 1, 1, held.topic, held.subject, held.facts)
    return Load(outlet.pk, outlet.name, outlet.kind, bytes(outlet.sealed), (claim,))


def _named(name: str) -> Outlet:
    found = Outlet.objects.filter(name=name).first()
    if found is None:
        raise NotFound(what="渠道", key=name)
    return found


def _revise() -> None:
    """Tell every process that the outlets changed: this one now and after commit, the others by token."""
    Revision.objects.filter(pk=1).update(token=uuid4())
    forget()
    transaction.on_commit(forget)


def _record(verb: str, outlet: Outlet, actor: Actor, now: datetime, **facts: object) -> None:
    payload = {"name": outlet.name, "kind": outlet.kind, "topics": outlet.topics, **facts}
    record(at=now, actor=actor.key, verb=verb, subject=f"outlet:{outlet.pk}", payload=payload)


def _need_administrator(actor: Actor) -> None:
    if actor != SYSTEM and not actor.roles & ADMINISTRATORS:
        raise NotPermitted(verb="管理通知渠道")
