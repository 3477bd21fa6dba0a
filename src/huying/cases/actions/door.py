"""The one door: lock, decide, save, record. Every verb passes through here.

    with door.opened(number, Verb.VERIFY, actor=actor, now=now) as held:
        ...
        held.move(Verb.VERIFY)

The block decides; what it changes is planned and written at its end in one go, so that a verb is two trips
to the database: one that locks and reads (`finding.py`) and one that writes. A refusal writes nothing.

Lock order: the row of the case first; everything else that belongs to a case is written only
by who holds it. Two cases (merge) are locked in the order of their ids.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from functools import lru_cache

from django.db import transaction

from huying.cases.actions.finding import Taken, find
from huying.cases.models import Assignment, Case, Request
from huying.cases.policy import moves
from huying.cases.policy.reports import Call
from huying.cases.states import LIVE, AssignmentState, Part, State, Verb
from huying.clocks import actions as clocks
from huying.clocks import queries as limits
from huying.clocks.actions import Ending, NewDeadline
from huying.clocks.policy import Limit
from huying.clocks.states import LimitType, Stage
from huying.database import hot
from huying.database.waking import wake_after_commit
from huying.ledger.actions import sealed
from huying.ledger.policy import Entry
from huying.messages.actions import queued
from huying.messages.policy import Event
from huying.org.policy import Actor
from huying.shared.errors import IllegalMove, Incomplete, NotPermitted
from huying.shared.ids import AssignmentId, CaseId, UnitId

# What a resident sees of the life of his case.
PUBLIC = frozenset(
    {
        Verb.REPORT, Verb.ACCEPT, Verb.DECLINE, Verb.MERGE, Verb.ASSIGN, Verb.ACKNOWLEDGE, Verb.ARRIVE,
        Verb.FINISH, Verb.SUSPEND, Verb.RESUME, Verb.VERIFY, Verb.REWORK, Verb.EVALUATE, Verb.REOPEN,
        Verb.SELF_HANDLE, Verb.PUBLISH, Verb.UNPUBLISH,
    }
)  # fmt: skip
_CALLED = (
    "id", "case_id", "unit_id", "part", "state", "round", "final", "called_at", "called_by", "answered_by",
)  # fmt: skip
_LAPSE = """
UPDATE cases_request SET state = 'lapsed', decided_at = %s
WHERE assignment_id = %s AND state = 'pending' AND id <> ALL(%s::bigint[])
"""

Row = Case | Assignment | Request


@dataclass(slots=True)
class Held:
    """A case we hold the lock of, who acts on it and when, and what is planned for it."""

    case: Case
    assignments: list[Assignment]  # of every round, oldest first
    actor: Actor
    now: datetime
    taken: Taken  # numbers for what is planned
    is_calm: bool  # whether its clocks end without more to do
    was_late: bool  # whether a limit to handle it ever ran out, of whichever unit in whichever round
    ends: str  # of the units to be called: `org.require_open`
    _changes: dict[Row, dict[str, object]] = field(default_factory=dict)
    _steps: list[dict[str, object]] = field(default_factory=list)
    _entries: list[Entry] = field(default_factory=list)
    _called: list[Assignment] = field(default_factory=list)
    _starting: list[NewDeadline] = field(default_factory=list)
    _ending: list[Ending] = field(default_factory=list)
    _beside: list[hot.Rows] = field(default_factory=list)
    _beside_entries: list[Entry] = field(default_factory=list)

    # -- reading -----------------------------------------------------------------------------------------

    @property
    def live(self) -> list[Assignment]:
        """Return the assignments somebody works on."""
        return [each for each in self.assignments if each.state in LIVE]

    def live_of(self, unit_id: int) -> Assignment | None:
        """Return the live assignment of a unit."""
        return next((each for each in self.live if each.unit_id == unit_id), None)

    def own(self, verb: Verb, unit_id: UnitId | None) -> Assignment:
        """Return the live assignment of the actor's own unit.

        unit_id: needed only by somebody who works for several called units.
        """
        units = self.actor.unit_ids if unit_id is None else {unit_id}
        own = [each for each in self.live if each.unit_id in units]
        if not own:
            raise IllegalMove(state="本单位未被呼叫或已办结的", verb=verb.label)
        if len(own) > 1:
            raise Incomplete(reason="您的多个单位均在办此事件，请指明单位")
        return own[0]

    # -- planning ----------------------------------------------------------------------------------------

    def move(
        self,
        verb: Verb,
        *,
        opinion: str = "",
        facts: Mapping[str, object] | None = None,
        assignment: Assignment | None = None,
        public: bool | None = None,
        **changes: object,
    ) -> None:
        """Change the state of the case, save `changes` (by column), add the step to history and ledger."""
        case, before = self.case, State(self.case.state)
        after = moves.next_state(before, verb)
        self.change(case, state=after, moves_made=case.moves_made + 1, **changes)
        details = {key: value for key, value in (facts or {}).items() if value not in (None, "")}
        payload = {"seq": case.moves_made, "opinion": opinion, **details}
        key = self.actor.key
        self._entries.append(Entry(self.now, key, verb, self._subject, before, after, payload))
        self._steps.append(
            {
                "case_id": case.pk,
                "seq": case.moves_made,
                "verb": verb,
                "before": before,
                "after": after,
                "at": self.now,
                "actor": key,
                "opinion": opinion,
                "facts": details,
                "public": verb in PUBLIC if public is None else public,
                "assignment_id": assignment.pk if assignment else None,
            }
        )

    def change(self, row: Row, **changes: object) -> None:
        """Set columns of the case or of a row that belongs to it."""
        for name, value in changes.items():
            setattr(row, name, value)
        self._changes.setdefault(row, {}).update(changes)

    def start(self, stage: Stage, assignment: Assignment | None = None) -> None:
        """Start the clock of a stage; stages without a limit have none."""
        limit = limits.stage_limit(stage, self.case.urgent)
        if limit is not None:
            self._start(stage, limit, assignment)

    def _start(self, stage: Stage, limit: Limit, assignment: Assignment | None) -> None:
        case = self.case
        of, unit = (AssignmentId(assignment.pk), assignment.unit_id) if assignment else (None, None)
        new = NewDeadline(CaseId(case.pk), case.number, stage, limit, self.now, of, case.area_code, unit)
        self._starting.append(new)

    def stop(self, *stages: Stage, assignment: Assignment | None = None) -> None:
        """Stop the clocks of stages: in time or late, as it is."""
        of = AssignmentId(assignment.pk) if assignment else None
        self._ending.append(Ending(CaseId(self.case.pk), stages, of))

    def cancel(self, assignment: Assignment | None = None) -> None:
        """End every clock of an assignment, or of the case, whose work is no longer wanted."""
        case_id = CaseId(self.case.pk)
        if assignment is None:  # those of its assignments among them
            self._ending = [Ending(case_id, None, None, any_assignment=True, is_cancelled=True)]
        else:
            self._ending.append(Ending(case_id, None, AssignmentId(assignment.pk), is_cancelled=True))

    def call(self, calls: Sequence[Call]) -> None:
        """Call units and start their clocks: acknowledge, arrive when urgent, dispose by the frozen limit."""
        for number, called in zip(self.taken.calls(len(calls)), calls, strict=True):
            assignment = self._new(number, called)
            self.assignments.append(assignment)
            self._called.append(assignment)
            self.start(Stage.ACKNOWLEDGE, assignment)
            self.start(Stage.ARRIVE, assignment)
            self._start(Stage.DISPOSE, frozen_limit(self.case), assignment)

    def _new(self, number: int, called: Call) -> Assignment:
        return Assignment(
            id=number,
            case_id=self.case.pk,
            unit_id=called.unit_id,
            part=Part.LEAD if called.lead else Part.SUPPORT,
            round=self.case.round,
            final=called.final,
            called_at=self.now,
            called_by=self.actor.key,
        )

    def end(self, assignment: Assignment, verb: Verb, **changes: object) -> None:
        """Take an assignment out of work; its undecided requests end with it, its clocks unless answered."""
        state = moves.next_assignment_state(AssignmentState(assignment.state), verb)
        self.change(assignment, state=state, ended_at=self.now, **changes)
        if verb is not Verb.ANSWER:
            self.cancel(assignment)

    def settle(self) -> None:
        """Let the case follow its assignments: all answered → to be verified; nobody left → assigned anew."""
        rows = [each for each in self.assignments if each.round == self.case.round]
        verb = moves.settle((Part(each.part), AssignmentState(each.state)) for each in rows)
        if verb is Verb.FINISH:
            self.move(verb, handled_at=self.now)
            self.start(Stage.VERIFY)
        elif verb is Verb.UNASSIGN:
            self.move(verb)
            self.start(Stage.ASSIGN)

    def record(self, verb: str, payload: Mapping[str, object], rows: hot.Rows) -> None:
        """Keep rows of another package and its ledger entry about the case along with the step."""
        self._beside_entries.append(Entry(self.now, self.actor.key, verb, self._subject, payload=payload))
        self._beside.append(rows)

    @property
    def _subject(self) -> str:
        return f"case:{self.case.number}"

    # -- writing -----------------------------------------------------------------------------------------

    def write(self, *, is_last: bool = False) -> None:
        """Write everything planned in one statement; more only when a clock was missed or stood still.

        is_last: nothing else is done in the transaction, so that its end may go along. A clock that was made
        late meanwhile, by a new calendar, is then fired right after it, in a transaction of its own.
        """
        entries = [*self._entries, *self._beside_entries]
        ids = self.taken.entries(len(entries))
        steps = [step | {"entry_id": number} for step, number in zip(self._steps, ids, strict=False)]
        called = [{name: getattr(each, name) for name in _CALLED} for each in self._called]
        ended = hot.write(
            *self._updates(),
            *(each.change(self.now) for each in self._ending),  # of the clocks there were before
            hot.Rows("cases_assignment", called),
            hot.Rows("cases_move", steps),
            *sealed(entries, ids),
            *self._beside,
            clocks.started(self._starting),
            queued([self._event(entry.verb) for entry in self._entries]),
            commits=is_last and self.is_calm,
        )
        clocks.ended(ended, now=self.now)
        wake_after_commit()

    def _event(self, verb: str) -> Event:
        """Return what whoever subscribed is told of a step; it concerns every unit of the round."""
        case = self.case
        units = {each.unit_id for each in self.assignments if each.round == case.round}
        return Event(verb, case.number, self.now, case.area_code, tuple(sorted(units)), case.urgent)

    def _updates(self) -> Iterator[hot.Change]:
        """Yield a change of exactly the changed columns of each row; an ended assignment's requests lapse.

        But not the one just decided: no row may be changed twice in one statement, or either may win.
        """
        decided = hot.array(row.pk for row in self._changes if isinstance(row, Request))
        for row, changes in self._changes.items():
            values = [each.value if isinstance(each, Enum) else each for each in changes.values()]
            yield hot.Change(_update(row._meta.db_table, tuple(changes)), [*values, row.pk])
            if "ended_at" in changes:
                yield hot.Change(_LAPSE, [self.now, row.pk, decided])


@lru_cache(maxsize=256)
def _update(table: str, columns: tuple[str, ...]) -> str:
    values = ", ".join(f'"{column}" = %s' for column in columns)
    return f"UPDATE {table} SET {values} WHERE id = %s"  # noqa: S608  # names are the models'


def frozen_limit(case: Case) -> Limit:
    """Return the limit the case was given at acceptance; a later catalogue does not change it."""
    if case.limit_amount is None:
        raise ValueError(f"case {case.number} was called before it was filed")
    return Limit(case.limit_amount, LimitType(case.limit_type))


def locked(
    number: str, *, actor: Actor, now: datetime, entries: int = 1, units: Sequence[UnitId] = ()
) -> Held:
    """Return the case, locked until the transaction ends. Raises NotFound, also for "not yours".

    entries: how many are likely to be written. units: likely to be called.
    """
    found = find(number, actor=actor, now=now, entries=entries, units=units)
    taken, is_calm, was_late = found.taken, found.is_calm, found.was_late
    return Held(found.case, found.assignments, actor, now, taken, is_calm, was_late, found.ends)


@contextmanager
def opened(
    number: str, verb: Verb, *, actor: Actor, now: datetime, entries: int = 1, units: Sequence[UnitId] = ()
) -> Iterator[Held]:
    """Hold the case if the actor may do `verb` and the case allows it now; then write what was planned."""
    with transaction.atomic():
        held = locked(number, actor=actor, now=now, entries=entries, units=units)
        own = [UnitId(each.unit_id) for each in held.assignments if each.unit_id in actor.unit_ids]
        moves.check_permitted(actor, verb, held.case.area_code, held.case.number, own)
        moves.next_state(State(held.case.state), verb)
        yield held
        held.write(is_last=True)


@contextmanager
def opened_by_unit(
    number: str, verb: Verb, *, actor: Actor, now: datetime, unit_id: UnitId | None, entries: int = 1
) -> Iterator[tuple[Held, Assignment]]:
    """Hold the case and the live assignment of the actor's own unit; then write what was planned."""
    with transaction.atomic():
        held = locked(number, actor=actor, now=now, entries=entries)
        units = [unit_id] if unit_id is not None else list(actor.unit_ids)
        for unit in units:
            moves.check_unit(actor, verb, unit)
        if not units:
            raise NotPermitted(verb=verb.label)
        moves.next_state(State(held.case.state), verb)
        yield held, held.own(verb, unit_id)
        held.write(is_last=True)
