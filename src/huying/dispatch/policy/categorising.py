"""What a text is about: categories learned from the words of past cases and from the catalogue itself.

Naive Bayes over pairs of neighbouring characters, which need no dictionary.
Source: docs/rules/dispatch.md §7.
"""

import math
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import orjson

from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence
from huying.shared.sentences import to_translate as _

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+")
READ = 2_000  # characters of a text that are read: who writes more has said what it is about
LEAST_CASES = 3  # a pair in fewer cases tells nothing, and might tell who wrote it
SMOOTHING = 0.3  # cases every pair is thought to have been in, for each category
NAMED = 3  # cases a pair of the category's own name is worth
DESCRIBED = 0.5  # cases a pair of its filing conditions is worth
ALIKE = 12.0  # pairs of one text repeat each other: so many count as one more independent sign
PROPOSED = 3
REASONS = 3
TELLING = 4.0  # a pair is a reason when the category has it so many times as often as all others together
RARE = 0.1  # cases of all other categories a pair is thought to have been in besides
FORM = 1  # raised when this form changes: what another version kept is learned anew

FOUND = _("文中“{word}”：{total}件中{n}件属于“{name}”")
SAME = _("文中“{word}”与类别名称相同")


@dataclass(frozen=True, slots=True)
class Subject:
    """A category people may choose. path: names from the main one down; described: its filing conditions."""

    category_id: int
    path: tuple[str, ...]
    described: str = ""


@dataclass(frozen=True, slots=True)
class Likely:
    """A category a text may belong to. probability: 0…1 among all categories; name: its own, not the path."""

    category_id: int
    name: str
    probability: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subjects:
    """What was learned. seen: pair → category → cases, of pairs in LEAST_CASES cases and more."""

    learned_at: datetime
    cases: Mapping[int, int]
    names: Mapping[int, str]
    seen: Mapping[str, Mapping[int, int]]
    weight: Mapping[str, Mapping[int, float]]  # the same with what the catalogue says
    size: Mapping[int, float]  # category → sum of its weights
    base: Mapping[int, float]  # category → log of its share in all cases


def pairs_in(text: str) -> list[str]:
    """Return the distinct pairs of neighbouring Chinese characters, in the order of the text."""
    runs = HAN.findall(text[:READ])
    return list(dict.fromkeys(run[at : at + 2] for run in runs for at in range(len(run) - 1)))


def learn_subjects(
    past: Iterable[tuple[int, str]], subjects: Iterable[Subject], *, now: datetime
) -> Subjects:
    """Learn from (category_id, text) of past cases; a category not among `subjects` is left out."""
    known = {each.category_id: each for each in subjects}
    cases: Counter[int] = Counter()
    seen: dict[str, Counter[int]] = {}
    for category_id, text in past:
        if category_id not in known:
            continue
        cases[category_id] += 1
        for pair in pairs_in(text):
            seen.setdefault(pair, Counter())[category_id] += 1
    common = {pair: counts for pair, counts in seen.items() if counts.total() >= LEAST_CASES}
    return _completed(now, cases, known.values(), common)


def _completed(
    now: datetime,
    cases: Mapping[int, int],
    subjects: Iterable[Subject],
    seen: Mapping[str, Mapping[int, int]],
) -> Subjects:
    """Add what the catalogue says to what was counted."""
    weight: dict[str, dict[int, float]] = {pair: dict(counts) for pair, counts in seen.items()}
    names: dict[int, str] = {}
    for each in subjects:
        names[each.category_id] = each.path[-1]
        for text, worth in ((each.path[-1], NAMED), (each.described, DESCRIBED)):
            for pair in pairs_in(text):
                counts = weight.setdefault(pair, {})
                counts[each.category_id] = counts.get(each.category_id, 0) + worth
    size: dict[int, float] = dict.fromkeys(names, 0.0)
    for counts in weight.values():
        for category_id, n in counts.items():
            size[category_id] += n
    everything = sum(cases.values()) + len(names)
    base = {each: math.log((cases.get(each, 0) + 1) / everything) for each in names}
    return Subjects(now, dict(cases), names, seen, weight, size, base)


