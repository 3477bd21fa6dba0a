"""The verbs of who works outside, as the forms of a page: one table for departments and the grid."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from huying.cases import actions, deed_forms, queries
from huying.cases.models import Case
from huying.cases.policy import moves
from huying.cases.policy.photos import Photo
from huying.cases.policy.reports import Arrival
from huying.cases.presentation import case_out, move_out, request_out
from huying.cases.queries import Called
from huying.cases.states import (
    AssignmentState,
    EvidenceKind,
    RequestKind,
    ReturnReason,
    State,
    Verb,
)
from huying.catalogue import queries as catalogue
from huying.clocks.policy import SHANGHAI
from huying.look.speech import said
from huying.org import queries as org
from huying.org.policy import Actor
from huying.shared.errors import Conflict, IllegalMove, Incomplete, KeyReused, NotFound, NotPermitted
from huying.shared.ids import CategoryId, UnitId

Said = Mapping[str, Any]
REFUSALS = (Conflict, IllegalMove, Incomplete, KeyReused, NotPermitted)  # told beside the form


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does it, to which case, when, with what was said in the form."""

    number: str
    said: Said
    actor: Actor
    now: datetime

    @property
    def unit_id(self) -> UnitId | None:
        unit_id = self.said.get("unit_id")
        return None if unit_id is None else UnitId(unit_id)

    def shown(self, **kinds: EvidenceKind) -> list[tuple[EvidenceKind, Photo]]:
        """Return the photos of the named fields, each with what it shows."""
        return [(kind, photo) for field, kind in kinds.items() for photo in self.said[field]]

    def together(self, shown: list[tuple[EvidenceKind, Photo]], act: Callable[[list[str]], object]) -> object:
        return actions.with_photos(
            self.number, shown, act, folder=evidence_folder(), actor=self.actor, now=self.now
        )


def evidence_folder() -> Path:
    return Path(settings.EVIDENCE_FOLDER)


def _acknowledge(do: Doing) -> object:
    return actions.acknowledge(do.number, actor=do.actor, now=do.now, unit_id=do.unit_id)


def _arrive(do: Doing) -> object:
    def arrive(kept: list[str]) -> Case:
        there = Arrival(do.said["lng"], do.said["lat"], do.said["reason"], kept[0])
        return actions.arrive(do.number, there, actor=do.actor, now=do.now, unit_id=do.unit_id)

    return do.together(do.shown(photo=EvidenceKind.ARRIVAL), arrive)


def _answer(do: Doing) -> object:
    shown = do.shown(before=EvidenceKind.BEFORE, after=EvidenceKind.AFTER, other=EvidenceKind.OTHER)
    opinion = do.said["opinion"]
    return do.together(
        shown,
        lambda _kept: actions.answer(
            do.number, actor=do.actor, now=do.now, opinion=opinion, unit_id=do.unit_id
        ),
    )


def _solve(do: Doing) -> object:
    shown = do.shown(before=EvidenceKind.BEFORE, after=EvidenceKind.AFTER)
    chosen = do.said.get("category_id")
    return do.together(
        shown,
        lambda _kept: actions.self_handle(
            do.number,
            actor=do.actor,
            now=do.now,
            opinion=do.said["opinion"],
            category_id=None if chosen is None else CategoryId(chosen),
        ),
    )


def _ask(kind: RequestKind) -> Callable[[Doing], object]:
    def ask(do: Doing) -> object:
        code, to_unit = do.said.get("reason_code"), do.said.get("to_unit_id")
        return actions.request(
            do.number,
            kind,
            actor=do.actor,
            now=do.now,
            reason=do.said["reason"],
            reason_code=ReturnReason(code) if code else None,
            amount=do.said.get("amount"),
            to_unit_id=UnitId(to_unit) if to_unit else None,
            unit_id=do.unit_id,
        )

    return ask


def _escalate(do: Doing) -> object:
    return actions.escalate(do.number, actor=do.actor, now=do.now, reason=do.said["reason"])


def _verify(do: Doing) -> object:
    opinion = do.said["opinion"]
    return do.together(
        do.shown(photo=EvidenceKind.OTHER),
        lambda _kept: actions.verify(do.number, actor=do.actor, now=do.now, opinion=opinion),
    )


def _rework(do: Doing) -> object:
    return actions.rework(do.number, actor=do.actor, now=do.now, reason=do.said["reason"])


