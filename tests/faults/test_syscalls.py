"""F5: death at every system call. F6: an error at every system call. Photo writer, sequencer, courier."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from tests.messages.provider import Provider

from .clients import filed
from .oracle import judge
from .street import Street, until
from .tally import Tally
from .watching import Deeds, doing, points

pytestmark = pytest.mark.fault

ERRORS = {"openat": "EMFILE", "write": "ENOSPC", "fsync": "EIO", "rename": "EIO", "mkdir": "ENOSPC"}
_PHOTOS = "SELECT count(*) FROM cases_evidence"


@pytest.fixture
def deeds(street: Street) -> Iterator[Deeds]:
    """A street with one case, and the process that does deeds to it."""
    street.start_web()
    filed(street, 1)
    street.stop(street.web)
    with doing(street, HUYING_MESSAGES_ALLOW_PRIVATE="1") as deeds:
        yield deeds


def case(street: Street) -> str:
    return str(street.one("SELECT number FROM cases_case ORDER BY id LIMIT 1"))


def spoil_photos(deeds: Deeds, deed: str, how: str, calls: dict[str, str] | None = None) -> int:
    """Spoil the deed at every call, then do it again unspoiled; return how many photos there must be."""
    number = case(deeds.street)
    trace = deeds.listed(deed, number, 0)
    spots = [each for each in points(trace) if calls is None or each[0] in calls]
    for colour, (call, nth) in enumerate(spots, start=1):
        failure = how.format(error=(calls or {}).get(call, ""))
        deeds.spoiled(deed, number, colour, call=call, nth=nth, how=failure)
        assert deeds.do("photo", number, colour) == 0
    return len(spots) + 1


def test_a_photo_is_whole_or_absent_wherever_its_writer_dies(
    street: Street, tally: Tally, deeds: Deeds
) -> None:
    photos = spoil_photos(deeds, "photo", "signal=KILL")
    found = judge(street)
    stored = int(str(street.one(_PHOTOS)))
    assert photos > 15  # as many places to die were tried
    doubled = found.doubled + max(stored - photos, 0)
    tally.kept("F5", replace(found, acknowledged=photos, lost=max(photos - stored, 0), doubled=doubled))


def test_the_order_of_the_writer_survives_a_power_cut(street: Street, deeds: Deeds) -> None:
    """Death leaves what was written in the kernel; only the order of calls tells what a power cut leaves."""
    calls = deeds.listed("photo", case(street), 1)
    after = calls[calls.index("write") :]
    assert after[:3] == ["write", "fsync", "rename"]
    assert "fsync" in after[3 : after.index("sendto", 3)]  # of the folder, before the row is committed


def test_control_a_photo_written_in_place_is_found_broken(street: Street, tally: Tally, deeds: Deeds) -> None:
    spoil_photos(deeds, "photo_in_place", "signal=KILL")
    broken = street.invariants()
    tally.control("F5", failed=any("哈希" in each for each in broken), seen=broken)


def test_an_error_of_the_disk_is_told_and_leaves_no_half_photo(
    street: Street, tally: Tally, deeds: Deeds
) -> None:
    number = case(street)
    trace = deeds.listed("photo", number, 0)
    spots = [each for each in points(trace) if each[0] in ERRORS]
    for colour, (call, nth) in enumerate(spots, start=1):
        stored = street.one(_PHOTOS)
        how = f"error={ERRORS[call]}"
        if deeds.spoiled("photo", number, colour, call=call, nth=nth, how=how):
            assert street.one(_PHOTOS) == stored  # told, and nothing of it is there
        assert deeds.do("photo", number, colour) == 0
    found = judge(street)
    stored = int(str(street.one(_PHOTOS)))
    tally.kept("F6", replace(found, acknowledged=len(spots) + 1, lost=len(spots) + 1 - stored))


def test_control_who_swallows_the_error_keeps_a_row_without_a_photo(
    street: Street, tally: Tally, deeds: Deeds
) -> None:
    number = case(street)
    for colour, (call, error) in enumerate({"fsync": "EIO", "rename": "EIO"}.items(), start=1):
        deeds.spoiled("photo_whatever", number, colour, call=call, nth=1, how=f"error={error}")
    broken = street.invariants()
    tally.control("F6", failed=any("缺失" in each for each in broken), seen=broken)


def test_the_log_is_whole_wherever_the_sequencer_dies(street: Street, tally: Tally, deeds: Deeds) -> None:
    assert deeds.do("entries", 3) == 0
    spots = points(deeds.listed("sequence"))
    for call, nth in spots:
        assert deeds.do("entries", 3) == 0
        deeds.spoiled("sequence", call=call, nth=nth, how="signal=KILL")
        assert deeds.do("sequence") == 0, street.said()[-500:]
        assert deeds.do("verify") == 0, (call, nth, street.said()[-500:])
    assert len(spots) > 15
    tally.kept("F5", judge(street))


def test_the_log_is_whole_whatever_error_the_sequencer_meets(
    street: Street, tally: Tally, deeds: Deeds
) -> None:
    assert deeds.do("entries", 3) == 0
    spots = [each for each in points(deeds.listed("sequence")) if each[0] in ERRORS]
    for call, nth in spots:
        assert deeds.do("entries", 3) == 0
        deeds.spoiled("sequence", call=call, nth=nth, how=f"error={ERRORS[call]}")
        assert deeds.do("sequence") == 0, street.said()[-500:]
        assert deeds.do("verify") == 0, (call, nth, street.said()[-500:])
    tally.kept("F6", judge(street))


def test_a_message_takes_effect_once_wherever_its_courier_dies(
    street: Street, tally: Tally, deeds: Deeds
) -> None:
    with Provider() as provider:
        added = street.huying(
            "outlet", "add", "指挥室", "--kind", "sms", "--address", provider.url("sms"),
            "--to", "13800000000", "--topic", "deadline_due", HUYING_MESSAGES_ALLOW_PRIVATE="1",
        )  # fmt: skip
        assert added.returncode == 0, added
        assert deeds.do("message", 1) == 0
        spots = points(deeds.listed("deliver"))
        for call, nth in spots:
            assert deeds.do("message", 1) == 0
            deeds.spoiled("deliver", call=call, nth=nth, how="signal=KILL")
            street.fetch("UPDATE outbox_message SET claimed_at = claimed_at - interval '2 minutes'")
            until(lambda: deliver(street, deeds))
        found = judge(street)
        messages = int(str(street.one("SELECT count(*) FROM outbox_message")))
        assert messages == len(spots) + 1 > 10
        tally.kept("F5", replace(found, acknowledged=messages, lost=messages - len(provider.effects)))


def deliver(street: Street, deeds: Deeds) -> bool:
    """Deliver all that is due now, whatever the pace; return whether nothing is left."""
    street.fetch("UPDATE outbox_pace SET tokens = 5, blocked_until = NULL")
    street.fetch("UPDATE outbox_message SET next_attempt_at = clock_timestamp() WHERE state = 'pending'")
    assert deeds.do("deliver") == 0
    return street.one("SELECT count(*) FROM outbox_message WHERE state <> 'delivered'") == 0
