"""What is streamed is what `visible` shows: the rule is written twice, here it is compared."""

from tests.cases.conftest import ELSEWHERE, GRID, NOW, Cast, staff

from huying.cases import actions
from huying.cases.models import Assignment, Case
from huying.cases.policy.reports import Place
from huying.cases.policy.sight import Sight, may_see
from huying.cases.queries import position, steps_since, visible
from huying.live.policy import for_viewer
from huying.org.policy import RESIDENT, Actor, Grant
from huying.org.states import Role
from huying.shared.ids import UnitId


def sight(case: Case) -> Sight:
    units = Assignment.objects.filter(case=case).values_list("unit_id", flat=True)
    return Sight(case.number, case.area_code, frozenset(map(UnitId, units)), case.source, case.reported_by)


def everybody(cast: Cast, number: str) -> list[Actor]:
    """Return somebody of every role over each area, machines, the cast, residents."""
    areas = (GRID, "330109001", "330109001002", ELSEWHERE, "")
    by_role = [
        staff(20 + nr, Grant(role, area))
        for nr, (role, area) in enumerate((r, a) for r in Role for a in areas)
    ]
    machine = Actor("token:9", grants=frozenset({Grant(Role.CONNECTOR)}), source="pingshan")
    two = staff(90, Grant(Role.UNIT_WORKER, unit_id=cast.water), Grant(Role.GRID_WORKER, ELSEWHERE))
    unsourced = Actor("token:8", grants=frozenset({Grant(Role.CONNECTOR)}))
    named = [cast.wang, cast.zhao, cast.qian, cast.chen, cast.sun, cast.zhou, cast.stranger]
    return [
        *by_role,
        machine,
        two,
        unsourced,
        *named,
        RESIDENT,
        RESIDENT.holding(number),
        staff(1),
        staff(99),
    ]


def cases(cast: Cast) -> list[str]:
    """File cases that differ in everything the rule looks at."""
    made = [
        cast.reported(),
        cast.reported(place=Place("330109001", certain=False)),
        cast.reported(place=Place(ELSEWHERE)),
        cast.reported(source="pingshan"),
        cast.reported(source=""),
        cast.in_hand(support=True),
        cast.closed(),
    ]
    made.append(actions.report(cast.report(place=Place(ELSEWHERE)), actor=cast.wang, now=NOW).number)
    withdrawn = cast.in_hand(support=True)
    actions.withdraw(withdrawn, unit_id=cast.water, actor=cast.chen, now=NOW, reason="不需要")
    return [*made, withdrawn]


def test_the_rule_in_python_is_the_rule_in_sql(cast: Cast) -> None:
    numbers = cases(cast)
    rows = [sight(case) for case in Case.objects.all()]
    people = everybody(cast, numbers[0])
    in_sql = [set(visible(actor).values_list("number", flat=True)) for actor in people]
    in_python = [{row.number for row in rows if may_see(actor, row)} for actor in people]

    assert in_python == in_sql
    assert len({frozenset(found) for found in in_sql}) >= 8  # the cases tell the people apart


def test_the_comparison_notices_a_rule_that_shows_too_much(cast: Cast) -> None:
    cast.reported(place=Place(ELSEWHERE))
    rows = [sight(case) for case in Case.objects.all()]
    everything = {row.number for row in rows}
    assert everything != set(visible(cast.chen).values_list("number", flat=True))


def test_another_areas_steps_never_arrive(racing: Cast) -> None:
    start, number = position(), racing.closed()
    steps = steps_since(start, most=1_000).steps
    told = [for_viewer(step, racing.chen) for step in steps]

    assert [for_viewer(step, racing.stranger) for step in steps] == [None] * 7
    assert [(each["number"], each["verb"]) for each in told if each] == [
        (number, verb) for verb in ("report", "accept", "assign", "acknowledge", "answer", "finish", "verify")
    ]


def test_what_is_told_holds_nothing_personal(racing: Cast) -> None:
    start = position()
    racing.reported()
    (step,) = steps_since(start, most=10).steps
    told = for_viewer(step, racing.chen)
    assert told is not None
    assert set(told) == {"number", "verb", "state", "area_code", "urgent", "at"}
