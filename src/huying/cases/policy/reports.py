"""A report as it arrives, a case as history knows it, and what identifies them."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

import orjson

from huying.cases.policy.claims import FAST, Claim
from huying.cases.states import Channel, Satisfaction, State
from huying.shared.errors import Incomplete
from huying.shared.ids import CategoryId, UnitId
from huying.shared.sentences import Sentence

MAX_TEXT = 4_000  # characters
MAX_KEY = 200  # characters


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who reported, kept apart from the case and shown masked."""

    name: str = ""
    phone: str = ""
    confidential: bool = False  # shown to nobody without a reason


@dataclass(frozen=True, slots=True)
class Place:
    """Where it is, as far as it is known."""

    area_code: str  # the deepest area that is certain
    certain: bool = True  # False: a person must look
    text: str = ""
    lng: float | None = None  # WGS-84, degrees
    lat: float | None = None
    estate_id: int | None = None
    building_id: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One report, already located. (source, key) identifies it for ever."""

    source: str
    key: str
    text: str
    place: Place
    channel: Channel
    fingerprint: bytes  # SHA-256 of what the sender sent
    category_id: CategoryId | None = None
    urgent: bool = False
    found_at: datetime | None = None
    occurred_from: datetime | None = None  # B13: when it happens, not when it was reported
    occurred_to: datetime | None = None
    reporter: Reporter | None = None
    claim: Claim | None = None  # when a device that was offline says it was found


@dataclass(frozen=True, slots=True)
class HistoryRecord:
    """A case that ran its course elsewhere, with its true outcome."""

    source: str
    key: str
    fingerprint: bytes
    text: str
    area_code: str
    reported_at: datetime
    state: State
    category_id: CategoryId | None = None
    unit_id: UnitId | None = None  # who handled it
    due_at: datetime | None = None
    closed_at: datetime | None = None
    in_time: bool | None = None  # None: not known
    lng: float | None = None
    lat: float | None = None
    channel: Channel = Channel.HISTORY
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Arrival:
    """Proof of being on the spot."""

    lng: float | None = None
    lat: float | None = None
    reason: str = ""  # why the check-in is outside of the radius
    photo: str = ""  # SHA-256 of the evidence, hex
    claim: Claim | None = None  # when a device that was offline says it was


@dataclass(frozen=True, slots=True)
class Call:
    """One unit to be called."""

    unit_id: UnitId
    lead: bool = True
    final: bool = False  # designated after a dispute: cannot be returned


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the resident says of the result."""

    satisfaction: Satisfaction
    solved: bool
    text: str = ""
    called_back: bool = False  # asked by phone, not given by the resident's own hand


def fingerprint(body: object) -> bytes:
    """Return SHA-256 of the canonical JSON of a request body: same bytes ⇔ same request."""
    return hashlib.sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS, default=str)).digest()


def check_report(report: Report) -> None:
    """Raise Incomplete naming the first thing a report lacks."""
    if not report.text.strip():
        raise Incomplete(reason="请写明发生了什么")
    if len(report.text) > MAX_TEXT:
        raise Incomplete(reason=Sentence("描述不能超过{max_text}字", max_text=MAX_TEXT))
    if not report.key or len(report.key) > MAX_KEY:
        raise Incomplete(reason=Sentence("幂等键须为1至{max_key}个字符", max_key=MAX_KEY))
    if "\x00" in report.text + report.key + report.place.text:
        raise Incomplete(reason="文字中含有无效字符")
    window = (report.occurred_from, report.occurred_to)
    if window[0] and window[1] and window[0] > window[1]:
        raise Incomplete(reason="发生时段的开始晚于结束")


def check_found(found_at: datetime | None, now: datetime) -> None:
    """Raise Incomplete when something was found after now; clocks of devices may go a little fast."""
    if found_at is not None and found_at > now + FAST:
        raise Incomplete(reason="发现时间晚于现在")


def check_calls(calls: Iterable[Call], *, lead_present: bool) -> None:
    """Raise Incomplete unless exactly one unit leads and none is named twice."""
    units = [call.unit_id for call in calls]
    leads = sum(call.lead for call in calls) + lead_present
    if not units:
        raise Incomplete(reason="至少指派一个单位")
    if len(set(units)) < len(units):
        raise Incomplete(reason="同一单位被指派两次")
    if leads != 1:
        raise Incomplete(reason="每个事件须有且只有一个主办单位")


def case_number(street_code: str, day: date, serial: int) -> str:
    """Return the readable number: "HY-330109001-20261121-00042"."""
    return f"HY-{street_code}-{day:%Y%m%d}-{serial:05d}"


def masked_name(name: str) -> str:
    """Return "林女士" as "林**": the first character stays."""
    return name[:1] + "*" * min(len(name) - 1, 2) if name else ""


def masked_phone(phone: str) -> str:
    """Return "13812345678" as "138****5678"; a short number is hidden whole."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 11 else "*" * len(phone)
