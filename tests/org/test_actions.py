from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from huying.ledger.models import Entry
from huying.org import actions, queries
from huying.org.models import (
    Absence,
    Appointment,
    Deputy,
    HandOver,
    Responsibility,
    RoleGrant,
    Shift,
    Staff,
    Training,
    Unit,
)
from huying.org.policy import RESIDENT, SYSTEM
from huying.org.states import AppointmentKind, ChainLevel, Employment, Role, UnitKind
from huying.shared.errors import Conflict, IllegalMove, Incomplete, NotFound, NotPermitted, Refused
from huying.shared.ids import StaffId

from .conftest import GRID, HOUR, NOW, OTHER_GRID, OTHER_STREET, STREET, TOWER, Town, add_building, hire, sid

KEPT = (
    Absence,
    Appointment,
    Deputy,
    Entry,
    HandOver,
    Responsibility,
    RoleGrant,
    Shift,
    Staff,
    Training,
    Unit,
)


def everything() -> list[list[tuple[object, ...]]]:
    return [list(model.objects.order_by("pk").values_list()) for model in KEPT]


def last_entry() -> tuple[str, str, str]:
    entry = Entry.objects.latest("pk")
    return entry.actor, entry.verb, entry.subject


def create(code: str, kind: UnitKind = UnitKind.DEPARTMENT, line: str = "", local: str = "") -> Unit:
    return actions.create_unit(
        code=code, name=code, kind=kind, line_parent=line, local_parent=local, now=NOW, actor=SYSTEM
    )


def test_a_station_has_two_parents(town: Town) -> None:
    create("JD", UnitKind.STREET_OFFICE)
    station = create("CG-CX", UnitKind.STATION, line="CG", local="JD")
    assert (station.line_parent.code, station.local_parent.code) == ("CG", "JD")  # type: ignore[union-attr]
    assert last_entry() == ("system", "create_unit", "unit:CG-CX")
    moved = actions.move_unit("CG-CX", line_parent="", local_parent="ZHS", now=NOW, actor=SYSTEM)
    assert (moved.line_parent, moved.local_parent and moved.local_parent.code) == (None, "ZHS")
    assert last_entry() == ("system", "move_unit", "unit:CG-CX")


def test_a_unit_is_never_its_own_ancestor_by_any_way(town: Town) -> None:
    create("A")
    create("B", local="A")
    create("C", line="B")
    for line, local in (("C", ""), ("", "C"), ("A", ""), ("", "B")):
        with pytest.raises(Conflict, match="上级单位不能是本单位或其下级"):
            actions.move_unit("A", line_parent=line, local_parent=local, now=NOW, actor=SYSTEM)
    assert Unit.objects.get(code="A").line_parent is None


def test_an_import_finds_its_unit_again_and_leaves_it_as_it_is(town: Town) -> None:
    first = actions.ensure_unit(
        code="U1", name="甲", kind=UnitKind.DEPARTMENT, area_code=STREET, now=NOW, actor=SYSTEM
    )
    entries = Entry.objects.count()
    again = actions.ensure_unit(
        code="U1", name="乙", kind=UnitKind.EXTERNAL, area_code="", now=NOW, actor=SYSTEM
    )
    assert (again.pk, again.name, again.kind) == (first.pk, "甲", UnitKind.DEPARTMENT)
    assert Entry.objects.count() == entries


def test_a_unit_with_units_below_stays_open(town: Town) -> None:
    create("A")
    create("B", local="A")
    with pytest.raises(Conflict, match="还有未撤销的下级单位"):
        actions.close_unit("A", now=NOW, actor=SYSTEM)
    actions.close_unit("B", now=NOW, actor=SYSTEM)
    assert actions.close_unit("A", now=NOW, actor=SYSTEM).closed_at == NOW
    with pytest.raises(Conflict, match="已撤销"):
        actions.close_unit("A", now=NOW, actor=SYSTEM)


