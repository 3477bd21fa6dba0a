"""When something was done, as a phone says it: its clock may be wrong, ours decides."""

from datetime import datetime, timedelta

import pytest

from huying.cases.policy.claims import Claim, claim, told
from huying.shared.errors import Incomplete

from .conftest import NOW

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize(
    ("claimed", "device_now", "at"),
    [
        # eight days without a network, a clock that is right
        (NOW - 8 * DAY, NOW, NOW - 8 * DAY),
        # a clock a minute slow is left alone
        (NOW - HOUR, NOW - MINUTE, NOW - HOUR),
        # a clock two days ahead: both moments are put right
        (NOW + DAY, NOW + 2 * DAY, NOW - DAY),
        # a clock ten years behind
        (NOW - 3650 * DAY, NOW - 3649 * DAY, NOW - DAY),
        # a little ahead: it was now
        (NOW + MINUTE, NOW, NOW),
        # a device that does not tell its clock
        (NOW - DAY, None, NOW - DAY),
        # on the edge of what may be told
        (NOW - 30 * DAY, NOW, NOW - 30 * DAY),
    ],
)
def test_the_clock_of_the_device_is_judged_by_ours(
    claimed: datetime, device_now: datetime | None, at: datetime
) -> None:
    assert claim(claimed, device_now, NOW) == Claim(at, claimed)


@pytest.mark.parametrize(
    ("claimed", "device_now", "sentence"),
    [
        # it would lie in the future by the device's own clock
        (NOW + HOUR, NOW, "发现时间晚于现在。"),
        (NOW + HOUR, None, "发现时间晚于现在。"),
        # longer ago than any phone keeps a command
        (NOW - 30 * DAY - MINUTE, NOW, "发生时间早于30天前，请核对。"),
        # the clock stood at 1970 then and was put right since
        (datetime.fromisoformat("1970-01-02T00:00:00Z"), NOW, "发生时间早于30天前，请核对。"),
    ],
)
def test_what_cannot_have_been_is_refused(
    claimed: datetime, device_now: datetime | None, sentence: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        claim(claimed, device_now, NOW)
    assert str(refused.value) == sentence


def test_the_claim_is_told_beside_what_we_make_of_it() -> None:
    assert told(None) == {}
    assert told(Claim(NOW, NOW)) == {"happened_at": NOW.isoformat()}
    assert told(Claim(NOW, NOW + HOUR)) == {
        "happened_at": NOW.isoformat(),
        "claimed_at": (NOW + HOUR).isoformat(),
    }
