"""What a value that comes in may be, so that whatever passes can be stored and reckoned with.

Bodies are strict ("3" is no number, 1 no yes), because JSON can say what it means; addresses cannot.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field, WithJsonSchema

BIGGEST = 2**63 - 1  # PostgreSQL's bigint
EARLIEST, LATEST = datetime(1970, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2199, 12, 31)
MOMENT = (  # RFC 3339 §5.6; the years are those of EARLIEST and LATEST, a day of margin for the zones
    r"^(19[7-9]\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
    r"T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,6})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$"
)
DAY = r"^(19\d\d|20\d\d|21\d\d)-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$"


def _written(pattern: str) -> BeforeValidator:
    """Return a check that a moment or day is written out: pydantic would also take 0 or "1e9" for one.

    A zone that is missing is pydantic's to name.
    """
    shape = re.compile(pattern.replace(":[0-5]\\d)$", ":[0-5]\\d)?$"))

    def check(value: object) -> object:
        if isinstance(value, str) and not shape.match(value):
            raise ValueError("not written as RFC 3339 says")
        if not isinstance(value, str | date):
            raise ValueError("not a text")
        return value

    return BeforeValidator(check)


def _is_number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("not a number")
    return value


_number = BeforeValidator(_is_number)


def _within(moment: datetime) -> datetime:
    if not EARLIEST <= moment < LATEST:
        raise ValueError("out of range")
    return moment


# "2026-04-01T10:00:00+08:00"
Moment = Annotated[
    AwareDatetime,
    AfterValidator(_within),
    _written(MOMENT),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": MOMENT}),
]
# "2026-04-01"
Day = Annotated[date, _written(DAY), WithJsonSchema({"type": "string", "format": "date", "pattern": DAY})]
Id = Annotated[int, Field(ge=0, le=BIGGEST)]  # in an address; 0 is nobody's
BodyId = Annotated[int, Field(ge=0, le=BIGGEST), _number]  # 3.0 is 3, as JSON Schema has it
Amount = Annotated[int, Field(ge=1, le=1_000), _number]  # of days or hours
Flag = Annotated[bool, Field(strict=True)]
# In an address, degrees: what lies outside is refused by places, which knows swapped coordinates.
Longitude = Annotated[float, WithJsonSchema({"type": "number", "minimum": -180, "maximum": 180})]
Latitude = Annotated[float, WithJsonSchema({"type": "number", "minimum": -90, "maximum": 90})]
BodyLongitude = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, strict=True)]
BodyLatitude = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, strict=True)]
AreaCode = Annotated[str, Field(max_length=24)]
Address = Annotated[str, Field(max_length=300)]
Sought = Annotated[str, Field(max_length=100)]  # words to look for
Name = Annotated[str, Field(max_length=64)]  # of a source, a scheme