def test_a_stairwell_branch_covers_several_buildings(town: Town) -> None:
    add_building("B4")
    create("DW", UnitKind.PARTY_COMMITTEE)
    create("DZZ", UnitKind.PARTY_GENERAL_BRANCH, line="DW")
    branch = create("DZB", UnitKind.PARTY_BRANCH, line="DZZ")
    actions.link_branch("DZB", [TOWER, "B4"], now=NOW, actor=SYSTEM)
    actions.link_branch("DZB", ["B4"], now=NOW, actor=SYSTEM)
    assert list(branch.branch_buildings.values_list("building__code", flat=True)) == ["B4"]
    with pytest.raises(Incomplete, match="只有党支部"):
        actions.link_branch("DW", [TOWER], now=NOW, actor=SYSTEM)
    with pytest.raises(Incomplete, match="党支部的上级须为"):
        create("DZB2", UnitKind.PARTY_BRANCH, line="CG")


def test_dual_posts_but_one_substantive(town: Town) -> None:
    for post in ("队长", "顾问"):
        actions.create_post("CG", post, now=NOW, actor=SYSTEM)
    first = actions.appoint(sid(town.zhao), "CG", "队长", now=NOW, actor=SYSTEM)
    with pytest.raises(Conflict, match="可改为兼任"):
        actions.appoint(sid(town.zhao), "CG", "顾问", now=NOW, actor=SYSTEM)
    actions.appoint(sid(town.zhao), "CG", "顾问", kind=AppointmentKind.CONCURRENT, now=NOW, actor=SYSTEM)
    assert town.zhao.appointments.count() == 2
    actions.end_appointment(first.pk, now=NOW + HOUR, actor=SYSTEM)
    assert last_entry() == ("system", "end_appointment", "unit:CG")
    with pytest.raises(NotFound):
        actions.end_appointment(first.pk, now=NOW + HOUR, actor=SYSTEM)


def test_people_are_weighed_by_employment_unless_agreed_otherwise(town: Town) -> None:
    assert hire("甲", employment=Employment.PART_TIME).workload_weight == Decimal("0.5")
    agreed = actions.hire(
        name="乙", employment=Employment.PART_TIME, workload_weight=Decimal("0.8"), now=NOW, actor=SYSTEM
    )
    assert agreed.workload_weight == Decimal("0.8")


def test_names_and_phones_stay_out_of_the_open_part_of_the_ledger(town: Town) -> None:
    actions.hire(name="王小明", phone="13800001111", employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM)
    for row in Entry.objects.values_list("actor", "verb", "subject", "before", "after"):
        assert "王小明" not in "".join(row)
        assert "13800001111" not in "".join(row)


def test_who_leaves_leaves_everything(town: Town) -> None:
    wang = sid(town.wang)
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    actions.grant(wang, Role.GRID_WORKER, area_code=GRID, now=NOW - HOUR, actor=SYSTEM)
    actions.name_deputy(wang, sid(town.zhao), starts_at=NOW + HOUR, now=NOW, actor=SYSTEM)
    actions.open_account(wang, "wang", "Correct-2026", now=NOW, actor=SYSTEM)
    town.shift(town.wang, 2, 4)

    staff = actions.dismiss(wang, now=NOW, actor=SYSTEM)

    assert staff.user is not None
    assert (staff.left_at, staff.user.is_active) == (NOW, False)
    assert list(town.wang.responsibilities.values_list("ends_at", flat=True)) == [NOW]
    assert list(town.wang.grants.values_list("ends_at", flat=True)) == [NOW]
    assert town.wang.deputies.count() == 0  # would have begun later
    assert town.wang.shifts.get().cancelled_at == NOW
    with pytest.raises(NotFound):
        actions.dismiss(wang, now=NOW, actor=SYSTEM)


def test_a_responsibility_is_held_once_and_released(town: Town) -> None:
    row = actions.make_responsible(
        sid(town.wang), ChainLevel.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM
    )
    assert last_entry() == ("system", "make_responsible", f"area:{GRID}")
    with pytest.raises(Conflict):
        actions.make_responsible(
            sid(town.wang), ChainLevel.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM
        )
    actions.release(row.pk, now=NOW + HOUR, actor=SYSTEM)
    assert last_entry() == ("system", "release", f"area:{GRID}")
    with pytest.raises(NotFound):
        actions.release(row.pk, now=NOW + HOUR, actor=SYSTEM)
    actions.make_responsible(
        sid(town.wang), ChainLevel.GRID_WORKER, area_code=GRID, now=NOW + HOUR, actor=SYSTEM
    )


