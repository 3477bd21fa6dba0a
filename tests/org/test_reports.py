from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from huying.org import actions, queries
from huying.org.policy import SYSTEM, Window
from huying.org.states import ChainLevel, Employment, Lack, UnitKind
from huying.shared.errors import NotFound

from .conftest import (
    COMMUNITY,
    GRID,
    HOUR,
    NOW,
    OTHER_GRID,
    OTHER_STREET,
    STREET,
    TOWER,
    Town,
    add_building,
    hire,
    sid,
)

DAY = timedelta(days=1)
EVERY_GAP = {
    (COMMUNITY, ChainLevel.LIAISON_CADRE),
    (COMMUNITY, ChainLevel.COMMUNITY_HEAD),
    (GRID, ChainLevel.GRID_CHIEF),
    (GRID, ChainLevel.GRID_WORKER),
    (OTHER_GRID, ChainLevel.GRID_CHIEF),
    (OTHER_GRID, ChainLevel.GRID_WORKER),
    (TOWER, ChainLevel.BUILDING_HEAD),
}


def missing(area_prefix: str = "") -> set[tuple[str, ChainLevel]]:
    return {(gap.place.code, gap.level) for gap in queries.gaps(NOW, area_prefix=area_prefix).places}


def test_an_empty_street_lacks_every_link(town: Town) -> None:
    report = queries.gaps(NOW)
    assert {(gap.place.code, gap.level) for gap in report.places} == EVERY_GAP
    assert {gap.lack for gap in report.places} == {Lack.VACANT}
    assert [gap.window for gap in report.hours] == [Window(NOW, NOW + 7 * DAY)]
    assert [street.code for street in report.unwatched] == [OTHER_STREET]
    assert not report.is_empty


def test_a_link_of_a_wider_place_fills_all_below_it(town: Town) -> None:
    town.responsible(town.sun, ChainLevel.LIAISON_CADRE, STREET)
    town.responsible(town.chen, ChainLevel.GRID_CHIEF, COMMUNITY)
    town.responsible(town.wang, ChainLevel.BUILDING_HEAD)
    assert missing() == {
        (COMMUNITY, ChainLevel.COMMUNITY_HEAD),
        (GRID, ChainLevel.GRID_WORKER),
        (OTHER_GRID, ChainLevel.GRID_WORKER),
    }
    assert missing(GRID) == {(GRID, ChainLevel.GRID_WORKER)}
    assert missing(OTHER_STREET) == set()


def test_a_holder_who_is_away_without_deputy_is_a_gap(town: Town) -> None:
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    assert (GRID, ChainLevel.GRID_WORKER) not in missing()
    town.away(town.wang)
    gap = next(g for g in queries.gaps(NOW, area_prefix=GRID).places if g.level is ChainLevel.GRID_WORKER)
    assert gap.lack is Lack.ALL_AWAY
    actions.name_deputy(sid(town.wang), sid(town.zhao), starts_at=NOW - HOUR, now=NOW, actor=SYSTEM)
    assert (GRID, ChainLevel.GRID_WORKER) not in missing()


def test_uncovered_hours_of_the_roster(town: Town) -> None:
    town.shift(town.chen, 0, 8)
    town.shift(town.zhao, 8, 16)
    town.shift(town.chen, 17, 24)
    report = queries.gaps(NOW, until=NOW + DAY)
    assert [gap.window for gap in report.hours] == [Window(NOW + 16 * HOUR, NOW + 17 * HOUR)]
    actions.record_absence(sid(town.zhao), NOW + 9 * HOUR, NOW + 10 * HOUR, now=NOW, actor=SYSTEM)
    report = queries.gaps(NOW, until=NOW + DAY)
    assert [gap.window.starts_at for gap in report.hours] == [NOW + 9 * HOUR, NOW + 16 * HOUR]


def test_duty_that_nobody_took_over(town: Town) -> None:
    ended = town.shift(town.chen, -8, -1)
    town.shift(town.zhao, -1, 7)
    chen, zhao = town.actor(town.chen), town.actor(town.zhao)

    def states() -> list[tuple[int, bool]]:
        return [(gap.shift_id, gap.written) for gap in queries.gaps(NOW).hand_overs]

    assert states() == [(ended, False)]
    actions.hand_over(ended, sid(town.zhao), "无", now=NOW - HOUR, actor=chen)
    assert states() == [(ended, True)]
    actions.confirm(ended, now=NOW, actor=zhao)
    assert states() == []


