import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from huying.org import actions, queries
from huying.org.policy import SYSTEM, Person
from huying.org.states import AppointmentKind, ChainLevel, How, Lack, UnitKind
from huying.shared.errors import Incomplete, NotFound, Unavailable
from huying.shared.ids import UnitId

from .conftest import COMMUNITY, GRID, HOUR, NOW, OTHER_GRID, OTHER_STREET, STREET, Town, hire, sid


def lead(town: Town, unit: str = "ZHS") -> None:
    actions.create_post(unit, "主任", is_head=True, now=NOW, actor=SYSTEM)
    actions.appoint(sid(town.sun), unit, "主任", starts_at=NOW - HOUR, now=NOW, actor=SYSTEM)


def test_the_chain_of_a_building_joins_the_links_of_every_place_around_it(town: Town) -> None:
    people = [hire(name) for name in ("甲", "乙", "丙", "丁", "戊")]
    for staff, level, area in zip(people, ChainLevel, (STREET, COMMUNITY, GRID, GRID, ""), strict=True):
        town.responsible(staff, level, area)
    town.responsible(hire("别人"), ChainLevel.GRID_WORKER, OTHER_GRID)

    chain = queries.chain(GRID, building_id=town.tower_id, at=NOW)

    assert [(link.level, link.person and link.person.name) for link in chain] == list(
        zip(ChainLevel, "甲乙丙丁戊", strict=True)
    )
    assert [link.lack for link in queries.chain(OTHER_STREET, at=NOW)] == [
        *[Lack.VACANT] * 4,
        Lack.NO_BUILDING,
    ]


def test_the_owner_goes_from_holder_to_deputy_to_superior_to_the_duty_room(town: Town) -> None:
    head, deputy = hire("楼长"), hire("副楼长")
    town.responsible(head, ChainLevel.BUILDING_HEAD)
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    town.shift(town.chen)
    lead(town)

    def owner() -> tuple[str, How]:
        found = queries.owner(GRID, building_id=town.tower_id, at=NOW)
        return found.name, found.how

    assert owner() == ("楼长", How.HOLDER)
    town.away(head)
    assert owner() == ("王网格", How.SUPERIOR)
    actions.name_deputy(sid(head), sid(deputy), starts_at=NOW - HOUR, now=NOW, actor=SYSTEM)
    assert owner() == ("副楼长", How.DEPUTY)
    town.away(deputy, town.wang)
    assert owner() == ("陈值班", How.DUTY_ROOM)
    town.away(town.chen)
    assert owner() == ("孙主任", How.DUTY_ROOM)
    town.away(town.sun)
    with pytest.raises(Unavailable):
        owner()


def test_the_duty_room_of_another_street_does_not_answer(town: Town) -> None:
    town.shift(town.chen)
    with pytest.raises(Unavailable, match="指挥室"):
        queries.owner(OTHER_STREET, at=NOW)


def test_the_room_of_the_district_answers_when_the_street_has_nobody(town: Town) -> None:
    actions.ensure_unit(
        code="QZX", name="区指挥中心", kind=UnitKind.COMMAND_CENTRE, area_code="330109", now=NOW, actor=SYSTEM
    )
    town.shift(town.sun, unit="QZX")
    assert queries.owner(GRID, at=NOW).name == "孙主任"
    town.shift(town.chen)
    assert queries.owner(GRID, at=NOW).name == "陈值班"


def test_somebody_who_left_or_whose_time_is_over_answers_for_nothing(town: Town) -> None:
    other = hire("接任")
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    town.responsible(other, ChainLevel.GRID_WORKER)
    actions.dismiss(sid(town.wang), now=NOW, actor=SYSTEM)

    assert queries.owner(GRID, at=NOW) == Person(sid(other), "接任", "", ChainLevel.GRID_WORKER, How.HOLDER)
    assert queries.owner(GRID, at=NOW - HOUR / 2).name == "王网格"  # it was so then, and stays explainable
    with pytest.raises(Unavailable):
        queries.owner(GRID, at=NOW - 2 * HOUR)


def test_a_thousand_places_take_as_many_queries_as_one(town: Town) -> None:
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    with CaptureQueriesContext(
        connection,
    ) as one:
        queries.owners([(GRID, None)], at=NOW)
    spots = [(f"{GRID}{n:03}", None) for n in range(1000)]
    with CaptureQueriesContext(connection) as many:
        found = queries.owners(spots, at=NOW)
    assert len(many) == len(one) == 3
    assert {person.name for person in found.values() if isinstance(person, Person)} == {"王网格"}


def test_on_duty_in_a_department_falls_back_to_its_chief_then_to_the_duty_room(town: Town) -> None:
    department = UnitId(queries.unit_by_code("CG").pk)
    with pytest.raises(Unavailable, match="城管局"):
        queries.on_duty(department, at=NOW)
    town.shift(town.chen)
    assert queries.on_duty(department, at=NOW).name == "陈值班"
    lead(town, "CG")
    assert queries.on_duty(department, at=NOW).name == "孙主任"
    town.shift(town.zhao, unit="CG")
    assert queries.on_duty(department, at=NOW).name == "赵队长"
    town.away(town.zhao, town.sun)
    assert queries.on_duty(department, at=NOW).name == "陈值班"


def test_the_directory_names_the_grid_worker_only(town: Town) -> None:
    town.responsible(hire("书记"), ChainLevel.COMMUNITY_HEAD, COMMUNITY)
    assert queries.grid_worker(GRID, NOW) is None
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    found = queries.grid_worker(GRID, NOW)
    assert found is not None
    assert (found.name, found.phone) == ("王网格", "0571-8201")


def test_units_that_are_closed_or_unknown(town: Town) -> None:
    department = UnitId(actions.close_unit("CG", now=NOW, actor=SYSTEM).pk)
    assert queries.unit(department).name == "城管局"
    assert queries.unit(department, at=NOW - HOUR).name == "城管局"
    with pytest.raises(Incomplete, match="城管局已撤销"):
        queries.unit(department, at=NOW)
    for unknown in (lambda: queries.unit(UnitId(0)), lambda: queries.unit_by_code("X")):
        with pytest.raises(NotFound):
            unknown()


def test_where_somebody_works(town: Town) -> None:
    assert queries.area_of_staff(sid(town.wang), NOW) == ""
    town.responsible(town.wang, ChainLevel.BUILDING_HEAD)
    assert queries.area_of_staff(sid(town.wang), NOW) == GRID
    town.responsible(town.wang, ChainLevel.COMMUNITY_HEAD, COMMUNITY)
    assert queries.area_of_staff(sid(town.wang), NOW) == COMMUNITY
    actions.create_post("CG", "队员", now=NOW, actor=SYSTEM)
    actions.appoint(sid(town.wang), "CG", "队员", kind=AppointmentKind.CONCURRENT, now=NOW, actor=SYSTEM)
    assert queries.area_of_staff(sid(town.wang), NOW) == STREET
