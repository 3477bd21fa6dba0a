"""A profile: how the case file of one city is to be read. Format: docs/profiles.md."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from huying.cases.states import Channel, State
from huying.catalogue.states import Kind
from huying.intake.policy.settings import Settings
from huying.org.states import UnitKind
from huying.places.states import AreaLevel, Datum
from huying.shared.errors import Incomplete

MAX_SOURCE = 40  # characters; scheme and source of a case hold no more
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class AreaRule:
    """One level of the area tree: either fixed (name and code given) or read from columns.

    digits: how many digits of the code column follow the parent's code; without a code column a serial is
    given out.
    """

    level: AreaLevel
    name: str = ""
    code: str = ""
    name_column: str = ""
    code_column: str = ""
    digits: int = 0


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """One level of the category tree, the main category first."""

    name_column: str
    code_column: str = ""


@dataclass(frozen=True, slots=True)
class FlagRule:
    """True when the column holds one of the values."""

    column: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """How a closed case shows whether it was in time.

    With flags: the one that is set tells, none = not known. Without: closed ≤ due; one missing = not known.
    """

    in_time: FlagRule | None = None
    overdue: FlagRule | None = None


@dataclass(frozen=True, slots=True)
class PointRule:
    lng_column: str = ""  # "" = the file has no coordinates
    lat_column: str = ""
    datum: Datum = Datum.WGS84
    bounds: tuple[float, ...] = (-180, -90, 180, 90)  # west, south, east, north; degrees
    whole_degrees: bool = False  # True: a whole degree is a real place and no rounded one


@dataclass(frozen=True, slots=True)
class Profile:
    name: str
    source: str  # with the key it identifies a case for ever
    encodings: tuple[str, ...]
    delimiter: str
    missing: frozenset[str]  # what stands where nothing is known
    key: str
    text: str  # template over columns: "{SRType}, {Address}"
    zone: ZoneInfo
    formats: tuple[str, ...]  # of strptime
    reported: str
    due: str
    closed: str
    areas: tuple[AreaRule, ...]
    unit: str
    unit_number: str  # column of the unit's own number; "" = units are told apart by name
    unit_kind: UnitKind
    unit_kinds: Mapping[str, UnitKind]  # part of a unit's name → its kind; the first that fits
    scheme: str
    kind: Kind
    categories: tuple[CategoryRule, ...]
    channel_column: str
    channels: Mapping[str, Channel]
    channel: Channel  # for words outside of `channels`
    state_column: str
    states: Mapping[str, State]
    state: State | None  # for words outside of `states`; None = such a row is broken
    outcome: OutcomeRule
    point: PointRule
    noted: Mapping[str, FlagRule]  # what the summary counts besides

    @property
    def root(self) -> AreaRule:
        """The deepest fixed area: where a case belongs whose own area is missing."""
        return [rule for rule in self.areas if rule.code][-1]

    def columns(self) -> frozenset[str]:
        """Return every column the file must have."""
        flags = [self.outcome.in_time, self.outcome.overdue, *self.noted.values()]
        return frozenset(
            {
                self.key,
                self.reported,
                self.due,
                self.closed,
                self.unit,
                self.unit_number,
                self.channel_column,
                self.state_column,
            }
            | {self.point.lng_column, self.point.lat_column}
            | {flag.column for flag in flags if flag}
            | {name for rule in self.categories for name in (rule.name_column, rule.code_column)}
            | {name for rule in self.areas for name in (rule.name_column, rule.code_column)}
            | placeholders(self.text)
        ) - {""}


def parse_profile(data: Mapping[str, object]) -> Profile:
    """Read a profile from its TOML tables.

    Raises Incomplete with the name of the first setting that is missing, misspelt or of the wrong kind.
    """
    top = Settings(data)
    case, time, unit = top.table("case"), top.table("time"), top.table("unit")
    category, channel, state = top.table("category"), top.table("channel"), top.table("state")
    noted = top.table("noted")
    profile = Profile(
        name=top.text("name"),
        source=top.text("source"),
        encodings=top.texts("encodings", ["utf-8-sig"]),
        delimiter=top.text("delimiter", ","),
        missing=frozenset(top.texts("missing", [""])) | {""},
        key=case.text("key"),
        text=case.text("text"),
        zone=_zone(time),
        formats=time.texts("formats"),
        reported=time.text("reported"),
        due=time.text("due", ""),
        closed=time.text("closed", ""),
        areas=tuple(_area(each) for each in top.tables("areas")),
        unit=unit.text("column", ""),
        unit_number=unit.text("number", ""),
        unit_kind=unit.word("kind", UnitKind, UnitKind.DEPARTMENT),
        unit_kinds=unit.words("kinds", UnitKind),
        scheme=category.text("scheme"),
        kind=category.word("kind", Kind, Kind.EVENT),
        categories=tuple(
            CategoryRule(level.text("name"), level.text("code", "")) for level in category.tables("levels")
        ),
        channel_column=channel.text("column", ""),
        channels=channel.words("words", Channel),
        channel=channel.word("default", Channel, Channel.HISTORY),
        state_column=state.text("column", ""),
        states=state.words("words", State),
        state=state.as_word("default", state.text("default"), State) if "default" in state else None,
        outcome=_outcome(top.table("outcome")),
        point=_point(top.table("point")),
        noted={name: _flag(noted.table(name)) for name in noted.data},
    )
    top.check_known()
    _check(profile)
    return profile


def placeholders(template: str) -> set[str]:
    """Return the columns a template names."""
    return set(PLACEHOLDER.findall(template))


def _area(settings: Settings) -> AreaRule:
    return AreaRule(
        level=settings.as_word("level", settings.text("level"), AreaLevel),
        name=settings.text("name", ""),
        code=settings.text("code", ""),
        name_column=settings.text("name_column", ""),
        code_column=settings.text("code_column", ""),
        digits=settings.whole("digits", 0),
    )


def _outcome(settings: Settings) -> OutcomeRule:
    if "in_time" not in settings and "overdue" not in settings:
        return OutcomeRule()
    return OutcomeRule(_flag(settings.table("in_time")), _flag(settings.table("overdue")))


def _flag(settings: Settings) -> FlagRule:
    return FlagRule(settings.text("column"), settings.texts("values"))


def _point(settings: Settings) -> PointRule:
    return PointRule(
        lng_column=settings.text("lng", ""),
        lat_column=settings.text("lat", ""),
        datum=settings.word("datum", Datum, Datum.WGS84),
        bounds=settings.numbers("bounds", (-180, -90, 180, 90)),
        whole_degrees=settings.flag("whole_degrees"),
    )


def _zone(settings: Settings) -> ZoneInfo:
    name = settings.text("zone")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise settings.wrong("zone", f"没有时区“{name}”") from None


def _check(profile: Profile) -> None:
    """Raise Incomplete for what single settings cannot show."""
    for wrong, reason in _CHECKS:
        if wrong(profile):
            raise Incomplete(reason=reason)


def _fixed_areas_come_late(profile: Profile) -> bool:
    fixed = [bool(rule.code) for rule in profile.areas]
    return not any(fixed[:1]) or fixed != sorted(fixed, reverse=True)


_CHECKS: tuple[tuple[Callable[[Profile], bool], str], ...] = (
    (_fixed_areas_come_late, "配置“areas”须以固定的上级区域（name与code）开头，其后才是按列读取的区域"),
    (
        lambda profile: any(not (rule.name if rule.code else rule.name_column) for rule in profile.areas),
        "配置“areas”每一级须有name与code，或name_column",
    ),
    (
        lambda profile: any(rule.code_column and not rule.digits for rule in profile.areas),
        "配置“areas”用code_column时须写明digits",
    ),
    (lambda profile: not profile.categories, "配置“category.levels”至少一级"),
    (
        lambda profile: not profile.state_column and profile.state is None,
        "配置“state”须有column与words，或default",
    ),
    (
        lambda profile: bool(profile.point.lng_column) != bool(profile.point.lat_column),
        "配置“point”的lng与lat须成对",
    ),
    (lambda profile: len(profile.delimiter) != 1, "配置“delimiter”应是一个字符"),
    (lambda profile: len(profile.source) > MAX_SOURCE, f"配置“source”不得超过{MAX_SOURCE}字"),
    (lambda profile: len(profile.scheme) > MAX_SOURCE, f"配置“category.scheme”不得超过{MAX_SOURCE}字"),
)
