"""The one door: lock, decide, save, record. Every verb passes through here.

Lock order: the row of the case first; everything else that belongs to a case is written only
by who holds it. Two cases (merge) are locked in the order of their ids.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Field, Model

from huying.cases.models import Assignment, Case, Request
from huying.cases.policy import moves
from huying.cases.queries import visible
from huying.cases.states import LIVE, AssignmentState, Part, RequestState, State, Verb
from huying.clocks import actions as clocks
from huying.clocks import queries as limits
from huying.clocks.policy import Limit
from huying.clocks.states import LimitType, Stage
from huying.database import hot
from huying.ledger.actions import record
from huying.org.policy import Actor
from huying.shared.errors import IllegalMove, Incomplete, NotFound, NotPermitted
from huying.shared.ids import AssignmentId, CaseId, UnitId

# What a resident sees of the life of his case.
PUBLIC = frozenset(
    {
        Verb.REPORT, Verb.ACCEPT, Verb.DECLINE, Verb.MERGE, Verb.ASSIGN, Verb.ACKNOWLEDGE, Verb.ARRIVE,
        Verb.FINISH, Verb.SUSPEND, Verb.RESUME, Verb.VERIFY, Verb.REWORK, Verb.EVALUATE, Verb.REOPEN,
        Verb.SELF_HANDLE,
    }
)  # fmt: skip


def locked(number: str, *, actor: Actor) -> Case:
    """Return the case, locked until the transaction ends. Raises NotFound, also for "not yours"."""
    found = _looked_up(actor)
    rows = hot.fetch(found[0], [number if each is _NUMBER else each for each in found[1]]) if found else []
    if not rows:
        raise NotFound(what="事件", key=number)
    return Case.from_db(connection.alias, _COLUMNS, rows[0])


_COLUMNS = [field.attname for field in Case._meta.concrete_fields]
_NUMBER = "stands for the number of the case"


@lru_cache(maxsize=10_000)
def _looked_up(actor: Actor) -> tuple[str, tuple[object, ...]] | None:
    """Return the statement that finds and locks a case the actor sees, None for who sees none.

    `visible` says who sees what; to put it into SQL takes longer than to run it, so what came out is kept.
    """
    try:
        query = visible(actor).select_for_update(of=("self",)).filter(number=_NUMBER).query
        statement, parameters = query.sql_with_params()
    except EmptyResultSet:
        return None
    return statement, parameters


def enter(number: str, verb: Verb, *, actor: Actor) -> Case:
    """Return the locked case if the actor may do `verb` by role and the case allows it now."""
    case = locked(number, actor=actor)
    moves.check_permitted(actor, verb, case.area_code, case.number, _own_units(case, actor))
    moves.next_state(State(case.state), verb)
    return case


def _own_units(case: Case, actor: Actor) -> list[UnitId]:
    """Return the units of the actor that were called to the case."""
    if not actor.unit_ids:
        return []
    called = case.assignments.filter(unit__in=actor.unit_ids).values_list("unit_id", flat=True)
    return [UnitId(unit) for unit in called]


def enter_unit(number: str, verb: Verb, *, actor: Actor, unit_id: UnitId | None) -> tuple[Case, Assignment]:
    """Return the locked case and the live assignment of the actor's own unit.

    unit_id: needed only by somebody who works for several called units.
    """
    case = locked(number, actor=actor)
    units = [unit_id] if unit_id is not None else list(actor.unit_ids)
    for unit in units:
        moves.check_unit(actor, verb, unit)
    if not units:
        raise NotPermitted(verb=verb.label)
    moves.next_state(State(case.state), verb)
    own = list(case.assignments.filter(unit__in=units, state__in=LIVE))
    if not own:
        raise IllegalMove(state="本单位未被呼叫或已办结的", verb=verb.label)
    if len(own) > 1:
        raise Incomplete(reason="您的多个单位均在办此事件,请指明单位")
    return case, own[0]


def move(
    case: Case,
    verb: Verb,
    *,
    actor: Actor,
    now: datetime,
    opinion: str = "",
    facts: Mapping[str, object] | None = None,
    assignment: Assignment | None = None,
    public: bool | None = None,
    **changes: object,
) -> None:
    """Change the state of a locked case, save `changes`, and write the step into history and ledger."""
    before = State(case.state)
    after = moves.next_state(before, verb)
    changes = {"state": after, "moves_made": case.moves_made + 1, **changes}
    save(case, **changes)
    details = {key: value for key, value in (facts or {}).items() if value not in (None, "")}
    entry_id = record(
        at=now,
        actor=actor.key,
        verb=verb,
        subject=f"case:{case.number}",
        before=before,
        after=after,
        payload={"seq": case.moves_made, "opinion": opinion, **details},
    )
    step: hot.Row = {
        "case_id": case.pk,
        "seq": case.moves_made,
        "verb": verb,
        "before": before,
        "after": after,
        "at": now,
        "actor": actor.key,
        "opinion": opinion,
        "facts": details,
        "public": verb in PUBLIC if public is None else public,
        "assignment_id": assignment.pk if assignment else None,
        "entry_id": entry_id,
    }
    hot.insert("cases_move", [step])


def start_clock(case: Case, stage: Stage, *, now: datetime, assignment: Assignment | None = None) -> None:
    """Start the clock of a stage; stages without a limit have none."""
    limit = limits.stage_limit(stage, case.urgent)
    if limit is not None:
        clocks.start(
            case_id=CaseId(case.pk),
            case_number=case.number,
            stage=stage,
            limit=limit,
            now=now,
            assignment_id=AssignmentId(assignment.pk) if assignment else None,
        )


def stop_clock(case: Case, stage: Stage, *, now: datetime, assignment: Assignment | None = None) -> None:
    """Stop the clock of a stage: in time or late, as it is."""
    assignment_id = AssignmentId(assignment.pk) if assignment else None
    clocks.stop(CaseId(case.pk), stage, now=now, assignment_id=assignment_id)


def call(
    case: Case, unit_id: UnitId, part: Part, *, actor: Actor, now: datetime, final: bool = False
) -> Assignment:
    """Call one unit and start its clocks: acknowledge, arrive when urgent, dispose by the frozen limit."""
    assignment = Assignment.objects.create(
        case=case,
        unit_id=unit_id,
        part=part,
        round=case.round,
        final=final,
        called_at=now,
        called_by=actor.key,
    )
    start_clock(case, Stage.ACKNOWLEDGE, now=now, assignment=assignment)
    start_clock(case, Stage.ARRIVE, now=now, assignment=assignment)
    clocks.start(
        case_id=CaseId(case.pk),
        case_number=case.number,
        stage=Stage.DISPOSE,
        limit=frozen_limit(case),
        now=now,
        assignment_id=AssignmentId(assignment.pk),
    )
    return assignment


def frozen_limit(case: Case) -> Limit:
    """Return the limit the case was given at acceptance; a later catalogue does not change it."""
    if case.limit_amount is None:
        raise ValueError(f"case {case.number} was called before it was filed")
    return Limit(case.limit_amount, LimitType(case.limit_type))


def end(assignment: Assignment, verb: Verb, *, now: datetime, **changes: object) -> None:
    """Take an assignment out of work; its clocks and its undecided requests end with it."""
    state = moves.next_assignment_state(AssignmentState(assignment.state), verb)
    save(assignment, state=state, ended_at=now, **changes)
    if verb is not Verb.ANSWER:
        clocks.cancel(CaseId(assignment.case_id), now=now, assignment_id=AssignmentId(assignment.pk))
    Request.objects.filter(assignment=assignment, state=RequestState.PENDING).update(
        state=RequestState.LAPSED, decided_at=now
    )


def save(row: Case | Assignment | Request, **changes: object) -> None:
    """Set the fields of a locked row and write exactly them."""
    for name, value in changes.items():
        setattr(row, name, value)
    fields = [_field(type(row), name) for name in changes]
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
    hot.run(_set(row._meta.db_table, tuple(field.column for field in fields)), [*values, row.pk])


@lru_cache(maxsize=256)
def _field(model: type[Model], name: str) -> "Field[object, object]":
    field = model._meta.get_field(name)
    if not isinstance(field, Field):
        raise TypeError(f"{name} is no column of {model.__name__}")
    return field


@lru_cache(maxsize=256)
def _set(table: str, columns: tuple[str, ...]) -> str:
    assignments = ", ".join(f'"{column}" = %s' for column in columns)
    return f"UPDATE {table} SET {assignments} WHERE id = %s"  # noqa: S608  # names are the models'


def settle(case: Case, *, actor: Actor, now: datetime) -> None:
    """Let the case follow its assignments: all answered → to be verified; nobody left → to be assigned."""
    rows = case.assignments.filter(round=case.round).values_list("part", "state")
    verb = moves.settle((Part(part), AssignmentState(state)) for part, state in rows)
    if verb is Verb.FINISH:
        move(case, verb, actor=actor, now=now, handled_at=now)
        start_clock(case, Stage.VERIFY, now=now)
    elif verb is Verb.UNASSIGN:
        move(case, verb, actor=actor, now=now)
        start_clock(case, Stage.ASSIGN, now=now)


def end_all(case: Case, verb: Verb, assignments: Iterable[Assignment], *, now: datetime) -> None:
    """End every live assignment of a case that leaves the loop."""
    for assignment in assignments:
        if assignment.state in LIVE:
            end(assignment, verb, now=now)
    clocks.cancel(CaseId(case.pk), now=now)
