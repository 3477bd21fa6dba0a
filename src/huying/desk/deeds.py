"""What somebody may do with a case, as data: verb → form, action, picture, key on the desk."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from huying.cases import actions as cases
from huying.cases.policy.photos import develop
from huying.cases.policy.reports import Arrival, Call, Verdict
from huying.cases.states import EvidenceKind, RequestKind, ReturnReason, Satisfaction, Verb
from huying.desk import forms
from huying.dispatch import actions as dispatch
from huying.org.policy import Actor
from huying.shared.ids import CategoryId, UnitId

Given = Mapping[str, Any]
Do = Callable[[str, Given, Actor, datetime], object]


@dataclass(frozen=True, slots=True)
class Deed:
    """key: what does it on the desk, "" = none; leading: shown first of all; name: "" = the verb's."""

    form: type[forms.DeedForm]
    do: Do
    icon: str
    key: str = ""
    leading: bool = False
    name: Any = ""


def accept(number: str, given: Given, actor: Actor, now: datetime) -> object:
    return cases.accept(
        number,
        actor=actor,
        now=now,
        category_id=CategoryId(int(given["category"])),
        area_code=given.get("area", ""),
        opinion=given["opinion"],
    )


def assign(number: str, given: Given, actor: Actor, now: datetime) -> object:
    lead = given.get("lead", "")
    calls = [Call(UnitId(int(lead)), final=given.get("final", False))] if lead else []
    calls += [Call(UnitId(int(each)), lead=False) for each in given["support"] if each != lead]
    return dispatch.assign(number, calls, actor=actor, now=now, opinion=given["opinion"])


def arrive(number: str, given: Given, actor: Actor, now: datetime) -> object:
    at = Arrival(given["lng"], given["lat"], given["reason"])
    return cases.arrive(number, at, actor=actor, now=now, unit_id=_unit(given))


def ask(number: str, given: Given, actor: Actor, now: datetime) -> object:
    return cases.request(
        number,
        RequestKind(given["kind"]),
        actor=actor,
        now=now,
        reason=given["reason"],
        reason_code=ReturnReason(given["reason_code"]) if given["reason_code"] else None,
        amount=given["amount"],
        to_unit_id=UnitId(int(given["to_unit"])) if given["to_unit"] else None,
        unit_id=_unit(given),
    )


def self_handle(number: str, given: Given, actor: Actor, now: datetime) -> object:
    chosen = CategoryId(int(given["category"])) if given["category"] else None
    return cases.self_handle(number, actor=actor, now=now, opinion=given["opinion"], category_id=chosen)


def withdraw(number: str, given: Given, actor: Actor, now: datetime) -> object:
    unit = UnitId(int(given["unit"]))
    return cases.withdraw(number, unit_id=unit, actor=actor, now=now, reason=given["reason"])


def evaluate(number: str, given: Given, actor: Actor, now: datetime) -> object:
    judged = Satisfaction(given["satisfaction"])
    verdict = Verdict(judged, given["solved"], given["text"], given["called_back"])
    return cases.evaluate(number, verdict, actor=actor, now=now)


def attach(number: str, given: Given, actor: Actor, now: datetime) -> object:
    photo, folder = develop(given["photo"].read()), Path(settings.EVIDENCE_FOLDER)
    return cases.attach(number, photo, EvidenceKind(given["kind"]), folder=folder, actor=actor, now=now)


def _unit(given: Given) -> UnitId | None:
    return UnitId(int(given["unit"])) if given["unit"] else None


def _with_opinion(act: Callable[..., object]) -> Do:
    return lambda number, given, actor, now: act(number, actor=actor, now=now, opinion=given["opinion"])


def _with_reason(act: Callable[..., object]) -> Do:
    return lambda number, given, actor, now: act(number, actor=actor, now=now, reason=given["reason"])


DEEDS: Mapping[Verb, Deed] = {
    Verb.ACCEPT: Deed(forms.AcceptForm, accept, "circle-check", "a", leading=True),
    Verb.ASSIGN: Deed(forms.AssignForm, assign, "send", "d", leading=True),
    Verb.ACKNOWLEDGE: Deed(forms.OwnUnitForm, lambda number, given, actor, now: cases.acknowledge(
        number, actor=actor, now=now, unit_id=_unit(given)), "check", leading=True),
    Verb.ARRIVE: Deed(forms.ArriveForm, arrive, "map-pin", leading=True),
    Verb.ANSWER: Deed(forms.AnswerForm, lambda number, given, actor, now: cases.answer(
        number, actor=actor, now=now, opinion=given["opinion"], unit_id=_unit(given)
    ), "checks", leading=True),
    Verb.VERIFY: Deed(forms.OpinionForm, _with_opinion(cases.verify), "shield-check", "v", leading=True),
    Verb.REWORK: Deed(forms.ReasonForm, _with_reason(cases.rework), "arrow-back-up"),
    Verb.RESUME: Deed(forms.OpinionForm, _with_opinion(cases.resume), "player-play", leading=True),
    Verb.SELF_HANDLE: Deed(forms.SelfHandleForm, self_handle, "checks"),
    Verb.REQUEST: Deed(forms.AskForm, ask, "message-2-plus"),
    Verb.EXPEDITE: Deed(forms.OpinionForm, _with_opinion(cases.expedite), "bolt", "u"),
    Verb.MERGE: Deed(forms.MergeForm, lambda number, given, actor, now: cases.merge(
        number, into=given["into"].strip(), actor=actor, now=now, opinion=given["opinion"]
    ), "copy", "m", name=_("并入他件")),
    Verb.DECLINE: Deed(forms.ReasonForm, _with_reason(cases.decline), "circle-x"),
    Verb.WITHDRAW: Deed(forms.WithdrawForm, withdraw, "arrow-back-up"),
    Verb.ESCALATE: Deed(forms.ReasonForm, _with_reason(cases.escalate), "trending-up"),
    Verb.EVALUATE: Deed(forms.EvaluateForm, evaluate, "star", leading=True),
    Verb.REOPEN: Deed(forms.ReasonForm, _with_reason(cases.reopen), "refresh"),
    Verb.NOTE: Deed(forms.NoteForm, lambda number, given, actor, now: cases.note(
        number, given["text"], actor=actor, now=now, public=given["public"]), "message", "r"),
    Verb.PUBLISH: Deed(forms.PublishForm, lambda number, given, actor, now: cases.publish(
        number, given["text"], actor=actor, now=now), "message-2-plus"),
    Verb.UNPUBLISH: Deed(forms.ReasonForm, _with_reason(cases.unpublish), "x"),
    Verb.ATTACH: Deed(forms.AttachForm, attach, "paperclip"),
    Verb.REVEAL: Deed(forms.ReasonForm, _with_reason(cases.reveal), "eye"),
}  # fmt: skip
