"""What the API takes and gives for cases. Shapes only; sense is checked by policy."""

from datetime import datetime
from typing import Annotated, Literal

from ninja import Field, Schema

from huying.cases.policy.uploads import MOST_NAMED, SHA256
from huying.cases.states import (
    AssignmentState,
    EvidenceKind,
    Part,
    RequestKind,
    RequestState,
    ReturnReason,
    Satisfaction,
    State,
    Verb,
)
from huying.clocks.states import Stage
from huying.shared.shapes import Amount, AreaCode, BodyId, BodyLatitude, BodyLongitude, Flag, Moment

Text = Field("", max_length=4_000)
HAPPENED = "when it was done, by the clock of a device that was offline; kept as its claim"
UPLOADED = "SHA-256 of photos uploaded before (`PUT /uploads/{sha256}`)"
Sha256 = Annotated[str, Field(pattern=SHA256)]
Photos = Annotated[list[Sha256], Field(max_length=MOST_NAMED, description=UPLOADED)]


class ClaimIn(Schema):
    happened_at: Moment | None = Field(None, description=HAPPENED)


class OpinionIn(Schema):
    opinion: str = Text


class ReasonIn(Schema):
    reason: str = Text


class AcceptIn(OpinionIn):
    category_id: BodyId | None = None
    condition_id: BodyId | None = None
    area_code: AreaCode = ""


class MergeIn(OpinionIn):
    into: str = Field(max_length=40)


class CallIn(Schema):
    unit_id: BodyId
    lead: Flag = True
    final: Flag = False


class AssignIn(OpinionIn):
    calls: list[CallIn] = Field(max_length=30)


class OwnUnitIn(Schema):
    unit_id: BodyId | None = Field(None, description="needed only by who works for several called units")


class ArriveIn(OwnUnitIn, ClaimIn):
    lng: BodyLongitude | None = None
    lat: BodyLatitude | None = None
    reason: str = Text
    photo: str = Field("", max_length=64)
    photos: Photos = []


class AnswerIn(OwnUnitIn, ClaimIn):
    """What was done. photos: after it."""

    opinion: str = Text
    before: Photos = []
    photos: Photos = []
    other: Photos = []


class WithdrawIn(ReasonIn):
    unit_id: BodyId


class RequestIn(OwnUnitIn):
    kind: RequestKind
    reason: str = Text
    reason_code: ReturnReason | None = None
    amount: Amount | None = None
    to_unit_id: BodyId | None = None


class DecisionIn(Schema):
    decision: str = Text


class SelfHandleIn(OpinionIn, ClaimIn):
    category_id: BodyId | None = None
    before: Photos = []
    after: Photos = []


class VerifyIn(OpinionIn, ClaimIn):
    pass


class PhotosIn(ClaimIn):
    photos: Annotated[list[Sha256], Field(min_length=1, max_length=MOST_NAMED, description=UPLOADED)]
    kind: EvidenceKind = EvidenceKind.OTHER


class EvaluateIn(Schema):
    satisfaction: Satisfaction
    solved: Flag
    text: str = Text
    called_back: Flag = False


class NoteIn(Schema):
    text: str = Text
    public: Flag = False


class UnitRef(Schema):
    id: int
    code: str
    name: str


class AssignmentOut(Schema):
    id: int
    unit: UnitRef
    part: Part
    state: AssignmentState
    round: int
    final: bool
    called_at: datetime
    acknowledged_at: datetime | None
    arrived_at: datetime | None
    arrival_m: float | None
    answered_at: datetime | None


class DeadlineOut(Schema):
    stage: str
    label: str
    state: str
    due_at: datetime | None
    provisional: bool
    fired_at: datetime | None
    unit_id: int | None
    why: str


class EvidenceOut(Schema):
    kind: EvidenceKind
    sha256: str
    width: int
    height: int
    taken_at: datetime | None
    added_at: datetime


class CaseRow(Schema):
    number: str
    state: State
    state_label: str
    text: str
    category: str
    urgent: bool
    level: str
    area_code: str
    place_text: str
    place_certain: bool
    lng: float | None
    lat: float | None
    source: str
    channel: str
    lead_unit: str
    reported_at: datetime
    closed_at: datetime | None
    in_time: bool | None


class CaseOut(CaseRow):
    found_at: datetime
    accepted_at: datetime | None
    assigned_at: datetime | None
    handled_at: datetime | None
    round: int
    limit_amount: int | None
    limit_type: str
    merged_into: str | None
    reporter_name: str
    reporter_phone: str
    owner: str
    assignments: list[AssignmentOut]
    deadlines: list[DeadlineOut]
    evidence: list[EvidenceOut]


class CasePage(Schema):
    cases: list[CaseRow]
    next_before: int | None = Field(description="pass as `before` for the next page; null: this was the last")


class QueueIn(Schema):
    """What the list of work may be narrowed to."""

    state: list[State] = []
    area_code: str = Field("", max_length=24)
    category_id: int | None = Field(None, ge=1, lt=2**63)
    unit_id: int | None = Field(None, ge=1, lt=2**63)
    urgent: bool | None = None
    text: str = Field("", max_length=100)
    after: str = Field("", max_length=64, description="`next_after` of the page before")
    size: int = Field(50, ge=1, le=200)


class QueueRow(Schema):
    """One open case with the clock that runs out next; without one while none runs."""

    number: str
    state: State
    state_label: str
    text: str
    category: str
    urgent: bool
    area_code: str
    place: str
    lead_unit: str
    reported_at: datetime
    stage: Stage | Literal[""]
    stage_label: str
    due_at: datetime | None
    overdue: bool
    left: str = Field(description="how much time is left, in words")


class QueueOut(Schema):
    cases: list[QueueRow]
    next_after: str = Field(description='pass as `after` for the next page; "": this was the last')


class MoveOut(Schema):
    seq: int
    verb: Verb
    label: str
    before: str
    after: str
    at: datetime
    actor: str
    opinion: str
    unit: str


class RequestOut(Schema):
    id: int
    number: str
    unit: UnitRef
    kind: RequestKind
    state: RequestState
    reason: str
    reason_code: str
    amount: int | None
    to_unit_id: int | None
    asked_at: datetime


class OpeningOut(Schema):
    salt: str = Field(description="hex")
    payload: str = Field(description="canonical JSON, byte for byte as committed")


class ReporterOut(Schema):
    name: str
    phone: str
    confidential: bool
