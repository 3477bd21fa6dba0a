"""A model as bytes and back: learned by one process, used by all."""

import zlib
from collections.abc import Mapping
from datetime import datetime

import numpy as np
import orjson

from huying.dispatch.policy.evidence import CONTEXTS, PLACE, SIZE, Key, Tally
from huying.dispatch.policy.learning import Ground, Model
from huying.dispatch.policy.units import Local

FORM = 1  # raised when contexts or this form change: what another version kept is learned anew


def packed(model: Model) -> bytes:
    """Return the model as compressed JSON."""
    facts = {
        "form": [FORM, SIZE],
        "revision": model.revision,
        "learned_at": model.learned_at.isoformat(),
        "cases": model.cases,
        "names": model.names,
        "alias": model.alias,
        "units": model.units,
        "local": {unit: (local.home, local.part) for unit, local in model.local.items()},
        "weights": model.weights.tolist(),
        "counts": [
            [(key, list(seen.items())) for key, seen in counts.items()]
            for counts in model.reader.tally.counts
        ],
    }
    return zlib.compress(orjson.dumps(facts), level=1)


def unpacked(content: bytes) -> Model:
    """Return the model that was packed; it proposes exactly what that one proposed.

    Raises ValueError when another version of the program packed it.
    """
    facts = orjson.loads(zlib.decompress(content))
    if facts["form"] != [FORM, SIZE]:
        raise ValueError("kept by another version")
    tally = _tally(facts["counts"])
    local = {unit: Local(*named) for unit, named in facts["local"].items()}
    names: Mapping[str, str] = facts["names"]
    paths = [tuple(map(str, path)) for path in tally.counts[PLACE["path"]]]
    ground = Ground(tuple(facts["units"]), local, paths, names)
    return Model(
        revision=facts["revision"],
        learned_at=datetime.fromisoformat(facts["learned_at"]),
        cases=facts["cases"],
        names=names,
        alias=facts["alias"],
        units=ground.units,
        local=local,
        weights=np.array(facts["weights"]),
        reader=ground.reader(tally),
    )


def _tally(counts: list[list[tuple[object, list[tuple[int, int]]]]]) -> Tally:
    kept = tuple({_key(key): dict(seen) for key, seen in of_context} for of_context in counts)
    if len(kept) != len(CONTEXTS):
        raise ValueError("kept by another version")
    return Tally(kept)


def _key(words: object) -> Key:
    """Return a key as it was: JSON knows no tuples."""
    if not isinstance(words, list):
        raise TypeError("a key is a list of words and of lists of words")
    return tuple(_key(each) if isinstance(each, list) else each for each in words)
