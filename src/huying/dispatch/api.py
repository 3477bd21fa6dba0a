"""Who should handle a case: proposals with reasons, the decision, and how often the two differ."""

from datetime import datetime

from django.http import HttpResponse
from django.utils.timezone import now
from ninja import Field, Query, Router, Schema

from huying.cases.api import write
from huying.cases.policy.reports import Call
from huying.cases.schemas import AssignIn, CaseOut
from huying.dispatch import actions, queries
from huying.dispatch.policy import Likely, Proposal
from huying.org.policy import Actor
from huying.org.requests import ActorRequest, caller
from huying.org.states import Role
from huying.shared.errors import NotPermitted
from huying.shared.ids import CategoryId, UnitId
from huying.shared.pace import Pace
from huying.shared.shapes import AreaCode, Id, Moment

router = Router(tags=["dispatch"])
A_MINUTE = 60  # questions of one address without an account, to one process: somebody typing asks ten
_pace = Pace(A_MINUTE, seconds=60.0)
MAY_COUNT = frozenset({Role.COMMANDER, Role.LEADER, Role.SUPERVISOR})


class ReasonOut(Schema):
    kind: str
    text: str
    n: int
    total: int


class ProposalOut(Schema):
    unit_id: int
    name: str
    probability: float
    listed: bool
    support: list[int]
    reasons: list[ReasonOut]


class AdviceOut(Schema):
    model_revision: str
    proposals: list[ProposalOut]


class LikelyIn(Schema):
    text: str = Field(max_length=4_000)


class LikelyOut(Schema):
    category_id: int
    name: str
    probability: float
    reasons: list[str]


class PeriodIn(Schema):
    since: Moment
    until: Moment
    area_code: AreaCode = ""
    category_id: Id | None = None


class OverrideOut(Schema):
    decided: int
    overridden: int
    rate: float | None


@router.get("/cases/{number}/proposals", response=AdviceOut)
def proposals(request: ActorRequest, number: str) -> AdviceOut:
    """Lead units for the case, best first, each with the reasons for it. Nothing is assigned by this."""
    advice = queries.advice(request.actor, number, now=now())
    return AdviceOut(model_revision=advice.revision, proposals=[_proposal(each) for each in advice.proposals])


@router.post("/cases/{number}/assign", response=CaseOut)
def assign(request: ActorRequest, number: str, body: AssignIn) -> HttpResponse:
    """Call one or more units; the decision is kept beside what had been proposed."""
    calls = [Call(UnitId(each.unit_id), lead=each.lead, final=each.final) for each in body.calls]

    def do(actor: Actor, at: datetime) -> object:
        return actions.assign(number, calls, actor=actor, now=at, opinion=body.opinion)

    return write(request, number, "assign", body, do)


@router.post("/categories/likely", response=list[LikelyOut])
def likely_categories(request: ActorRequest, body: LikelyIn) -> list[Likely]:
    """Categories a text may belong to, best first, with reasons. Nothing is kept of the text."""
    if not request.actor.grants:
        _pace.check(caller(request))
    return queries.likely_categories(body.text)


@router.get("/statistics/overrides", response=OverrideOut)
def overrides(request: ActorRequest, period: Query[PeriodIn]) -> queries.OverrideRate:
    """How often the command centre chose another lead unit than the one proposed."""
    if not request.actor.may_act_in(MAY_COUNT, period.area_code):
        raise NotPermitted(verb="查看改派率")
    category_id = None if period.category_id is None else CategoryId(period.category_id)
    return queries.override_rate(
        period.since, period.until, area_prefix=period.area_code, category_id=category_id
    )


def _proposal(each: Proposal) -> ProposalOut:
    return ProposalOut(
        unit_id=int(each.unit),
        name=each.name,
        probability=each.probability,
        listed=each.listed,
        support=[int(unit) for unit in each.support],
        reasons=[ReasonOut(kind=why.kind, text=why.text, n=why.n, total=why.total) for why in each.reasons],
    )
