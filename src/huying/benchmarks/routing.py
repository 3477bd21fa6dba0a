"""How often the unit that handled a case was proposed: learned from one file, scored on another.

Needs no database. What is not known when a case is routed (its unit, its outcome) is not shown to the rules.
Source: docs/rules/dispatch.md §6.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from huying.benchmarks.machine import computer
from huying.dispatch.policy import Facts, Past, learn, propose
from huying.dispatch.policy.units import one_organisation
from huying.intake.files import load_profile, rows
from huying.intake.policy import Broken, Profile, Row
from huying.places.states import AreaLevel
from huying.shared.errors import Incomplete

OFFERED = 3
Ranking = tuple[str, ...]

# The plain rule to beat: who handled most cases of the narrowest group that has any.
BACK_OFF: tuple[Callable[[Facts], tuple[object, ...]], ...] = (
    lambda facts: (facts.path, facts.street),
    lambda facts: (facts.path[:2], facts.street),
    lambda facts: (facts.path,),
    lambda facts: (facts.path[:2],),
    lambda facts: (facts.path[:1], facts.street),
    lambda facts: facts.path[:1],
    lambda facts: facts.path[:0],
)


@dataclass(frozen=True, slots=True)
class Score:
    n: int
    top1: float
    top3: float


def run(*, train: Path, test: Path, profile: str, daily: bool = False) -> dict[str, object]:
    """Learn from `train`, propose for `test`, compare with who handled.

    daily: learn anew every midnight (UTC) of the test file, as the running system does; told apart.

    Raises Incomplete when a file has no case with a known unit.
    """
    read = load_profile(profile)
    past, asked = handled(train, read), handled(test, read)
    offered = proposed(past, [each.facts for each in asked.cases])
    same = _organisations(past, asked)
    ours = score(offered, asked.cases, same)
    plain = score(backed_off(past, [each.facts for each in asked.cases]), asked.cases, same)
    return {
        "name": "routing",
        "top1": ours.top1,
        "top3": ours.top3,
        "n": ours.n,
        "control_top1": plain.top1,
        "control_top3": plain.top3,
        "control": "back-off vote",
        **(_daily_figures(past, asked, same) if daily else {}),
        "trained_on": len(past.cases),
        "machine": computer(),
    }


def _daily_figures(past: "Handled", asked: "Handled", same: Mapping[str, str]) -> dict[str, float]:
    offered, cases = relearned(past, asked)
    found = score(offered, cases, same)
    return {"daily_top1": found.top1, "daily_top3": found.top3}


@dataclass(frozen=True, slots=True)
class Handled:
    """The cases of a file whose unit is known; `names` gives each unit the name it bore last."""

    cases: list[Past]
    names: dict[str, str]
    numbered: bool  # units have numbers of their own; else a name and the same with a bracket are one

    def before(self, known: Sequence[Past], later: "Handled") -> "Handled":
        """Return the same with more cases, under the names known by then."""
        heard = {each.unit: later.names[each.unit] for each in known}
        return Handled([*self.cases, *known], self.names | heard, self.numbered)


def relearned(past: Handled, asked: Handled) -> tuple[list[Ranking], list[Past]]:
    """Return what is offered, and to which case, when each day knows all cases of the days before it."""
    days: dict[date, list[Past]] = defaultdict(list)
    for each in asked.cases:
        days[each.at.date()].append(each)
    known, offered, cases = past, list[Ranking](), list[Past]()
    for day in sorted(days):
        offered += proposed(known, [each.facts for each in days[day]])
        cases += days[day]
        known = known.before(days[day], asked)
    return offered, cases


def proposed(past: Handled, facts: Iterable[Facts]) -> list[Ranking]:
    """Return what the command centre would be offered for each case."""
    model = learn(past.cases, past.names, now=max(each.at for each in past.cases) + timedelta(seconds=1))
    offers = (propose(model, asked, (), past.names, limit=OFFERED) for asked in facts)
    return [tuple(each.unit for each in offer) for offer in offers]


def backed_off(past: Handled, facts: Iterable[Facts]) -> list[Ranking]:
    """Return the same by the plain rule; it too knows which names are one organisation."""
    same = _organisations(past)
    votes: dict[tuple[object, ...], Counter[str]] = defaultdict(Counter)
    for each in past.cases:
        for level, key in enumerate(BACK_OFF):
            votes[level, *key(each.facts)][same[each.unit]] += 1
    return [_back_off(votes, each) for each in facts]


def _back_off(votes: Mapping[tuple[object, ...], Counter[str]], facts: Facts) -> Ranking:
    keys = ((level, *key(facts)) for level, key in enumerate(BACK_OFF))
    ranked = (unit for key in keys if key in votes for unit, _ in votes[key].most_common())
    return tuple(dict.fromkeys(ranked))[:OFFERED]


def score(offered: Sequence[Ranking], asked: Sequence[Past], same: Mapping[str, str]) -> Score:
    """Count hits; `same` gives for each unit the key of its organisation."""
    hits = [
        [same[unit] == same[case.unit] for unit in units] for units, case in zip(offered, asked, strict=True)
    ]
    n = len(hits)
    return Score(n, round(sum(hit[:1] == [True] for hit in hits) / n, 4), round(sum(map(any, hits)) / n, 4))


def _organisations(*files: Handled) -> Mapping[str, str]:
    """Return for each unit the key of its organisation."""
    names = {unit: name for file in files for unit, name in file.names.items()}
    if files[0].numbered:
        return {unit: unit for unit in names}
    cases = (case for file in files for case in file.cases)
    last_at = {each.unit: each.at for each in sorted(cases, key=lambda case: case.at)}
    return one_organisation(names, last_at)


def handled(path: Path, profile: Profile) -> Handled:
    """Read the file's cases whose unit is known; broken rows are left out, as an import leaves them out."""
    with path.open("rb") as file:
        read = [each[1] for each in rows(file, profile) if not isinstance(each, Broken)]
    known = sorted((row for row in read if row.unit), key=lambda row: row.reported_at)
    if not known:
        raise Incomplete(reason=f"{path.name}中没有已知办理单位的案件")
    names = {_unit(row): row.unit for row in known}
    return Handled([_past(row) for row in known], names, bool(profile.unit_number))


def _unit(row: Row) -> str:
    return row.unit_number or row.unit


def _past(row: Row) -> Past:
    named = {step.level: step.name for step in row.areas}
    facts = Facts(
        path=tuple(node.name for node in row.category),
        street=named.get(AreaLevel.STREET, ""),
        community=named.get(AreaLevel.COMMUNITY, ""),
        channel=row.channel.label,
    )
    return Past(facts, _unit(row), row.reported_at)
