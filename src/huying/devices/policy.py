"""What a device must say of itself, and when it counts as online. Pure."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from huying.devices.states import GRANTS, READERS, Condition, Kind, Verb
from huying.org.policy import SYSTEM, Actor
from huying.shared.errors import Incomplete, NotPermitted, NotSignedIn
from huying.shared.sentences import Sentence

MISSED_BEATS = 3  # so many in a row and a device counts as offline
STREAMS = frozenset(
    {"http", "https", "rtsp", "rtsps", "rtmp"}
)  # a link opens a player; nothing is fetched here
MOST_CLASSES, LONGEST_CLASS = 20, 40
_CODE = re.compile(r"[0-9A-Za-z._:-]{1,64}")  # GB/T 28181 codes have 20 digits


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """A device as an import brings it.

    heading: degrees from north it looks at, None = all round or not known. stream: address of its video, ""
    = none. beat_seconds: how often it reports; None = the platform says when it goes and comes.
    """

    code: str
    kind: Kind
    name: str
    area_code: str
    lng: float
    lat: float
    place: str = ""
    heading: float | None = None
    ai_classes: tuple[str, ...] = field(default=())
    stream: str = ""
    beat_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class Beat:
    """What a device, or the platform it hangs on, says of it."""

    code: str
    condition: Condition = Condition.ONLINE


def check(row: DeviceRow) -> None:
    """Raise Incomplete for what is no device."""
    if not _CODE.fullmatch(row.code):
        raise Incomplete(reason=Sentence("设备编码“{code}”无效", code=row.code))
    if not row.name.strip():
        raise Incomplete(reason=Sentence("设备“{code}”缺少名称", code=row.code))
    if not (-180 <= row.lng <= 180 and -90 <= row.lat <= 90):
        raise Incomplete(reason=Sentence("设备“{code}”的坐标无效", code=row.code))
    if row.heading is not None and not 0 <= row.heading < 360:
        raise Incomplete(reason=Sentence("设备“{code}”的朝向应在0至360度之间", code=row.code))
    if row.stream and urlsplit(row.stream).scheme not in STREAMS:
        raise Incomplete(reason=Sentence("设备“{code}”的视频地址无效", code=row.code))
    if len(row.ai_classes) > MOST_CLASSES or any(len(each) > LONGEST_CLASS for each in row.ai_classes):
        raise Incomplete(reason=Sentence("设备“{code}”的识别类别过多或过长", code=row.code))


def condition(
    said: Condition, seen_at: datetime | None, beat_seconds: int | None, now: datetime
) -> Condition:
    """Return whether a device answers: as it was said, unless it should have been heard of since."""
    if said is Condition.OFFLINE or seen_at is None:
        return Condition.OFFLINE
    if beat_seconds is not None and now - seen_at > timedelta(seconds=MISSED_BEATS * beat_seconds):
        return Condition.OFFLINE
    return Condition.ONLINE


def may(actor: Actor, verb: Verb, area_code: str) -> bool:
    """Tell whether `actor` may do this to a device in an area."""
    return actor == SYSTEM or actor.may_act_in(GRANTS[verb], area_code)


def require(actor: Actor, verb: Verb, area_code: str) -> None:
    """Let `actor` change a device in an area. Raises NotPermitted."""
    if not may(actor, verb, area_code):
        raise NotPermitted(verb=verb.label)


def readable(actor: Actor) -> tuple[str, ...]:
    """Return the areas whose devices somebody may see; "" = all. Raises NotSignedIn, NotPermitted."""
    if not actor.is_signed_in:
        raise NotSignedIn
    areas = tuple(sorted({grant.area_prefix for grant in actor.grants if grant.role in READERS}))
    if not areas:
        raise NotPermitted(verb="查看设备")
    return areas
