"""The move tables as pictures and rows: what ARCHITECTURE.md and the rules show is drawn from the code."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from huying.cases.states import (
    ASSIGNMENT_MOVES,
    CREATES,
    GRANTS,
    MOVES,
    REQUEST_MOVES,
    AssignmentState,
    RequestState,
    State,
    Verb,
)
from huying.org.states import Role
from huying.shared.words import Word

S = TypeVar("S", bound=Word)

Moves = Mapping[tuple[S, Verb], S]


def case_diagram() -> str:
    return _diagram(State, MOVES, f"[*] --> {State.REPORTED}: {Verb.REPORT}")


def assignment_diagram() -> str:
    return _diagram(AssignmentState, ASSIGNMENT_MOVES, f"[*] --> {AssignmentState.CALLED}: {Verb.ASSIGN}")


def request_diagram() -> str:
    return _diagram(RequestState, REQUEST_MOVES, f"[*] --> {RequestState.PENDING}: {Verb.REQUEST}")


def moves_table() -> str:
    """Return a row for each verb: what it does to a case, and who may."""
    rows = ["| verb | 中文 | state of the case | who may |", "|---|---|---|---|"]
    return "\n".join(rows + [_row(verb) for verb in Verb])


def _diagram(states: Iterable[S], moves: Moves[S], entry: str) -> str:
    """Return a Mermaid state diagram; steps that leave a state as it is are not drawn."""
    arrows: dict[tuple[S, S], list[Verb]] = {}
    for (before, verb), after in moves.items():
        if before != after:
            arrows.setdefault((before, after), []).append(verb)
    lines = [f"{state}: {state} {state.label}" for state in states]
    lines.append(entry)
    lines += [f"{before} --> {after}: {', '.join(verbs)}" for (before, after), verbs in arrows.items()]
    left = {before for before, _ in arrows}
    lines += [f"{state} --> [*]" for state in states if state not in left]
    return "\n".join(["```mermaid", "stateDiagram-v2", *(f"    {line}" for line in lines), "```"])


def _row(verb: Verb) -> str:
    return f"| `{verb}` | {verb.label} | {_effect(verb)} | {_who(verb)} |"


def _effect(verb: Verb) -> str:
    """Return the states a verb leads from and to, those with the same end together."""
    if verb in CREATES:
        return f"→ {CREATES[verb] or 'as recorded'}"
    ends: dict[str, list[State]] = {}
    for (before, each), after in MOVES.items():
        if each is verb:
            ends.setdefault("stays" if before is after else f"→ {after}", []).append(before)
    return "; ".join(f"{_names(befores)} {end}" for end, befores in ends.items()) or "—"


def _names(states: list[State]) -> str:
    return "any" if len(states) == len(State) else " · ".join(states)


def _who(verb: Verb) -> str:
    """Return the roles; "—": nobody calls it, it follows from another step."""
    if verb in (Verb.APPROVE, Verb.REFUSE):
        return "by kind of request (§2.4)"
    return " · ".join(role for role in Role if role in GRANTS.get(verb, ())) or "—"
