from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huying.org.policy import Away, DutyRoom, Holder, Officer, Person, StandIn, owner, resolve_chain
from huying.org.states import ChainLevel, How, Lack
from huying.shared.errors import Unavailable
from huying.shared.ids import StaffId

NOW = datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
HOUR = timedelta(hours=1)


def who(number: int) -> Officer:
    return Officer(StaffId(number), f"人{number}", f"1380000{number:04}")


CADRE, HEAD, CHIEF, WANG, TOWER = (
    Holder(who(number), level, depth=depth)
    for number, (level, depth) in enumerate(zip(ChainLevel, (9, 12, 15, 15, 0), strict=True), 1)
)
CHEN, SUN, ZHAO = who(20), who(21), who(30)
FULL = [CADRE, HEAD, CHIEF, WANG, TOWER]
ROOM = DutyRoom("指挥室", (CHEN,), (SUN,))


def away(*officers: Officer) -> list[Away]:
    return [Away(officer.staff_id, NOW - HOUR, NOW + HOUR) for officer in officers]


def stand_in(for_: Officer, officer: Officer, order: int = 0) -> StandIn:
    return StandIn(for_.staff_id, officer, order, NOW - HOUR)


def person(officer: Officer, level: ChainLevel | None, how: How) -> Person:
    return Person(officer.staff_id, officer.name, officer.phone, level, how)


def test_a_full_chain_names_five_people_from_the_cadre_to_the_building_head() -> None:
    chain = resolve_chain(FULL, [], [], NOW)
    assert [link.person for link in chain] == [
        person(holder.officer, level, How.HOLDER) for holder, level in zip(FULL, ChainLevel, strict=True)
    ]


@pytest.mark.parametrize(
    ("holders", "absences", "deputies", "knows_building", "lacks"),
    [
        # §2.1 nobody was ever named
        ([], [], [], True, [Lack.VACANT] * 5),
        # §2.2 the place is known to the grid only: the head is not missing, just not asked
        (FULL, [], [], False, [None, None, None, None, Lack.NO_BUILDING]),
        # §2.3 the only grid worker is away and nobody stands in
        (FULL, away(WANG.officer), [], True, [None, None, None, Lack.ALL_AWAY, None]),
        # §2.4 both grid worker and deputy are away
        (
            FULL,
            away(WANG.officer, ZHAO),
            [stand_in(WANG.officer, ZHAO)],
            True,
            [None, None, None, Lack.ALL_AWAY, None],
        ),
        # §2.5 a deputy fills the level
        (FULL, away(WANG.officer), [stand_in(WANG.officer, ZHAO)], True, [None] * 5),
    ],
)
def test_lacks(
    holders: list[Holder],
    absences: list[Away],
    deputies: list[StandIn],
    knows_building: bool,
    lacks: list[Lack | None],
) -> None:
    chain = resolve_chain(holders, absences, deputies, NOW, knows_building=knows_building)
    assert [link.lack for link in chain] == lacks


@pytest.mark.parametrize(
    ("holders", "absences", "deputies", "rooms", "expected"),
    [
        # §3.1 the building head is there
        (FULL, [], [], [ROOM], person(TOWER.officer, ChainLevel.BUILDING_HEAD, How.HOLDER)),
        # §3.2 the head is away, the head's deputy stands in before anybody above
        (
            FULL,
            away(TOWER.officer),
            [stand_in(TOWER.officer, ZHAO)],
            [ROOM],
            person(ZHAO, ChainLevel.BUILDING_HEAD, How.DEPUTY),
        ),
        # §3.3 the head is away without deputy: one level up
        (
            FULL,
            away(TOWER.officer),
            [],
            [ROOM],
            person(WANG.officer, ChainLevel.GRID_WORKER, How.SUPERIOR),
        ),
        # §3.4 first deputy is away as well, the second is asked
        (
            FULL,
            away(TOWER.officer, ZHAO),
            [stand_in(TOWER.officer, ZHAO, 0), stand_in(TOWER.officer, who(31), 1)],
            [ROOM],
            person(who(31), ChainLevel.BUILDING_HEAD, How.DEPUTY),
        ),
        # §3.5 the whole chain is away: the officer on duty
        (FULL, away(*(h.officer for h in FULL)), [], [ROOM], person(CHEN, None, How.DUTY_ROOM)),
        # §3.6 the officer on duty is away too: the chief of the room
        ([], away(CHEN), [], [ROOM], person(SUN, None, How.DUTY_ROOM)),
        # §3.7 the officer's deputy comes before the chief
        ([], away(CHEN), [stand_in(CHEN, ZHAO)], [ROOM], person(ZHAO, None, How.DUTY_ROOM)),
        # §3.8 the street's room is empty: the district's
        ([], [], [], [DutyRoom("街道指挥室"), ROOM], person(CHEN, None, How.DUTY_ROOM)),
        # §3.9 two workers in one grid: the lower rank answers
        (
            [Holder(who(8), ChainLevel.GRID_WORKER, 15, rank=1), WANG],
            [],
            [],
            [],
            person(WANG.officer, ChainLevel.GRID_WORKER, How.SUPERIOR),
        ),
        # §3.10 a worker of the micro-grid answers before the worker of the grid
        (
            [WANG, Holder(who(9), ChainLevel.GRID_WORKER, 18)],
            [],
            [],
            [],
            person(who(9), ChainLevel.GRID_WORKER, How.SUPERIOR),
        ),
        # §3.11 the second worker of the grid comes before anybody's deputy
        (
            [WANG, Holder(who(8), ChainLevel.GRID_WORKER, 15, rank=1)],
            away(WANG.officer),
            [stand_in(WANG.officer, ZHAO)],
            [],
            person(who(8), ChainLevel.GRID_WORKER, How.SUPERIOR),
        ),
    ],
)
def test_owner(
    holders: list[Holder],
    absences: list[Away],
    deputies: list[StandIn],
    rooms: list[DutyRoom],
    expected: Person,
) -> None:
    chain = resolve_chain(holders, absences, deputies, NOW)
    assert owner(chain, rooms, absences, deputies, NOW) == expected


