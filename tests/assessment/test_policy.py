from collections.abc import Callable
from fractions import Fraction

import pytest

from huying.assessment.policy import (
    Counts,
    Named,
    Statistics,
    closing_rate,
    dispatch_accuracy,
    filing_rate,
    handling_rate,
    percent,
    rate,
    rework_rate,
    suspension_rate,
    timely_closing_rate,
    timely_filing_rate,
)

Rate = Callable[..., Fraction | None]


@pytest.mark.parametrize(
    ("formula", "numbers", "published"),
    [
        # Tianmen, December 2016
        (closing_rate, (911, 972), "93.72%"),
        (timely_closing_rate, (737, 972), "75.82%"),
        (closing_rate, (902, 956), "94.35%"),  # events
        (closing_rate, (9, 16), "56.25%"),  # parts
        # Binzhou hotline: calls answered
        (handling_rate, (16_365, 16_567), "98.78%"),
        # 1,062 of 1,062 handled (requirement C08)
        (handling_rate, (1062, 1062), "100.00%"),
        # Jinhua: 10 suspended count on neither side
        (closing_rate, (90, 100, 10), "88.89%"),
        (timely_closing_rate, (63, 100, 10), "70.00%"),
        (filing_rate, (1, 3), "33.33%"),
        (timely_filing_rate, (2, 3), "66.67%"),
        (dispatch_accuracy, (1, 8), "12.50%"),
        (rework_rate, (1, 16), "6.25%"),
        (suspension_rate, (1, 32), "3.13%"),  # 3.125: half up
        (closing_rate, (0, 5), "0.00%"),
        (closing_rate, (0, 0), "—"),  # nothing to close is neither 0 nor 100 %
        (closing_rate, (3, 3, 3), "—"),  # all suspended
    ],
)
def test_rates_as_published(formula: Rate, numbers: tuple[int, ...], published: str) -> None:
    assert percent(formula(*numbers)) == published


def test_tianmen_sub_totals_add_up() -> None:
    assert (956 + 16, 902 + 9, 971 + 25) == (972, 911, 996)


def test_rates_are_exact() -> None:
    assert rate(1, 3) == Fraction(1, 3)


@pytest.mark.parametrize("numbers", [(2, 1), (-1, 1), (1, 0)])
def test_a_part_larger_than_the_whole_is_our_mistake(numbers: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="is no part of"):
        rate(*numbers)


def test_counts_must_add_up() -> None:
    counts = Counts(reported=10, closed=8, in_time=5, overdue=1, unknown=2)
    assert (counts.closing_rate, counts.in_time_rate) == (Fraction(8, 10), Fraction(5, 6))
    assert (Counts().closing_rate, Counts().in_time_rate) == (None, None)
    for wrong in ({"reported": 1, "closed": 1}, {"closed": 1, "in_time": 1}):
        with pytest.raises(ValueError, match="do not add up"):
            Counts(**wrong)


def test_the_published_form() -> None:
    one = Counts(1, 1, 1, 0, 0)
    numbers = {"reported": 1, "closed": 1, "in_time": 1, "overdue": 0, "unknown": 0}
    assert Statistics(one, (Named("甲街道", one),), (Named("垃圾", one),)).as_dict() == {
        "total": numbers,
        "streets": [{"name": "甲街道", **numbers}],
        "types": [{"name": "垃圾", **numbers}],
    }
