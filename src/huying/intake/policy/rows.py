"""One row of a case file: what it says under a profile, or why it cannot be taken."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from huying.cases.states import Channel, State
from huying.catalogue.policy import Node
from huying.intake.policy.profiles import PLACEHOLDER, FlagRule, Profile
from huying.places.policy.coordinates import convert
from huying.places.states import AreaLevel, Datum
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

Cells = Mapping[str, str]

# Longest names the tables of places, org, catalogue and cases hold.
MAX_AREA, MAX_UNIT, MAX_CATEGORY, MAX_KEY = 100, 128, 200, 200
YEARS = range(1900, 2200)  # a year outside is a slip of the pen


@dataclass(frozen=True, slots=True)
class Broken:
    """A row that could not be taken, and why."""

    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step down the area tree. code: the digits that follow the parent's code, "" = a serial is given."""

    level: AreaLevel
    name: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A case as the file tells it."""

    key: str
    fingerprint: bytes  # SHA-256 of the whole row
    text: str
    areas: tuple[Step, ...]  # below the profile's root; ends where the file knows no more
    unit: str  # name of who handled it; "" = not known
    unit_number: str  # the file's number of the unit; "" = told apart by name
    category: tuple[Node, ...]
    channel: Channel
    state: State
    reported_at: datetime  # UTC, as the two below
    due_at: datetime | None
    closed_at: datetime | None
    in_time: bool | None  # None: not known
    point: tuple[float, float] | None  # lng, lat; WGS-84, degrees
    notes: tuple[str, ...]  # what is counted in the summary


def read_row(profile: Profile, cells: Cells) -> Row:
    """Read one row; blanks around a cell do not count. Raises Incomplete with the reason it is broken."""
    known = {name: value.strip() for name, value in cells.items()}
    known = {name: "" if value in profile.missing else value for name, value in known.items()}
    if any("\x00" in value for value in known.values()):
        raise Incomplete(reason="含有空字符（NUL）")
    state = _state(profile, known)
    due, closed = _moment(profile, known, profile.due), _moment(profile, known, profile.closed)
    point, unusable = _point(profile, known)
    notes = [name for name, rule in profile.noted.items() if _is_set(rule, known)]
    return Row(
        key=_required(known, profile.key, MAX_KEY),
        fingerprint=_fingerprint(cells),
        text=PLACEHOLDER.sub(lambda found: known[found[1]], profile.text).strip(),
        areas=_areas(profile, known),
        unit=_short(known, profile.unit, MAX_UNIT),
        unit_number=_short(known, profile.unit_number, MAX_UNIT),
        category=_category(profile, known),
        channel=profile.channels.get(known.get(profile.channel_column, ""), profile.channel),
        state=state,
        reported_at=_reported(profile, known),
        due_at=due,
        closed_at=closed,
        in_time=_in_time(profile, known, due, closed) if state is State.CLOSED else None,
        point=point,
        notes=(*notes, unusable) if unusable else tuple(notes),
    )


def _fingerprint(cells: Cells) -> bytes:
    return hashlib.sha256(json.dumps(cells, sort_keys=True, ensure_ascii=False).encode()).digest()


def _short(known: Cells, column: str, longest: int) -> str:
    value = known.get(column, "")
    if len(value) > longest:
        raise Incomplete(reason=Sentence("{column}超过{longest}字", column=column, longest=longest))
    return value


def _required(known: Cells, column: str, longest: int) -> str:
    value = _short(known, column, longest)
    if not value:
        raise Incomplete(reason=Sentence("缺少{column}", column=column))
    return value


def _areas(profile: Profile, known: Cells) -> tuple[Step, ...]:
    steps = []
    for rule in profile.areas:
        if rule.code:
            continue
        name = _short(known, rule.name_column, MAX_AREA)
        if not name:
            break
        steps.append(Step(rule.level, name, _digits(known, rule.code_column, rule.digits)))
    return tuple(steps)


def _digits(known: Cells, column: str, digits: int) -> str:
    """Return the last `digits` digits of a code, filled up with zeros: "10018" → "018" for 3."""
    if not column:
        return ""
    code = known[column]
    if not code.isascii() or not code.isdigit():
        raise Incomplete(reason=Sentence("{column}“{code}”不是数字编码", column=column, code=code))
    return code.zfill(digits)[-digits:]


def _category(profile: Profile, known: Cells) -> tuple[Node, ...]:
    """Return the path down to the deepest level the row names; the main category must be there."""
    _required(known, profile.categories[0].name_column, MAX_CATEGORY)
    nodes = []
    for rule in profile.categories:
        name = _short(known, rule.name_column, MAX_CATEGORY)
        if not name:
            break
        nodes.append(Node(name, known.get(rule.code_column, "")))
    return tuple(nodes)


def _state(profile: Profile, known: Cells) -> State:
    word = known.get(profile.state_column, "")
    state = profile.states.get(word, profile.state)
    if state is None:
        raise Incomplete(
            reason=Sentence(
                "{state_column}“{word}”没有对应的状态", state_column=profile.state_column, word=word
            )
        )
    return state


def _reported(profile: Profile, known: Cells) -> datetime:
    _required(known, profile.reported, MAX_KEY)
    moment = _moment(profile, known, profile.reported)
    if moment is None:
        raise Incomplete(reason=Sentence("缺少{reported}", reported=profile.reported))
    return moment


def _moment(profile: Profile, known: Cells, column: str) -> datetime | None:
    """Read a local time. The hour that a change of clocks repeats counts as its first passage."""
    text = known.get(column, "")
    if not text:
        return None
    for each in profile.formats:
        try:
            local = datetime.strptime(text, each)  # noqa: DTZ007 - the zone follows, where the text has none
        except ValueError:
            continue
        if local.year not in YEARS:
            break
        return (local if local.tzinfo else local.replace(tzinfo=profile.zone)).astimezone(UTC)
    raise Incomplete(reason=Sentence("{column}“{text}”不是有效时间", column=column, text=text))


def _is_set(rule: FlagRule, known: Cells) -> bool:
    return known[rule.column] in rule.values


def _in_time(profile: Profile, known: Cells, due: datetime | None, closed: datetime | None) -> bool | None:
    rule = profile.outcome
    if rule.in_time is None or rule.overdue is None:
        return closed <= due if due and closed else None
    kept, missed = _is_set(rule.in_time, known), _is_set(rule.overdue, known)
    if kept and missed:
        raise Incomplete(
            reason=Sentence(
                "{column}与{column_2}互相矛盾", column=rule.in_time.column, column_2=rule.overdue.column
            )
        )
    return kept if kept or missed else None


def _point(profile: Profile, known: Cells) -> tuple[tuple[float, float] | None, str]:
    """Return the point in WGS-84, or None with the reason why there is none.

    A row is not broken by its coordinates: the case exists, only its point is not known.
    """
    rule = profile.point
    if not rule.lng_column:
        return None, ""
    texts = known[rule.lng_column], known[rule.lat_column]
    if "" in texts:
        return None, "无坐标"
    try:
        lng, lat = map(float, texts)
    except ValueError:
        return None, "坐标不是数"
    if not rule.whole_degrees and (lng.is_integer() or lat.is_integer()):
        return None, "坐标只到整度"
    west, south, east, north = rule.bounds
    if not (west <= lng <= east and south <= lat <= north):
        return None, "坐标不在范围内"
    return convert((lng, lat), rule.datum, Datum.WGS84), ""
