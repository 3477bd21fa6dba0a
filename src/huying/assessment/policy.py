"""What the indicators count, as exact fractions. Source: docs/rules/assessment.md."""

from dataclasses import asdict, dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Counts:
    """How many cases were reported, closed, and how the closed ones ended.

    in_time + overdue + unknown = closed; the rest is still open. unknown: nothing tells if it was in time.
    """

    reported: int = 0
    closed: int = 0
    in_time: int = 0
    overdue: int = 0
    unknown: int = 0

    def __post_init__(self) -> None:
        if self.in_time + self.overdue + self.unknown != self.closed or self.closed > self.reported:
            raise ValueError(f"counts do not add up: {self}")

    @property
    def closing_rate(self) -> Fraction | None:
        """Closed of all reported in the period; what should be closed is everything (simple formula)."""
        return closing_rate(self.closed, self.reported)

    @property
    def in_time_rate(self) -> Fraction | None:
        """In time of the closed whose outcome is known."""
        return rate(self.in_time, self.in_time + self.overdue)


@dataclass(frozen=True, slots=True)
class Named:
    """The counts of one street or one type."""

    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class Statistics:
    total: Counts
    streets: tuple[Named, ...]  # most reports first, as the types
    types: tuple[Named, ...]

    def as_dict(self) -> dict[str, object]:
        """Return the published form: {"total": {…}, "streets": [{"name", …}], "types": [{"name", …}]}."""
        return {
            "total": asdict(self.total),
            "streets": [{"name": each.name, **asdict(each.counts)} for each in self.streets],
            "types": [{"name": each.name, **asdict(each.counts)} for each in self.types],
        }


def rate(part: int, whole: int) -> Fraction | None:
    """Return part ÷ whole; None when there is nothing to measure, which is not the same as 0 or 100 %.

    Raises ValueError when the part is negative or more than the whole.
    """
    if not 0 <= part <= max(whole, 0):
        raise ValueError(f"{part} is no part of {whole}")
    return Fraction(part, whole) if whole else None


def filing_rate(filed: int, reported: int) -> Fraction | None:
    """立案率."""
    return rate(filed, reported)


def timely_filing_rate(filed_in_time: int, should_file: int) -> Fraction | None:
    """按时立案率."""
    return rate(filed_in_time, should_file)


def dispatch_accuracy(correct: int, dispatched: int) -> Fraction | None:
    """准确派遣率."""
    return rate(correct, dispatched)


def handling_rate(handled: int, should_handle: int) -> Fraction | None:
    """处置率; with those handled in time 按期处置率. The two are distinct (requirement C06)."""
    return rate(handled, should_handle)


def closing_rate(closed: int, should_close: int, suspended: int = 0) -> Fraction | None:
    """结案率. suspended: 缓办, taken off both sides (Jinhua); 0 = the simple formula (Tianmen)."""
    return rate(closed - suspended, should_close - suspended)


def timely_closing_rate(closed_in_time: int, should_close: int, suspended: int = 0) -> Fraction | None:
    """按期结案率. suspended: 缓办, taken off what should be closed (Jinhua)."""
    return rate(closed_in_time, should_close - suspended)


def rework_rate(reworked: int, handled: int) -> Fraction | None:
    """返工率: cases handled again after a failed check."""
    return rate(reworked, handled)


def suspension_rate(suspended: int, should_close: int) -> Fraction | None:
    """缓办率."""
    return rate(suspended, should_close)


def percent(value: Fraction | None) -> str:
    """Write a rate as people publish it: two decimals, half up. 911/972 → "93.72%"; None → "—"."""
    if value is None:
        return "—"
    hundredths = (value * 10_000 + Fraction(1, 2)).__floor__()
    return f"{hundredths // 100}.{hundredths % 100:02d}%"
