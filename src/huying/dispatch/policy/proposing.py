"""Proposing who should handle a case, with reasons in words. The command centre decides.

Source: docs/rules/dispatch.md §1, §2, §5.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from huying.dispatch.policy.evidence import ALIKE_IN, CONTEXTS, NAME_MATCH, PLACE
from huying.dispatch.policy.facts import Facts
from huying.dispatch.policy.learning import Model, likelihood
from huying.dispatch.policy.similarity import pairs
from huying.dispatch.policy.units import bare, part_for
from huying.dispatch.policy.weighing import Vector
from huying.dispatch.states import ReasonKind
from huying.shared.sentences import Sentence
from huying.shared.sentences import to_translate as _

PROPOSED = 3  # units offered to the command centre
REASONS = 3  # reasons shown for each
TWINS = 2  # categories of similar name that a reason lists

NARROWEST_FIRST = (
    "path street, path, part path, main street, main, part main, root street, root, part root, all"
)
PRECEDENTS = tuple(PLACE[name] for name in NARROWEST_FIRST.split(", "))

HANDLED = _("{context}：{total}件中{n}件由{who}办理")
LISTED = _("{list}{section}列明由{who}牵头")
LISTED_HELPED = _("{list}{section}列明由{who}牵头，{units}配合")
ALIKE = _("名称相近的类别{twins}：{total}件中{n}件由{who}办理")
MATCHED = _("单位名称与类别同有“{words}”")
LOCAL = _("当地{part}")


@dataclass(frozen=True, slots=True)
class Duty:
    """A line of a duty list that names this case's category in this area. Units are keys as in Past."""

    list: str
    section: str
    lead: str
    support: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a unit is proposed. n of total: earlier cases, 0 of 0 where none are counted."""

    kind: ReasonKind
    text: str
    n: int = 0
    total: int = 0

    def says_more_than(self, other: "Reason") -> bool:
        """Tell whether this is of another kind, or of the history with other counts."""
        if self.kind is not ReasonKind.HISTORY:
            return self.kind is not other.kind
        return self.kind is not other.kind or (self.n, self.total) != (other.n, other.total)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A unit that should lead, with those that should help.

    probability: 0…1 that history gives this unit; 0 for a listed unit that never handled a case.
    """

    unit: str
    name: str
    probability: float
    listed: bool
    support: tuple[str, ...]
    reasons: tuple[Reason, ...]


def propose(
    model: Model, facts: Facts, duties: Sequence[Duty], names: Mapping[str, str], *, limit: int = PROPOSED
) -> tuple[Proposal, ...]:
    """Return up to `limit` proposals: units of the duty lists in the order given, then the likeliest.

    names: what people call the units now. Units that are not in `names` (closed ones) are not proposed.
    """
    share, evidence = likelihood(model, facts) if model.units else (np.empty(0), np.empty((0, 0)))
    place = {unit: at for at, unit in enumerate(model.units)}
    learned = [model.units[at] for at in np.argsort(-share, kind="stable")]
    wanted = [unit for unit in dict.fromkeys([*(duty.lead for duty in duties), *learned]) if unit in names]
    proposals = []
    for unit in wanted[:limit]:
        listed = [duty for duty in duties if duty.lead == unit]
        at = place.get(model.organisation(unit))
        reasons = [_listed(duty, names) for duty in listed]
        if at is not None:
            reasons += _learned(model, facts, at, evidence[:, at] * model.weights)
        probability = 0.0 if at is None else round(float(share[at]), 4)
        support = tuple(
            each for each in dict.fromkeys(u for duty in listed for u in duty.support) if each in names
        )
        proposals.append(
            Proposal(unit, names[unit], probability, bool(listed), support, tuple(reasons[:REASONS]))
        )
    return tuple(proposals)


def _listed(duty: Duty, names: Mapping[str, str]) -> Reason:
    facts = {"list": duty.list, "section": duty.section, "who": names[duty.lead]}
    if helping := [names[unit] for unit in duty.support if unit in names]:
        return Reason(ReasonKind.LISTED, Sentence(LISTED_HELPED, **facts, units="、".join(helping)))
    return Reason(ReasonKind.LISTED, Sentence(LISTED, **facts))