def test_the_roster_of_today(town: Town) -> None:
    running = town.shift(town.chen, -1, 7)
    evening = town.shift(town.zhao, 7, 13)
    town.shift(town.sun, 13, 20)  # begins tomorrow at 01:00
    cancelled = town.shift(town.sun, -5, -4)
    with pytest.raises(Exception, match="已结束"):
        actions.cancel_shift(cancelled, now=NOW, actor=SYSTEM)
    actions.cancel_shift(cancelled, now=NOW - 5 * HOUR, actor=SYSTEM)

    roster = queries.duty_today(NOW)
    assert [(each.shift_id, each.name, each.is_running) for each in roster] == [
        (running, "陈值班", True),
        (evening, "赵队长", False),
    ]
    assert queries.duty_today(NOW, area_prefix=OTHER_STREET) == ()


def test_coverage_counts_headed_buildings_and_the_share_of_party_members(town: Town) -> None:
    for number in range(4, 8):
        add_building(f"{GRID}B{number}")
    members = [True, False, None, True]
    for number, member in enumerate(members, 4):
        head = actions.hire(
            name=f"楼长{number}",
            employment=Employment.PART_TIME,
            is_party_member=member,
            now=NOW,
            actor=SYSTEM,
        )
        actions.make_responsible(
            sid(head), ChainLevel.BUILDING_HEAD, building_code=f"{GRID}B{number}", now=NOW, actor=SYSTEM
        )
    found = queries.coverage(STREET, NOW)
    assert (found.communities, found.grids, found.buildings) == (1, 2, 5)
    assert (found.headed, found.share_headed) == (4, Fraction(4, 5))
    assert (found.heads, found.party_heads, found.share_party) == (4, 2, Fraction(1, 2))
    assert queries.coverage(OTHER_STREET, NOW).share_headed is None


def test_workload_weighs_part_time_workers(town: Town) -> None:
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    town.responsible(hire("兼职", employment=Employment.PART_TIME), ChainLevel.GRID_WORKER)
    first, second = queries.workload(STREET, NOW)
    assert (first.workers, first.weight, first.buildings) == (2, Decimal("1.5"), 1)
    assert first.buildings_per_worker == 1 / Decimal("1.5")
    assert (second.workers, second.buildings_per_worker) == (0, None)


def test_resources_across_all_lines(town: Town) -> None:
    for staff, post in ((town.zhao, "队长"), (town.sun, "队员")):
        actions.create_post("CG", post, now=NOW, actor=SYSTEM)
        actions.appoint(sid(staff), "CG", post, starts_at=NOW - HOUR, now=NOW, actor=SYSTEM)
    town.away(town.sun)
    town.shift(town.zhao, unit="CG")
    found = {
        each.unit_code: (each.staff, each.away, each.on_shift) for each in queries.resources(STREET, NOW)
    }
    assert found == {"CG": (2, 1, 1), "ZHS": (0, 0, 0)}


def test_a_pattern_is_founded_and_reported(town: Town) -> None:
    def short() -> dict[str, int]:
        return {each.part.name: each.missing for each in queries.pattern_report("1+4+98", STREET, NOW)}

    assert short() == {"四个实体运作平台": 4, "九十八个网格": 96}  # the two grids are areas
    founded = actions.found_pattern("1+4+98", STREET, now=NOW, actor=SYSTEM)
    assert [unit.name for unit in founded] == [
        "综合信息指挥室",
        "综治工作平台",
        "市场监管平台",
        "综合执法平台",
        "便民服务平台",
    ]
    assert short() == {"九十八个网格": 96}
    again = actions.found_pattern("1+4+98", STREET, now=NOW + HOUR, actor=SYSTEM)
    assert [unit.pk for unit in again] == [unit.pk for unit in founded]
    with pytest.raises(NotFound):
        queries.pattern_report("1+1", STREET, NOW)


def test_a_building_head_sees_the_own_building_only(town: Town) -> None:
    assert queries.buildings_of(sid(town.wang), NOW) == ()
    town.responsible(town.wang, ChainLevel.BUILDING_HEAD)
    assert queries.buildings_of(sid(town.wang), NOW) == (town.tower_id,)


def test_units_by_part_and_kind(town: Town) -> None:
    assert [unit.code for unit in queries.units(area_prefix=STREET)] == ["CG", "ZHS"]
    assert [unit.code for unit in queries.units(kind=UnitKind.DEPARTMENT)] == ["CG"]
    assert list(queries.units(area_prefix=OTHER_STREET)) == []
