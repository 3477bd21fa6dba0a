"""What the names of units tell: which are one organisation, where one is at home, what part it plays there.

Source: docs/rules/dispatch.md §3.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from huying.dispatch.policy.facts import Facts, Past

BRACKET = re.compile(r"[（(][^（）()]*[）)]$")
LEVEL = re.compile(r"(街道|社区|镇|乡)$")
NAMED_AT_HOME = 0.8  # share of its cases there, for a unit that bears the place's short name
UNNAMED_AT_HOME = 0.9  # the same for one that does not
FEW = 5  # cases below which shares prove nothing


@dataclass(frozen=True, slots=True)
class Local:
    """A unit that plays a part (综合执法队, 市政服务中心, 社区) for one place."""

    home: str
    part: str


def bare(name: str) -> str:
    """Return the name without a bracket at its end: 市政服务中心（龙田街道办事处） → 市政服务中心."""
    return BRACKET.sub("", name)


def one_organisation(names: Mapping[str, str], last_at: Mapping[str, datetime]) -> dict[str, str]:
    """Return for each unit the key that stands for its organisation.

    A name and the same name with one bracket are one organisation; with several brackets they stay apart,
    for nobody can say which is meant. The one that handled a case last stands for both: units are renamed.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for key, name in names.items():
        groups[bare(name)].append(key)
    return {key: first for keys in groups.values() for key, first in _heads(keys, names, last_at)}


def _heads(
    keys: Sequence[str], names: Mapping[str, str], last_at: Mapping[str, datetime]
) -> Iterable[tuple[str, str]]:
    forms = {names[key] for key in keys}
    bracketed = {form for form in forms if bare(form) != form}
    if len(forms) != 2 or len(bracketed) != 1:
        return [(key, key) for key in keys]
    head = max(keys, key=lambda key: (last_at[key], key))
    return [(key, head) for key in keys]


def locals_of(history: Sequence[Past], names: Mapping[str, str]) -> dict[str, Local]:
    """Return the units that serve one street or community, told by their names and by their cases."""
    streets: dict[str, Counter[str]] = defaultdict(Counter)
    communities: set[str] = set()
    for past in history:
        streets[past.unit][past.facts.street] += 1
        communities.add(past.facts.community)
    known = sorted(communities - {""}), sorted({s for seen in streets.values() for s in seen} - {""})
    found = {unit: _local(names[unit], seen, *known) for unit, seen in streets.items()}
    return {unit: local for unit, local in found.items() if local}


def _local(name: str, seen: Counter[str], communities: Sequence[str], streets: Sequence[str]) -> Local | None:
    for place in communities:
        if bare(name).startswith(place):
            return Local(place, "社区" + bare(name).removeprefix(place).replace("工作站", ""))
    for place in streets:
        if _named(name, place) or (_stem(place) in name and _share(seen, place) >= NAMED_AT_HOME):
            return Local(place, _part(name, place))
    place, _ = seen.most_common(1)[0]
    if place and seen.total() >= FEW and _share(seen, place) >= UNNAMED_AT_HOME:
        return Local(place, _part(name, place))
    return None


def _named(name: str, place: str) -> bool:
    return place in name or f"{_stem(place)}办事处" in name


def _share(seen: Counter[str], place: str) -> float:
    return seen[place] / seen.total()


def _stem(place: str) -> str:
    return LEVEL.sub("", place) or place


def _part(name: str, place: str) -> str:
    """Return the name without the place: 龙田街道综合执法队 and 马峦办事处综合执法队 → 综合执法队."""
    part = bare(name)
    for word in (place, f"{_stem(place)}办事处", _stem(place)):
        part = part.replace(word, "")
    return part.replace("办公室", "办") or name


def part_for(unit: str, facts: Facts, local: Mapping[str, Local]) -> str:
    """Return "@" and the unit's part when it is at home where the case lies, else the unit itself.

    Two streets' squads thus count as one part, and what one street shows holds for the others.
    """
    at = local.get(unit)
    if at and at.home in (facts.street, facts.community):
        return f"@{at.part}"
    return unit
