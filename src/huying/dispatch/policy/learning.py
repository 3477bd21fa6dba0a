"""Learning from past cases who handles what."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from huying.dispatch.policy.evidence import SIZE, Reader, Tally
from huying.dispatch.policy.facts import Facts, Past
from huying.dispatch.policy.similarity import Similarity, pairs, similarity
from huying.dispatch.policy.units import Local, bare, locals_of, one_organisation, part_for
from huying.dispatch.policy.weighing import USUAL, Vector, probabilities, weigh

BLOCKS = 8  # stretches of time; a case is judged by the others, as if its own stretch were yet to come
SAMPLE = 3_000  # cases the weights are learned from; the counts come from all
CANDIDATES = 60  # units weighed against each other in learning the weights
MIN_CASES = 80  # with fewer every weight stays as usual
MATCHED_PAIRS = 2  # more common character pairs of unit and category add nothing


@dataclass(frozen=True, slots=True)
class Model:
    """What was learned. names: of every unit ever seen; alias: unit → the key of its organisation."""

    revision: str
    learned_at: datetime
    cases: int
    names: Mapping[str, str]
    alias: Mapping[str, str]
    units: tuple[str, ...]
    local: Mapping[str, Local]
    weights: Vector
    reader: Reader

    def organisation(self, unit: str) -> str:
        return self.alias.get(unit, unit)


def learn(history: Iterable[Past], names: Mapping[str, str], *, now: datetime) -> Model:
    """Learn from cases reported before `now`; names: what people call each unit.

    The same history in any order gives the same model. About 10 s for 100,000 cases on one core.
    """
    before = sorted((past for past in history if past.at < now), key=_order)
    last_at = {past.unit: past.at for past in before}
    alias = one_organisation({unit: names[unit] for unit in last_at}, last_at)
    past = [Past(each.facts, alias[each.unit], each.at) for each in before]
    learner = _Learner(past, names)
    weights = learner.weights() if len(past) >= MIN_CASES else np.full(SIZE, USUAL)
    return Model(
        revision=_revision(past),
        learned_at=now,
        cases=len(past),
        names=names,
        alias=alias,
        units=learner.ground.units,
        local=learner.ground.local,
        weights=weights,
        reader=learner.ground.reader(learner.tally),
    )


def likelihood(model: Model, facts: Facts) -> tuple[Vector, Vector]:
    """Return (probability of each of model.units, evidence as pieces × units)."""
    evidence = model.reader.evidence(facts)
    return probabilities(evidence, model.weights), evidence


def _order(past: Past) -> tuple[datetime, str, Facts]:
    return past.at, past.unit, past.facts


def _revision(past: Sequence[Past]) -> str:
    """Return a name that changes with what was learned from: number of cases, last day, digest."""
    digest = hashlib.sha256()
    for each in past:
        digest.update(f"{each.at.timestamp()}|{each.unit}|{each.facts}\n".encode())
    last = f"{past[-1].at:%Y%m%d}" if past else "-"
    return f"{len(past)}-{last}-{digest.hexdigest()[:8]}"


class Ground:
    """Numbers for units and parts, and what their names tell: what counts are read by."""

    def __init__(
        self,
        units: tuple[str, ...],
        local: Mapping[str, Local],
        paths: Iterable[tuple[str, ...]],
        names: Mapping[str, str],
    ) -> None:
        self.units = units
        self.local = local
        self.similarity: Similarity = similarity(paths)
        self.number = {unit: number for number, unit in enumerate(units)}
        parts = {f"@{local.part}" for local in local.values()}
        self.part_number = {part: number for number, part in enumerate((*units, *sorted(parts)))}
        self._unit_parts: dict[tuple[str, str], NDArray[np.intp]] = {}
        self._matches: dict[tuple[str, ...], Vector] = {}
        self._pairs = [pairs(bare(names[unit])) for unit in units]

    def reader(self, tally: Tally) -> Reader:
        return Reader(
            tally, len(self.units), len(self.part_number), self.unit_parts, self.similarity, self.name_match
        )

    def unit_parts(self, facts: Facts) -> NDArray[np.intp]:
        place = facts.street, facts.community
        if place not in self._unit_parts:
            parts = (self.part_number[part_for(unit, facts, self.local)] for unit in self.units)
            self._unit_parts[place] = np.fromiter(parts, np.intp, len(self.units))
        return self._unit_parts[place]

    def name_match(self, path: tuple[str, ...]) -> Vector:
        """Return how many character pairs the names of unit and category share: 交通 in 坪山交通运输局."""
        if path not in self._matches:
            wanted = set().union(*map(pairs, path))
            common = (min(MATCHED_PAIRS, len(own & wanted)) for own in self._pairs)
            self._matches[path] = np.fromiter(common, np.float64, len(self.units))
        return self._matches[path]


class _Learner:
    """The counts, and the cases once more in order of time."""

    def __init__(self, past: Sequence[Past], names: Mapping[str, str]) -> None:
        self.past = past
        units = tuple(sorted({each.unit for each in past}))
        self.ground = Ground(units, locals_of(past, names), (each.facts.path for each in past), names)
        self.tally = Tally()
        for each in past:
            self._add(each)

    def weights(self) -> Vector:
        """Learn the weights by leaving out one stretch of time after the other."""
        evidence, chosen = zip(*self._judged(), strict=True)
        return weigh(np.stack(evidence), np.array(chosen))

    def _judged(self) -> Iterator[tuple[Vector, int]]:
        stride = -(-len(self.past) // SAMPLE)
        for block in np.array_split(np.arange(len(self.past)), BLOCKS):
            held = self.past[block[0] : block[-1] + 1]
            for each in held:
                self._add(each, by=-1)
            reader = self.ground.reader(self.tally)
            for each in held[::stride]:
                found = self._narrowed(reader.evidence(each.facts), self.ground.number[each.unit])
                if found:
                    yield found
            for each in held:
                self._add(each)

    def _narrowed(self, evidence: Vector, unit: int) -> tuple[Vector, int] | None:
        """Keep the likeliest candidates; None when the unit that handled is not among them."""
        usual = evidence.sum(axis=0)
        best = np.argsort(-usual, kind="stable")[:CANDIDATES]
        place = np.flatnonzero(best == unit)
        return (evidence[:, best].astype(np.float32), int(place[0])) if len(place) else None

    def _add(self, past: Past, by: int = 1) -> None:
        part = self.ground.part_number[part_for(past.unit, past.facts, self.ground.local)]
        self.tally.add(past.facts, self.ground.number[past.unit], part, by)