def likely(learned: Subjects, text: str, *, limit: int = PROPOSED) -> list[Likely]:
    """Return the likeliest categories of a text, best first; nothing when no pair of it is known."""
    pairs = [pair for pair in pairs_in(text) if pair in learned.weight]
    if not pairs or len(learned.names) < 2:
        return []
    scores = _scores(learned, pairs)
    best = sorted(scores, key=lambda each: (-scores[each], each))
    softness = 1 + len(pairs) / ALIKE
    odds = [math.exp((scores[each] - scores[best[0]]) / softness) for each in best]
    share = sum(odds)
    return [
        Likely(each, learned.names[each], round(odd / share, 4), _reasons(learned, text, pairs, each))
        for each, odd in zip(best[:limit], odds, strict=False)
    ]


def _scores(learned: Subjects, pairs: list[str]) -> dict[int, float]:
    """Return log P(category) + Σ log P(pair | category)."""
    unseen = SMOOTHING * len(learned.weight)
    scores = {
        each: base + len(pairs) * math.log(SMOOTHING / (learned.size[each] + unseen))
        for each, base in learned.base.items()
    }
    for pair in pairs:
        for category_id, n in learned.weight[pair].items():
            scores[category_id] += math.log1p(n / SMOOTHING)
    return scores


def _reasons(learned: Subjects, text: str, pairs: list[str], category_id: int) -> tuple[str, ...]:
    """Return what in the text speaks for the category: words of its name, then words of past cases."""
    name = learned.names[category_id]
    told: dict[str, str] = {}
    for word in _words(text, [pair for pair in pairs if pair in name]):
        if word in name:
            told[word] = Sentence(SAME, word=word)
    for pair in sorted(pairs, key=lambda each: -_worth(learned, each, category_id)):
        if _worth(learned, pair, category_id) < TELLING or any(_overlap(pair, word) for word in told):
            continue
        counts = learned.seen.get(pair, {})
        if n := counts.get(category_id, 0):
            told[pair] = Sentence(FOUND, word=pair, total=sum(counts.values()), n=n, name=name)
    return tuple(list(told.values())[:REASONS])


def _overlap(pair: str, word: str) -> bool:
    """Tell whether a pair is part of a word or hangs on to it: 道灯 to 楼道."""
    return pair in word or pair[0] == word[-1] or pair[1] == word[0]


def _worth(learned: Subjects, pair: str, category_id: int) -> float:
    """Return how many times as often the pair stands in cases of the category as in all others together."""
    counts = learned.seen.get(pair, {})
    here, cases = counts.get(category_id, 0), sum(learned.cases.values())
    own = learned.cases.get(category_id, 0)
    others = (sum(counts.values()) - here + RARE) / (cases - own + 1)
    return here / own / others if own else 0.0


def _words(text: str, pairs: list[str]) -> list[str]:
    """Return the longest stretches of the text that these pairs cover, the longest first."""
    chosen, words, word = set(pairs), set[str](), ""
    for at in range(min(len(text), READ)):
        pair = text[at : at + 2]
        if pair in chosen:
            word = word + pair[1] if word else pair
            continue
        words.add(word)
        word = ""
    return sorted(words - {""}, key=lambda each: (-len(each), text.find(each)))


def packed_subjects(learned: Subjects) -> bytes:
    """Return what was learned as compressed JSON, without what the catalogue says."""
    facts = {
        "form": FORM,
        "learned_at": learned.learned_at.isoformat(),
        "cases": list(learned.cases.items()),
        "seen": {pair: list(counts.items()) for pair, counts in learned.seen.items()},
    }
    return zlib.compress(orjson.dumps(facts), level=1)


def unpacked_subjects(content: bytes, subjects: Iterable[Subject]) -> Subjects:
    """Return what was packed, with what the catalogue says now. Raises Incomplete for another version's."""
    facts = orjson.loads(zlib.decompress(content))
    if facts["form"] != FORM:
        raise Incomplete(reason=_("类别模型由其他版本保存"))
    known = {each.category_id: each for each in subjects}
    seen = {
        pair: kept
        for pair, counts in facts["seen"].items()
        if (kept := {category_id: n for category_id, n in counts if category_id in known})
    }
    cases = {category_id: n for category_id, n in facts["cases"] if category_id in known}
    return _completed(datetime.fromisoformat(facts["learned_at"]), cases, known.values(), seen)
