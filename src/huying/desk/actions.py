"""What the desk does in one go: a proposal taken, many cases at once; each a transaction of its own."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from huying.cases import actions as cases
from huying.cases import queries as seen
from huying.cases.policy.reports import Call
from huying.cases.states import State
from huying.dispatch import actions as dispatch
from huying.dispatch import queries as advice
from huying.org.policy import Actor
from huying.shared.errors import Incomplete, Refused
from huying.shared.ids import CategoryId, UnitId
from huying.shared.sentences import Sentence
from huying.shared.sentences import to_translate as _

MOST_TOGETHER = 200  # cases of one bulk request


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case of many. refused: None = done."""

    number: str
    refused: Refused | None = None


def take(number: str, *, actor: Actor, now: datetime) -> None:
    """Take the proposal: file a new case and call its units; of an accepted one call the units.

    Two steps, each whole: when the units cannot be called, the case stays accepted. Raises Incomplete when
    nothing is proposed.
    """
    case = seen.get_for(actor, number)
    if case.state == State.REPORTED:
        cases.accept(number, actor=actor, now=now, category_id=_category(case.category_id, case.text))
    dispatch_as_proposed(number, actor=actor, now=now)


def accept_as_proposed(number: str, *, actor: Actor, now: datetime) -> None:
    """File a case under its own category, else the likeliest of its text. Raises Incomplete without any."""
    case = seen.get_for(actor, number)
    cases.accept(number, actor=actor, now=now, category_id=_category(case.category_id, case.text))


def dispatch_as_proposed(number: str, *, actor: Actor, now: datetime) -> None:
    """Call the unit proposed first and those that should help it. Raises Incomplete when none is proposed."""
    proposals = advice.advice(actor, number, now=now).proposals
    if not proposals:
        raise Incomplete(reason=_("没有可采用的承办单位建议，请人工指派"))
    first = proposals[0]
    calls = [Call(UnitId(int(first.unit)))]
    calls += [Call(UnitId(int(unit)), lead=False) for unit in first.support if unit != first.unit]
    dispatch.assign(number, calls, actor=actor, now=now)


def verify(number: str, *, actor: Actor, now: datetime) -> None:
    cases.verify(number, actor=actor, now=now)


def together(
    numbers: Iterable[str], act: Callable[..., object], *, actor: Actor, now: datetime
) -> list[Outcome]:
    """Do the same with each case, in order; what is refused stops nothing else.

    Raises Incomplete for none, or for more than MOST_TOGETHER.
    """
    chosen = list(dict.fromkeys(numbers))
    if not 0 < len(chosen) <= MOST_TOGETHER:
        raise Incomplete(reason=Sentence("请选择1至{most}件事件", most=MOST_TOGETHER))
    return [_one(number, act, actor, now) for number in chosen]


def _one(number: str, act: Callable[..., object], actor: Actor, now: datetime) -> Outcome:
    try:
        act(number, actor=actor, now=now)
    except Refused as refused:
        return Outcome(number, refused)
    return Outcome(number)


def _category(own: int | None, text: str) -> CategoryId:
    if own is not None:
        return CategoryId(own)
    found = advice.likely_categories(text, limit=1)
    if not found:
        raise Incomplete(reason=_("没有可采用的类别建议，请人工选定类别"))
    return CategoryId(found[0].category_id)


TOGETHER: Mapping[str, Callable[..., object]] = {
    "accept": accept_as_proposed,
    "assign": dispatch_as_proposed,
    "take": take,
    "verify": verify,
}
