"""Which categories have similar names: 行道树 is near to 行道树倒压占路.

Source: docs/rules/dispatch.md §4.3.
"""

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

Path = tuple[str, ...]
Weights = dict[str, float]

OWN, ABOVE = 2.0, 1.0  # a category's own name counts double
SHARPNESS = 3  # likeness = cosine ** 3: near names count, distant ones vanish
LEAST = 0.001  # likeness below which a category is left out


def pairs(text: str) -> set[str]:
    """Return the pairs of neighbouring characters: 行道树 → 行道, 道树."""
    return {text[at : at + 2] for at in range(len(text) - 1)}


@dataclass(frozen=True, slots=True)
class Similarity:
    """Likeness of category paths by the character pairs of their names, rare pairs counting more."""

    rarity: Weights
    known: dict[Path, Weights]
    memory: dict[Path, tuple[tuple[Path, float], ...]] = field(default_factory=dict)

    def near(self, path: Path) -> tuple[tuple[Path, float], ...]:
        """Return known categories with their likeness (0…1], the path itself with 1."""
        if path not in self.memory:
            own = _weights(path, self.rarity)
            found = ((other, _cosine(own, weights) ** SHARPNESS) for other, weights in self.known.items())
            self.memory[path] = tuple((other, likeness) for other, likeness in found if likeness > LEAST)
        return self.memory[path]


def similarity(paths: Iterable[Path]) -> Similarity:
    distinct = sorted(set(paths))
    frequency = Counter(pair for path in distinct for pair in set().union(*map(pairs, path)))
    rarity = {pair: math.log(len(distinct) / n) + 0.3 for pair, n in frequency.items()}
    return Similarity(rarity, {path: _weights(path, rarity) for path in distinct})


def _weights(path: Path, rarity: Weights) -> Weights:
    """Return the path's pairs weighted, with length 1."""
    weights: Weights = {}
    for step, name in enumerate(reversed(path)):
        for pair in pairs(name):
            weights[pair] = weights.get(pair, 0) + (ABOVE if step else OWN) * rarity.get(pair, 0)
    length = math.sqrt(sum(weight * weight for weight in weights.values())) or 1
    return {pair: weight / length for pair, weight in weights.items()}


def _cosine(one: Weights, other: Weights) -> float:
    small, large = sorted((one, other), key=len)
    return sum(weight * large.get(pair, 0) for pair, weight in small.items())