def _note(do: Doing) -> object:
    return do.together(
        do.shown(photo=EvidenceKind.OTHER),
        lambda _kept: actions.note(do.number, do.said["text"], actor=do.actor, now=do.now),
    )


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb as a page offers it.

    operation: of the API, for what waits on a phone without signal; "" = only with a network.
    """

    verb: Verb
    label: Any  # lazily translated
    icon: str
    form: type[forms.Form]
    act: Callable[[Doing], object]
    operation: str
    done: Any  # what is said when it is done
    is_main: bool = False  # a large button; the others stand in a row below
    kind: RequestKind | None = None


# In the order of the page; the name is the last part of the address.
DEEDS: dict[str, Deed] = {
    "sign": Deed(
        Verb.ACKNOWLEDGE, _("签收"), "check", deed_forms.DeedForm, _acknowledge, "acknowledge",
        _("已签收。"), is_main=True,
    ),
    "arrive": Deed(
        Verb.ARRIVE, _("到场打卡"), "map-pin", deed_forms.ArriveForm, _arrive, "arrive",
        _("已到场。"), is_main=True,
    ),
    "answer": Deed(
        Verb.ANSWER, _("答复"), "send", deed_forms.AnswerForm, _answer, "answer",
        _("已答复，等待核查。"), is_main=True,
    ),
    "solve": Deed(
        Verb.SELF_HANDLE, _("自行处置"), "circle-check", deed_forms.SolveForm, _solve, "self-handle",
        _("已处置结案。"), is_main=True,
    ),
    "verify": Deed(
        Verb.VERIFY, _("核查通过"), "checks", deed_forms.VerifyForm, _verify, "",
        _("已结案。"), is_main=True,
    ),
    "rework": Deed(
        Verb.REWORK, _("返工"), "refresh", deed_forms.ReasonForm, _rework, "rework",
        _("已要求返工。"),
    ),
    "note": Deed(
        Verb.NOTE, _("报进展"), "message", deed_forms.NoteForm, _note, "",
        _("进展已记下。"),
    ),
    "escalate": Deed(
        Verb.ESCALATE, _("提级"), "trending-up", deed_forms.ReasonForm, _escalate, "escalate",
        _("已提级。"),
    ),
    "extend": Deed(
        Verb.REQUEST, _("申请延期"), "clock-pause", deed_forms.ExtensionForm, _ask(RequestKind.EXTENSION),
        "request", _("申请已送出，批准前时限照常走。"), kind=RequestKind.EXTENSION,
    ),
    "return": Deed(
        Verb.REQUEST, _("退回"), "arrow-back-up", deed_forms.ReturnForm, _ask(RequestKind.RETURN),
        "request", _("申请已送出，批准前时限照常走。"), kind=RequestKind.RETURN,
    ),
    "transfer": Deed(
        Verb.REQUEST, _("转办"), "arrows-exchange", deed_forms.TransferForm, _ask(RequestKind.TRANSFER),
        "request", _("申请已送出，批准前时限照常走。"), kind=RequestKind.TRANSFER,
    ),
    "suspend": Deed(
        Verb.REQUEST, _("申请挂账"), "player-pause", deed_forms.ReasonForm, _ask(RequestKind.SUSPENSION),
        "request", _("申请已送出，批准前时限照常走。"), kind=RequestKind.SUSPENSION,
    ),
}  # fmt: skip
UNIT_VERBS = frozenset({Verb.ACKNOWLEDGE, Verb.ARRIVE, Verb.ANSWER, Verb.REQUEST})


@dataclass(frozen=True, slots=True)
class Offered:
    """A deed somebody may do now, with its form as he left it."""

    name: str
    deed: Deed
    form: forms.Form

    @property
    def needs_position(self) -> bool:
        return "lng" in self.form.fields

    @property
    def is_timed(self) -> bool:
        """Tell whether the API takes when it was done by the clock of a device that was offline."""
        return self.name in ("arrive", "answer", "solve")

    @property
    def is_one_tap(self) -> bool:
        return not self.form.visible_fields()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What became of a form that was sent: what was done, or the form with the reason why not."""

    form: forms.Form
    deed: Deed | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class Sheet:
    """A case as who works on it sees it."""

    case: Said  # as the API sends it
    steps: list[tuple[object, str]]  # with the name of who acted
    calls: list[Called]  # of the reader's own units
    waiting: list[Any]  # requests nobody has decided
    offered: list[Offered]
    radius_m: int

    @property
    def main(self) -> list[Offered]:
        return [each for each in self.offered if each.deed.is_main]

    @property
    def others(self) -> list[Offered]:
        return [each for each in self.offered if not each.deed.is_main]


