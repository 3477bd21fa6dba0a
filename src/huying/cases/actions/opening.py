"""The rows with which a case begins: itself, its first step, the ledger entry."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from huying.cases.actions.numbering import New
from huying.cases.states import Verb
from huying.catalogue.states import Level
from huying.database import hot
from huying.ledger.actions import sealed
from huying.ledger.policy import Entry
from huying.org.policy import Actor

# What every new case has in common; the rest of its columns is null until something happens.
BLANK: hot.Row = {
    "imported": False,
    "level": Level.GRID,
    "urgent": False,
    "place_certain": True,
    "place_text": "",
    "limit_type": "",
    "resolved_level": "",
    "self_handled": False,
    "round": 1,
    "moves_made": 1,
}


def opened(
    cases: Sequence[hot.Row],
    new: Sequence[New],
    verb: Verb,
    by: Sequence[tuple[Actor, datetime]],
    facts: Sequence[Mapping[str, object]] = (),
) -> tuple[hot.Rows, ...]:
    """Return the rows of new cases with the first step of each in history and ledger.

    by: who, when. facts: what the history keeps beside each step.
    """
    told = facts or [{}] * len(cases)
    moves = [
        _first_move(case, each, verb, *who, about)
        for case, each, who, about in zip(cases, new, by, told, strict=True)
    ]
    entries = [_entry(case, verb, *who) for case, who in zip(cases, by, strict=True)]
    return (
        hot.Rows("cases_case", cases),
        hot.Rows("cases_move", moves),
        *sealed(entries, [each.entry_id for each in new]),
    )


def _first_move(
    case: hot.Row, new: New, verb: Verb, actor: Actor, now: datetime, facts: Mapping[str, object]
) -> hot.Row:
    return {
        "case_id": new.id,
        "seq": 1,
        "verb": verb,
        "before": "",
        "after": case["state"],
        "at": now,
        "actor": actor.key,
        "opinion": "",
        "facts": facts,
        "public": True,
        "entry_id": new.entry_id,
    }


def _entry(case: hot.Row, verb: Verb, actor: Actor, now: datetime) -> Entry:
    payload = {"seq": 1, "source": case["source"], "fingerprint": cast(bytes, case["fingerprint"]).hex()}
    return Entry(now, actor.key, verb, f"case:{case['number']}", after=str(case["state"]), payload=payload)