def test_volunteers_and_trainings_once(town: Town) -> None:
    wang = sid(town.wang)
    for act in (
        lambda: actions.enrol_volunteer(wang, TOWER, now=NOW, actor=SYSTEM),
        lambda: actions.record_training(wang, "消防", date(2026, 3, 1), now=NOW, actor=SYSTEM),
    ):
        act()
        with pytest.raises(Conflict):
            act()


def test_a_shift_is_seen_by_the_next_planner(town: Town) -> None:
    town.shift(town.chen, 0, 8)
    town.shift(town.chen, 8, 16)
    with pytest.raises(Conflict, match="已有排班"):
        town.shift(town.chen, 7, 9)
    town.shift(town.chen, 7, 9, unit="CG")  # another unit's roster is its own


def test_a_hand_over_is_written_confirmed_and_never_changed(town: Town) -> None:
    shift = town.shift(town.chen, -8, 0)
    town.shift(town.zhao, 0, 8)
    chen, zhao = town.actor(town.chen), town.actor(town.zhao)
    actions.hand_over(shift, sid(town.zhao), " 消防栓待修 ", now=NOW, actor=chen)
    with pytest.raises(Conflict, match="本班次已交班"):
        actions.hand_over(shift, sid(town.zhao), "无", now=NOW, actor=chen)
    with pytest.raises(NotPermitted):
        actions.confirm(shift, now=NOW, actor=chen)
    row = actions.confirm(shift, now=NOW, actor=zhao)
    assert (row.open_matters, row.confirmed_at) == ("消防栓待修", NOW)
    assert last_entry() == (zhao.key, "confirm", "unit:ZHS")
    with pytest.raises(IllegalMove):
        actions.confirm(shift, now=NOW, actor=zhao)
    for change in (
        lambda: HandOver.objects.update(open_matters="无"),
        lambda: HandOver.objects.update(confirmed_at=None),
        lambda: HandOver.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_somebody_reports_the_own_absence_and_return(town: Town) -> None:
    wang = town.actor(town.wang)
    row = actions.record_absence(sid(town.wang), NOW - HOUR, None, now=NOW, actor=wang)
    actions.end_absence(row.pk, now=NOW, actor=wang)
    row.refresh_from_db()
    assert row.ends_at == NOW
    with pytest.raises(NotFound):
        actions.end_absence(row.pk, now=NOW, actor=wang)
    with pytest.raises(NotPermitted):
        actions.record_absence(sid(town.zhao), NOW, None, now=NOW, actor=wang)


@pytest.mark.parametrize(
    ("act", "refusal"),
    [
        # unknown area, unknown parent, code in use, empty name
        (lambda t: queries.unit_by_code("NONE"), NotFound),
        (lambda t: create("X", line="NONE"), NotFound),
        (lambda t: create("CG"), Conflict),
        (lambda t: create(""), Conflict),
        (lambda t: create("S", UnitKind.STATION, line="ZHS"), Incomplete),
        # a post twice, a post that is not there
        (lambda t: actions.appoint(sid(t.wang), "CG", "无此岗", now=NOW, actor=SYSTEM), NotFound),
        # people: no name, a weight of nothing
        (lambda t: hire(""), Conflict),
        (
            lambda t: actions.hire(
                name="x", employment=Employment.PART_TIME, workload_weight=Decimal(0), now=NOW, actor=SYSTEM
            ),
            Conflict,
        ),
        # the head of an area, a grid worker of a building, an area that never was, nobody
        (
            lambda t: actions.make_responsible(
                sid(t.wang), ChainLevel.BUILDING_HEAD, area_code=GRID, now=NOW, actor=SYSTEM
            ),
            Incomplete,
        ),
        (
            lambda t: actions.make_responsible(
                sid(t.wang), ChainLevel.GRID_WORKER, area_code="999", now=NOW, actor=SYSTEM
            ),
            NotFound,
        ),
        (
            lambda t: actions.make_responsible(
                StaffId(0), ChainLevel.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM
            ),
            NotFound,
        ),
        # a deputy of oneself, an absence that ends before it starts
        (lambda t: actions.name_deputy(sid(t.wang), sid(t.wang), now=NOW, actor=SYSTEM), Conflict),
        (
            lambda t: actions.record_absence(sid(t.wang), NOW, NOW - HOUR, now=NOW, actor=SYSTEM),
            Conflict,
        ),
        # a shift of 25 hours, hand-over of a shift that is not there
        (lambda t: t.shift(t.chen, 0, 25), Incomplete),
        (lambda t: actions.hand_over(0, sid(t.zhao), "无", now=NOW, actor=SYSTEM), NotFound),
        (lambda t: actions.confirm(0, now=NOW, actor=SYSTEM), NotFound),
        # a grant over an area that is not there, a department's worker without department, a weak password
        (lambda t: actions.grant(sid(t.wang), Role.LEADER, area_code="999", now=NOW, actor=SYSTEM), NotFound),
        (lambda t: actions.grant(sid(t.wang), Role.UNIT_WORKER, now=NOW, actor=SYSTEM), Incomplete),
        (lambda t: actions.open_account(sid(t.wang), "wang", "12345678", now=NOW, actor=SYSTEM), Incomplete),
        (lambda t: actions.issue_token("x", "", now=NOW, actor=SYSTEM), Conflict),
        (lambda t: actions.issue_token("x", "s", role=Role.COMMANDER, now=NOW, actor=SYSTEM), Incomplete),
        # a commander of this street in the other one; a grid worker and a resident anywhere
        (
            lambda t: actions.make_responsible(
                sid(t.wang),
                ChainLevel.GRID_WORKER,
                area_code=GRID,
                now=NOW,
                actor=t.actor(t.chen, Role.COMMANDER, prefix=OTHER_STREET),
            ),
            NotPermitted,
        ),
        (
            lambda t: actions.schedule_shift(
                "ZHS", sid(t.wang), NOW, NOW + HOUR, now=NOW, actor=t.actor(t.wang, Role.GRID_WORKER)
            ),
            NotPermitted,
        ),
        (
            lambda t: actions.hire(name="x", employment=Employment.FULL_TIME, now=NOW, actor=RESIDENT),
            NotPermitted,
        ),
        # an administrator of the street grants over the whole district; or to himself
        (
            lambda t: actions.grant(
                sid(t.wang),
                Role.COMMANDER,
                area_code="330109",
                now=NOW,
                actor=t.actor(t.sun, Role.ADMINISTRATOR),
            ),
            NotPermitted,
        ),
        (
            lambda t: actions.grant(
                sid(t.sun),
                Role.COMMANDER,
                area_code=STREET,
                now=NOW,
                actor=t.actor(t.sun, Role.ADMINISTRATOR),
            ),
            NotPermitted,
        ),
    ],
)
def test_a_refusal_changes_nothing(town: Town, act: object, refusal: type[Refused]) -> None:
    before = everything()
    with pytest.raises(refusal):
        act(town)  # type: ignore[operator]
    assert everything() == before


def test_a_commander_plans_in_the_own_street(town: Town) -> None:
    chen = town.actor(town.chen, Role.COMMANDER)
    actions.schedule_shift("ZHS", sid(town.chen), NOW, NOW + 8 * HOUR, now=NOW, actor=chen)
    assert last_entry() == (chen.key, "schedule_shift", "unit:ZHS")
    actions.make_responsible(
        sid(town.wang), ChainLevel.GRID_WORKER, area_code=OTHER_GRID, now=NOW, actor=chen
    )
    actions.name_deputy(sid(town.wang), sid(town.zhao), now=NOW, actor=chen)
    assert last_entry() == (chen.key, "name_deputy", f"staff:{town.wang.pk}")


def test_a_deputy_can_be_ended(town: Town) -> None:
    row = actions.name_deputy(sid(town.wang), sid(town.zhao), now=NOW, actor=SYSTEM)
    actions.end_deputy(row.pk, now=NOW + HOUR, actor=SYSTEM)
    row.refresh_from_db()
    assert row.ends_at == NOW + HOUR
    with pytest.raises(NotFound):
        actions.end_deputy(row.pk, now=NOW + HOUR, actor=SYSTEM)
