"""One case for one who may see it. `visible` says who sees what; to put it into SQL takes longer than to run
it, so what came out is kept for each actor, with a stand-in where the number of the case goes."""

from collections.abc import Sequence
from dataclasses import replace

from huying.org.policy import Actor

NUMBER = "stands for the number of the case"

Statement = tuple[str, tuple[object, ...]]  # SQL and its parameters, NUMBER among them


def stand_in(actor: Actor, number: str) -> Actor:
    """Return the actor with no receipt but one that stands for the case asked for: the same for all cases."""
    if not actor.case_numbers:
        return actor
    shown = number in actor.case_numbers
    return replace(actor, case_numbers=frozenset({NUMBER} if shown else ()))


def filled(parameters: Sequence[object], number: str) -> list[object]:
    """Return the parameters with the number in its place."""
    return [number if each is NUMBER else each for each in parameters]
