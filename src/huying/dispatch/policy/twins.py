"""Whether two reports tell the same trouble. Source: docs/rules/dispatch.md §8."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from huying.dispatch.policy.categorising import pairs_in
from huying.shared.sentences import Sentence
from huying.shared.sentences import to_translate as _

NEAR_M = 300.0  # metres
RECENT = timedelta(days=7)
WORDS, NEARNESS, TIME = 0.45, 0.35, 0.2  # what each sign is worth; together 1
LEAST = 0.45  # below, it is not worth a look
UNPLACED = 0.3  # nearness of two cases of one grid of which one has no point

AWAY = _("相距{metres}米")
SAME_GRID = _("同一网格")
APART = _("先后{hours}小时")
SAME_CATEGORY = _("同为“{name}”")
SAME_WORDS = _("文字相同处“{words}”")


@dataclass(frozen=True, slots=True)
class Side:
    """One of two reports; category_id: None while it is not filed."""

    text: str
    category_id: int | None
    category: str
    reported_at: datetime


@dataclass(frozen=True, slots=True)
class Likeness:
    """score: 0…1; reasons: what speaks for one trouble."""

    score: float
    reasons: tuple[str, ...]


def likeness(one: Side, other: Side, away_m: float | None) -> Likeness | None:
    """Return how alike two reports are; None when they are not worth a look. away_m: None = not known.

    Cases of different categories never are; a case that has none yet may be like any.
    """
    apart = abs(one.reported_at - other.reported_at)
    categories = {one.category_id, other.category_id} - {None}
    if apart > RECENT or len(categories) > 1 or (away_m is not None and away_m > NEAR_M):
        return None
    common, share = _common(one.text, other.text)
    nearness = UNPLACED if away_m is None else 1 - away_m / NEAR_M
    score = WORDS * share + NEARNESS * nearness + TIME * (1 - apart / RECENT)
    if score < LEAST or not (common or one.category_id == other.category_id is not None):
        return None
    return Likeness(round(score, 3), tuple(_reasons(one, other, away_m, apart, common)))


def _common(one: str, other: str) -> tuple[Sequence[str], float]:
    """Return the pairs of characters both have, and their share in the shorter text."""
    first, second = pairs_in(one), set(pairs_in(other))
    common = [pair for pair in first if pair in second]
    shorter = min(len(first), len(second))
    return common, len(common) / shorter if shorter else 0.0


def _reasons(
    one: Side, other: Side, away_m: float | None, apart: timedelta, common: Sequence[str]
) -> list[str]:
    hours = round(apart / timedelta(hours=1))
    where = Sentence(SAME_GRID) if away_m is None else Sentence(AWAY, metres=round(away_m))
    reasons: list[str] = [where, Sentence(APART, hours=hours)]
    if one.category_id is not None and one.category_id == other.category_id:
        reasons.append(Sentence(SAME_CATEGORY, name=one.category))
    if common:
        reasons.append(Sentence(SAME_WORDS, words="、".join(_joined(common)[:4])))
    return reasons


def _joined(pairs: Sequence[str]) -> list[str]:
    """Join pairs that overlap into words: 路灯, 灯不, 不亮 → 路灯不亮. The longest first."""
    words: list[str] = []
    for pair in pairs:
        if words and words[-1][-1] == pair[0]:
            words[-1] += pair[1]
        else:
            words.append(pair)
    return sorted(words, key=len, reverse=True)