def _learned(model: Model, facts: Facts, at: int, worth: Vector) -> list[Reason]:
    """Return the closest precedent, then what else spoke for the unit, the weightiest first."""
    closest = (_counted(model, facts, at, piece) for piece in PRECEDENTS)
    reasons = [next(reason for reason in closest if reason)]
    for piece in np.argsort(-worth, kind="stable"):
        reason = _reason(model, facts, at, int(piece)) if worth[piece] > 0 else None
        if reason and all(reason.says_more_than(other) for other in reasons):
            reasons.append(reason)
    return reasons[:REASONS]


def _reason(model: Model, facts: Facts, at: int, piece: int) -> Reason | None:
    """Return what a piece of evidence says in words; None for a base rate and for a part that is no part."""
    if piece == NAME_MATCH:
        return _matched(model, facts, at)
    if piece >= len(CONTEXTS):
        return _alike(model, facts, at, PLACE[ALIKE_IN[piece - len(CONTEXTS)]])
    redundant = CONTEXTS[piece].parts and part_for(model.units[at], facts, model.local) == model.units[at]
    return None if redundant or not CONTEXTS[piece].wider else _counted(model, facts, at, piece)


def _counted(model: Model, facts: Facts, at: int, piece: int) -> Reason | None:
    """Return how many of the cases of this context went to the unit; None when none did."""
    context = CONTEXTS[piece]
    seen = model.reader.tally.seen(piece, context.key(facts))
    n, total = seen.get(_number(model, facts, at, piece), 0), sum(seen.values())
    if not n:
        return None
    words = Sentence(context.words, **_words(facts))
    text = Sentence(HANDLED, context=words, total=total, n=n, who=_who(model, facts, at, piece))
    return Reason(ReasonKind.HISTORY, text, n, total)


def _alike(model: Model, facts: Facts, at: int, piece: int) -> Reason | None:
    """Return what the nearest categories of other name show; None when the unit handled none of them."""
    number, near = _number(model, facts, at, piece), []
    for path, likeness in model.reader.similarity.near(facts.path):
        twin = Facts(path, facts.street, facts.community, facts.channel)
        seen = model.reader.tally.seen(piece, CONTEXTS[piece].key(twin))
        if path[-1] != facts.path[-1] and (n := seen.get(number, 0)):
            near.append((-likeness * n, path, n, sum(seen.values())))
    if not near:
        return None
    best = sorted(near)[:TWINS]
    n, total = sum(each[2] for each in best), sum(each[3] for each in best)
    twins = "、".join(dict.fromkeys(f"“{path[-1]}”" for _, path, _, _ in best))
    text = Sentence(ALIKE, twins=twins, total=total, n=n, who=_who(model, facts, at, piece))
    return Reason(ReasonKind.ALIKE, text, n, total)


def _matched(model: Model, facts: Facts, at: int) -> Reason:
    wanted = set().union(*map(pairs, facts.path))
    common = sorted(pairs(bare(model.names[model.units[at]])) & wanted)
    return Reason(ReasonKind.NAME, Sentence(MATCHED, words="、".join(common)))


def _number(model: Model, facts: Facts, at: int, piece: int) -> int:
    return int(model.reader.unit_parts(facts)[at]) if CONTEXTS[piece].parts else at


def _who(model: Model, facts: Facts, at: int, piece: int) -> str:
    """Return the unit's name, or for a part of the case's own place: 当地综合执法队."""
    unit = model.units[at]
    part = part_for(unit, facts, model.local) if CONTEXTS[piece].parts else unit
    return Sentence(LOCAL, part=part[1:]) if part != unit else model.names[unit]


def _words(facts: Facts) -> dict[str, str]:
    return {
        "root": facts.path[0],
        "main": facts.path[:2][-1],
        "leaf": facts.path[-1],
        "street": facts.street or _("未知街道"),
        "community": facts.community or _("未知社区"),
        "channel": facts.channel or _("未知渠道"),
    }
