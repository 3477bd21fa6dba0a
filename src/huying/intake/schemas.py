"""What a channel sends and what it gets back."""

from datetime import datetime
from typing import Self

from ninja import Schema
from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from huying.cases.policy.reports import MAX_KEY, MAX_TEXT
from huying.cases.schemas import Photos
from huying.cases.states import Channel, State
from huying.places.states import Datum
from huying.shared.shapes import Address, AreaCode, BodyId, BodyLatitude, BodyLongitude, Flag, Moment

# Both or none: what `point_is_whole` checks, for who reads the OpenAPI document.
_POINT: JsonDict = {
    "required": ["lng", "lat"],
    "properties": {"lng": {"type": "number"}, "lat": {"type": "number"}},
}
_NO_POINT: JsonDict = {"properties": {"lng": {"type": "null"}, "lat": {"type": "null"}}}
_EXAMPLE: JsonDict = {"text": "3幢2单元楼道灯不亮", "area_code": "330109001002003"}


class ReporterIn(BaseModel):
    name: str = Field("", max_length=64)
    phone: str = Field("", max_length=32)
    confidential: Flag = False


class ReportIn(BaseModel):
    """A report. The place is a building code, an area code, a point, or an address, the surest first."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [_POINT, _NO_POINT], "examples": [_EXAMPLE]})

    text: str = Field(max_length=MAX_TEXT)
    category_id: BodyId | None = None
    channel: Channel | None = Field(None, description="default: by the role of the sender")
    urgent: Flag = False
    building_code: str = Field("", max_length=32)
    area_code: AreaCode = ""
    lng: BodyLongitude | None = Field(None, description="degrees, in `datum`")
    lat: BodyLatitude | None = None
    datum: Datum = Datum.WGS84
    address: Address = ""
    found_at: Moment | None = None
    occurred_from: Moment | None = None
    occurred_to: Moment | None = None
    reporter: ReporterIn | None = None

    @model_validator(mode="after")
    def point_is_whole(self) -> Self:
        if (self.lng is None) != (self.lat is None):
            raise ValueError("经度和纬度须同时给出")
        return self

    def content(self) -> bytes:
        """Return what was said, canonically: the same bytes ⇔ the same report.

        Without what was left out: a field that a later version adds changes no old report.
        """
        return self.model_dump_json(exclude_defaults=True).encode()


class PhotoReportIn(ReportIn):
    """A report with photos that were uploaded before."""

    photos: Photos = []


class ReportLine(ReportIn):
    """One line of many: a report with its own key."""

    key: str = Field(min_length=1, max_length=MAX_KEY, description="as `Idempotency-Key`")

    def content(self) -> bytes:
        """Return what was said without the key, so that a report is the same sent alone or among others."""
        return self.model_dump_json(exclude_defaults=True, exclude={"key"}).encode()


class LineOut(Schema):
    """What became of one line. status: 201 filed, 200 had been filed before, 4xx refused."""

    line: int = Field(description="from 1")
    status: int
    key: str = ""
    number: str = ""
    reported_at: datetime | None = None
    receipt: str = ""
    code: str = Field("", description="stable name of the reason of a refusal")
    detail: str = ""


class ReportedOut(Schema):
    number: str
    state: State
    reported_at: datetime
    receipt: str = Field(description="shown in the `Receipt` header it opens this case without an account")
