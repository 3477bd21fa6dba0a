"""What headers of a request may say."""

from datetime import UTC, datetime

import pytest
from django.test import RequestFactory

from huying.org.requests import device_time
from huying.shared.errors import Incomplete, Malformed, Refused


def test_a_device_tells_its_clock_or_is_silent() -> None:
    at = RequestFactory().get("/", headers={"Device-Time": "2026-11-21T10:00:00.000Z"})
    assert device_time(at) == datetime(2026, 11, 21, 10, tzinfo=UTC)
    assert device_time(RequestFactory().get("/")) is None


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ("gestern", Malformed),
        ("2026-11-21T10:00:00", Malformed),  # in no zone
        ("2026-02-30T10:00:00Z", Incomplete),  # in no calendar
    ],
)
def test_a_time_that_is_none_is_refused_in_words(said: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal, match="Device-Time"):
        device_time(RequestFactory().get("/", headers={"Device-Time": said}))
