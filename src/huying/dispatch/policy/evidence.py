"""Counting who handled what, from the widest context to the narrowest. Source: docs/rules/dispatch.md §4."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from huying.dispatch.policy.facts import Facts
from huying.dispatch.policy.similarity import Similarity
from huying.shared.sentences import to_translate as _

Vector = NDArray[np.float64]
Key = tuple[object, ...]

DISCOUNT = 0.4  # taken off each count and given to the wider context; chosen on months before 2018-10
PRIOR = 0.5  # cases the wider context is worth besides
ALIKE = 0.5  # cases all of history is worth beside categories of similar name


@dataclass(frozen=True, slots=True)
class Context:
    """One question to history: "who handled cases that share these words?"

    wider: the context that answers where this one knows nothing; "" = all units alike.
    parts: True counts parts (综合执法队 of the case's own street) instead of units.
    words: how a reason names it; filled with the words of the case.
    """

    name: str
    wider: str
    words: str
    key: Callable[[Facts], Key]
    parts: bool = False


CONTEXTS: tuple[Context, ...] = (
    Context("all", "", _("全部案件"), lambda f: f.path[:0]),
    Context("street", "all", _("{street}"), lambda f: (f.street,)),
    Context("community", "street", _("{community}"), lambda f: (f.street, f.community)),
    Context("root", "all", _("大类“{root}”"), lambda f: f.path[:1]),
    Context("main", "root", _("类别“{main}”"), lambda f: f.path[:2]),
    Context("path", "main", _("类别“{leaf}”"), lambda f: f.path),
    Context("leaf", "all", _("名为“{leaf}”的各类"), lambda f: f.path[-1:]),
    Context("root street", "root", _("大类“{root}”在{street}"), lambda f: (f.path[:1], f.street)),
    Context("main street", "main", _("类别“{main}”在{street}"), lambda f: (f.path[:2], f.street)),
    Context("path street", "path", _("类别“{leaf}”在{street}"), lambda f: (f.path, f.street)),
    Context(
        "path community",
        "path street",
        _("类别“{leaf}”在{community}"),
        lambda f: (f.path, f.street, f.community),
    ),
    Context("root channel", "root", _("大类“{root}”经{channel}"), lambda f: (f.path[:1], f.channel)),
    Context("path channel", "path", _("类别“{leaf}”经{channel}"), lambda f: (f.path, f.channel)),
    Context(
        "path street channel",
        "path street",
        _("类别“{leaf}”在{street}经{channel}"),
        lambda f: (f.path, f.street, f.channel),
    ),
    Context("part all", "", _("各街道全部案件"), lambda f: f.path[:0], parts=True),
    Context("part root", "part all", _("大类“{root}”在各街道"), lambda f: f.path[:1], parts=True),
    Context("part main", "part root", _("类别“{main}”在各街道"), lambda f: f.path[:2], parts=True),
    Context("part path", "part main", _("类别“{leaf}”在各街道"), lambda f: f.path, parts=True),
    Context("part leaf", "part all", _("名为“{leaf}”的各类在各街道"), lambda f: f.path[-1:], parts=True),
    Context("part channel", "part path", _("类别“{leaf}”经{channel}在各街道"),
            lambda f: (f.path, f.channel), parts=True),
)  # fmt: skip
PLACE = {context.name: place for place, context in enumerate(CONTEXTS)}

# Beside the contexts: categories whose names are alike, in all streets, in the case's street, by parts.
ALIKE_IN = ("path", "path street", "part path")
NAME_MATCH = len(CONTEXTS) + len(ALIKE_IN)
SIZE = NAME_MATCH + 1  # pieces of evidence for each unit


@dataclass(slots=True)
class Tally:
    """Counts by context and key. Units and parts are numbers; `add` with by = -1 takes a case out again."""

    counts: tuple[dict[Key, dict[int, int]], ...] = field(default_factory=lambda: tuple({} for _ in CONTEXTS))

    def add(self, facts: Facts, unit: int, part: int, by: int = 1) -> None:
        for context, counts in zip(CONTEXTS, self.counts, strict=True):
            seen = counts.setdefault(context.key(facts), {})
            who = part if context.parts else unit
            seen[who] = seen.get(who, 0) + by

    def seen(self, place: int, key: Key) -> Mapping[int, int]:
        return self.counts[place].get(key, {})


def shares(counts: Vector, wider: Vector) -> Vector:
    """Return each unit's share in a context: (max(n - d, 0) + (d·k + a)·wider) / (N + a).

    N cases handled by k different units; where nothing is known, the share in the wider context.
    Source: Ney, Essen, Kneser 1994, absolute discounting; docs/rules/dispatch.md §4.2.
    """
    given = DISCOUNT * np.count_nonzero(counts) + PRIOR
    share = (np.maximum(counts - DISCOUNT, 0) + given * wider) / (counts.sum() + PRIOR)
    return np.asarray(share / share.sum())


@dataclass(slots=True)
class Reader:
    """Turns counts into evidence; remembers each context's answer, so it lives only while counts stand still.

    parts: names of parts to numbers. unit_parts(facts): for every unit its part's number in this case.
    """

    tally: Tally
    units: int
    parts: int
    unit_parts: Callable[[Facts], NDArray[np.intp]]
    similarity: Similarity
    name_match: Callable[[tuple[str, ...]], Vector]
    memory: dict[tuple[int, Key], tuple[Vector, Vector]] = field(default_factory=dict)

    def evidence(self, facts: Facts) -> Vector:
        """Return SIZE × units: by how much (log) each piece speaks for each unit; 0 = it says nothing."""
        rows = np.empty((SIZE, self.units))
        parts = self.unit_parts(facts)
        for place, context in enumerate(CONTEXTS):
            speaks = self._shares(place, facts)[1]
            rows[place] = speaks[parts] if context.parts else speaks
        for place, name in enumerate(ALIKE_IN, start=len(CONTEXTS)):
            speaks = self._alike(PLACE[name], facts)
            rows[place] = speaks[parts] if name.startswith("part") else speaks
        rows[NAME_MATCH] = self.name_match(facts.path)
        return rows

    def _shares(self, place: int, facts: Facts) -> tuple[Vector, Vector]:
        """Return each unit's share, and log of the share over that of the wider context."""
        context = CONTEXTS[place]
        key = context.key(facts)
        if (place, key) not in self.memory:
            size = self.parts if context.parts else self.units
            wider = self._shares(PLACE[context.wider], facts)[0] if context.wider else np.full(size, 1 / size)
            counts = _vector(self.tally.seen(place, key).items(), size)
            share = shares(counts, wider)
            self.memory[place, key] = share, np.log(share / wider)
        return self.memory[place, key]

    def _alike(self, place: int, facts: Facts) -> Vector:
        """Return log of a unit's share in categories of similar name over its share in everything."""
        key = (place, "alike", facts.path, facts.street)
        if (place, key) not in self.memory:
            parts = CONTEXTS[place].parts
            everything = self._shares(PLACE["part all" if parts else "all"], facts)[0]
            counts = np.zeros(len(everything))
            for path, likeness in self.similarity.near(facts.path):
                twin = Facts(path, facts.street, facts.community, facts.channel)
                for who, n in self.tally.seen(place, CONTEXTS[place].key(twin)).items():
                    counts[who] += likeness * n
            share = (counts + ALIKE * everything) / (counts.sum() + ALIKE)
            self.memory[place, key] = share, np.log(share / everything)
        return self.memory[place, key][1]


def _vector(counts: Iterable[tuple[int, int]], size: int) -> Vector:
    vector = np.zeros(size)
    for who, n in counts:
        vector[who] = n
    return vector
