"""Which reports look like one trouble."""

from datetime import UTC, datetime, timedelta

import pytest

from huying.dispatch.policy.twins import Side, likeness

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LAMP = Side("楼道灯不亮", 1, "路灯", NOW)


def side(text: str = LAMP.text, category_id: int | None = 1, hours: float = 0) -> Side:
    return Side(text, category_id, "路灯" if category_id else "", NOW + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("other", "away_m", "score"),
    [
        (side(), 0, 1.0),  # the same words at the same point at the same moment
        (side("栏杆断了"), 0, 0.55),  # nothing in common but category, point and moment
        (side("栏杆断了", hours=96), 200, None),  # and neither near nor recent
        (side(hours=7 * 24 + 1), 0, None),  # more than a week apart
        (side(), 301, None),  # too far away
        (side(category_id=2), 0, None),  # filed as something else
        (side(category_id=None), 0, 1.0),  # not filed yet: may be the same
        (side("栏杆断了", category_id=None), 0, None),  # not filed, and no word in common
        (side(), None, 0.755),  # one of them has no point
    ],
)
def test_how_alike_two_reports_are(other: Side, away_m: float | None, score: float | None) -> None:
    found = likeness(LAMP, other, away_m)
    assert (found.score if found else None) == score


def test_either_of_the_two_says_the_same() -> None:
    other = side("三楼灯不亮", hours=5)
    one, two = likeness(LAMP, other, 40), likeness(other, LAMP, 40)
    assert one is not None
    assert two is not None
    assert one.score == two.score


def test_the_reasons_say_where_when_and_which_words() -> None:
    found = likeness(LAMP, side("三楼的灯不亮了", hours=5), 40)
    assert found is not None
    assert found.reasons == ("相距40米", "先后5小时", "同为“路灯”", "文字相同处“灯不亮”")