def test_without_a_building_the_grid_worker_is_the_holder_not_a_superior() -> None:
    chain = resolve_chain(FULL, [], [], NOW, knows_building=False)
    assert owner(chain, [], [], [], NOW) == person(WANG.officer, ChainLevel.GRID_WORKER, How.HOLDER)


def test_an_absence_ends_at_its_end_to_the_second() -> None:
    absence = [Away(WANG.officer.staff_id, NOW - HOUR, NOW)]
    assert resolve_chain([WANG], absence, [], NOW)[3].person is not None
    assert resolve_chain([WANG], absence, [], NOW - timedelta(seconds=1))[3].lack is Lack.ALL_AWAY


def test_nobody_at_all_is_refused_with_everything_that_is_missing() -> None:
    chain = resolve_chain([WANG], away(WANG.officer), [], NOW, knows_building=False)
    with pytest.raises(Unavailable) as refused:
        owner(chain, [DutyRoom("指挥室")], [], [], NOW, place="330109001")
    assert refused.value.facts == {
        "reason": "330109001无人负责：网格员（责任人及代班人均不在岗）、网格长（未落实责任人）、"
        "社区主要领导（未落实责任人）、联社区干部（未落实责任人）、指挥室值班员和负责人"
    }


STAFF = st.integers(1, 12).map(who)
SPANS = st.tuples(st.integers(-3, 3), st.integers(1, 4)).map(
    lambda s: (NOW + s[0] * HOUR, NOW + sum(s) * HOUR)
)
HOLDERS = st.lists(
    st.builds(
        Holder,
        officer=STAFF,
        level=st.sampled_from(ChainLevel),
        depth=st.integers(0, 3),
        rank=st.integers(0, 2),
    ),
    max_size=8,
)
ABSENCES = st.lists(
    st.builds(lambda o, s: Away(o.staff_id, s[0], s[1]), STAFF, SPANS), max_size=10
)  # some hold now, some do not
DEPUTIES = st.lists(
    st.builds(
        lambda a, b, n, s: StandIn(a.staff_id, b, n, s[0], s[1]), STAFF, STAFF, st.integers(0, 2), SPANS
    ),
    max_size=8,
)


def absent(absences: list[Away]) -> set[StaffId]:
    return {a.staff_id for a in absences if a.starts_at <= NOW and (a.ends_at is None or a.ends_at > NOW)}


@given(HOLDERS, ABSENCES, DEPUTIES, st.lists(STAFF, max_size=3))
def test_the_owner_is_never_somebody_who_is_away(
    holders: list[Holder], absences: list[Away], deputies: list[StandIn], on_shift: list[Officer]
) -> None:
    chain = resolve_chain(holders, absences, deputies, NOW)
    try:
        found = owner(chain, [DutyRoom("指挥室", tuple(on_shift))], absences, deputies, NOW)
    except Unavailable:
        present = {h.officer.staff_id for h in holders} | {o.staff_id for o in on_shift}
        assert present <= absent(absences)  # nobody was there: the refusal is right
    else:
        assert found.staff_id not in absent(absences)


@given(HOLDERS, ABSENCES, DEPUTIES)
def test_a_staffed_duty_room_always_gives_an_owner(
    holders: list[Holder], absences: list[Away], deputies: list[StandIn]
) -> None:
    room = DutyRoom("指挥室", (CHEN,))  # no generated absence names Chen
    chain = resolve_chain(holders, absences, deputies, NOW)
    assert owner(chain, [room], absences, deputies, NOW).name