def attempted(name: str, number: str, *sent: Any, actor: Actor, now: datetime) -> Attempt:
    """Do what a form says; sent: its data and files. Raises NotFound for another's case or no such deed."""
    deed = _deed(name)
    form = deed.form(*sent)
    if not form.is_valid():
        return Attempt(form, status=422)
    queries.get_for(actor, number)
    try:
        deed.act(Doing(number, form.cleaned_data, actor, now))
    except REFUSALS as refused:
        form.add_error(None, said(refused))
        return Attempt(form, status=refused.status)
    return Attempt(form, deed)


def _deed(name: str) -> Deed:
    if name not in DEEDS:
        raise NotFound(what="操作", key=name)
    return DEEDS[name]


def sheet(
    actor: Actor, number: str, *, at: datetime, verbs: Collection[Verb], sent: Mapping[str, forms.Form]
) -> Sheet:
    """Return a case with what the actor may do. verbs: those the page has room for; sent: refused forms."""
    case = queries.get_for(actor, number)
    calls = queries.own_calls(actor, case)
    steps = [move_out(step, masked=False) for step in queries.timeline(case)]
    people = org.names({step.actor for step in steps})
    waiting = [each for each in queries.pending_requests(actor) if each.assignment.case_id == case.pk]
    own = {each.assignment.unit_id for each in calls}
    asked = {RequestKind(each.kind) for each in waiting if each.assignment.unit_id in own}
    return Sheet(
        case=_shown(case_out(queries.whole(actor, number), at=at)),
        steps=[(step, people.get(step.actor, step.actor)) for step in steps],
        calls=calls,
        waiting=[request_out(each) for each in waiting],
        offered=[_filled(each, at) for each in _offered(actor, case, calls, asked, verbs, sent)],
        radius_m=settings.ARRIVAL_RADIUS_M,
    )


def _shown(case: dict[str, Any]) -> Said:
    photos = [{**each, "kind": EvidenceKind(each["kind"])} for each in case["evidence"]]
    return {**case, "evidence": photos}


def _offered(
    actor: Actor,
    case: Case,
    calls: list[Called],
    asked: Collection[RequestKind],
    verbs: Collection[Verb],
    sent: Mapping[str, forms.Form],
) -> list[Offered]:
    states = [(UnitId(each.assignment.unit_id), each.state) for each in calls]
    allowed = moves.possible(actor, State(case.state), case.area_code, case.number, states) & frozenset(verbs)
    return [
        Offered(name, deed, sent.get(name) or deed.form(initial=_known(deed, calls)))
        for name, deed in DEEDS.items()
        if name in sent or (deed.verb in allowed and deed.kind not in asked and _fits(deed, case, calls))
    ]


def _filled(offered: Offered, at: datetime) -> Offered:
    """Give the choice of categories to a form that asks for one: of those that may be solved on the spot."""
    field = offered.form.fields.get("category_id")
    if field is not None:
        known = catalogue.solvable(at.astimezone(SHANGHAI).date())
        field.widget.choices = [("", _("按已定类别")), *known]
    return offered


def _known(deed: Deed, calls: list[Called]) -> dict[str, object]:
    own = [each for each in calls if deed.verb in UNIT_VERBS]
    return {"unit_id": own[0].assignment.unit_id} if own else {}


def _fits(deed: Deed, case: Case, calls: list[Called]) -> bool:
    """Tell what the table of moves does not: an urgent case is driven to first, a final one not sent back."""
    if deed.verb is Verb.SELF_HANDLE:
        filed = case.category_id
        return not case.urgent and (filed is None or catalogue.filing(CategoryId(filed)).self_handling)
    try:
        for each in calls[:1]:
            if deed.kind is not None:
                moves.check_may_request(deed.kind, final=each.assignment.final)
            if deed.verb is Verb.ANSWER:
                moves.check_may_answer(AssignmentState(each.assignment.state), urgent=case.urgent)
    except (IllegalMove, Incomplete):
        return False
    return True
