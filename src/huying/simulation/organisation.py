"""Who works in the generated street: units, people, what each answers for. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import cycle, pairwise
from random import Random

from huying.org.states import ChainLevel, Employment, Role, UnitKind
from huying.places.states import AreaLevel
from huying.simulation.blueprint import Ground, facts, person, street_code

CENTRE, OFFICE, COMMITTEE, SQUAD = "centre", "office", "committee", "squad"
SEATS = 3  # officers on each shift of the duty room; people simulated above that share their names
SHIFTS = 3  # a day, each of eight hours
CREWS = 4  # three work a day, one rests


@dataclass(frozen=True, slots=True)
class UnitPlan:
    """Parents by code; "" = none."""

    code: str
    name: str
    kind: UnitKind
    area_code: str
    line_parent: str = ""
    local_parent: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """One level of the chain of responsibility over one area or building."""

    level: ChainLevel
    area_code: str = ""
    building_code: str = ""


@dataclass(frozen=True, slots=True)
class PersonPlan:
    """number: unique for ever. deputy: number of who stands in, "" = nobody named."""

    number: str
    name: str
    unit: str  # code
    post: str
    is_head: bool = False
    employment: Employment = Employment.FULL_TIME
    is_party_member: bool | None = None
    areas: tuple[tuple[Role, str], ...] = ()  # role over an area
    works_for_unit: bool = False
    charges: tuple[Charge, ...] = ()
    deputy: str = ""


def unit_code(key: str) -> str:
    """Return the code of a unit of the street: a station, a platform, the squad, the centre."""
    return f"{street_code()}-{key}"


def community_unit(area_code: str) -> str:
    """Return the code of the unit of the community an area lies in."""
    return f"{area_code[:12]}-community"


def grid_unit(area_code: str) -> str:
    """Return the code of the unit of the grid an area lies in: its worker alone."""
    return f"{area_code[:15]}-grid"


def grid_worker(area_code: str) -> str:
    """Return the number of the worker of a grid."""
    return member(grid_unit(area_code), 1)


def member(unit: str, place: int) -> str:
    """Return the number of somebody who works in a unit; place: 1 = the head."""
    return f"{unit}-{place:02d}"


def on_shift(day: date, shift: int, seat: int) -> str:
    """Return the number of the officer who sits on a seat; shift: 0, 1, 2 of the day."""
    crew = (day.toordinal() * SHIFTS + shift) % CREWS
    return member(unit_code(CENTRE), crew * SEATS + seat + 1)


def units(ground: Ground) -> Iterator[UnitPlan]:
    """Yield every unit, parents first."""
    street = street_code()
    district, name = facts()["street"]["district"][0], facts()["street"]["name"]
    yield UnitPlan(unit_code(COMMITTEE), f"{name}党工委", UnitKind.PARTY_WORK_COMMITTEE, street)
    yield UnitPlan(unit_code(OFFICE), f"{name}办事处", UnitKind.STREET_OFFICE, street)
    home = unit_code(OFFICE)
    yield UnitPlan(
        unit_code(CENTRE),
        f"{name}综合信息指挥室",
        UnitKind.COMMAND_CENTRE,
        street,
        local_parent=home,
    )
    yield UnitPlan(unit_code(SQUAD), f"{name}综合执法队", UnitKind.JOINT_SQUAD, street, local_parent=home)
    for each in facts()["departments"]:
        above = f"{district}-{each['key']}"
        yield UnitPlan(above, each["name"], UnitKind.DEPARTMENT, district)
        code, title = unit_code(each["key"]), f"{name}{each['station']}"
        yield UnitPlan(code, title, UnitKind.STATION, street, above, home)
    for key, title in facts()["platforms"].items():
        yield UnitPlan(unit_code(key), f"{name}{title}", UnitKind.PLATFORM, street, local_parent=home)
    for row in ground.areas:
        if row.level == AreaLevel.COMMUNITY:
            code = community_unit(row.code)
            yield UnitPlan(code, f"{row.name}居委会", UnitKind.COMMUNITY, row.code, local_parent=home)
        elif row.level == AreaLevel.GRID:
            above = community_unit(row.code)
            yield UnitPlan(f"{row.code}-grid", row.name, UnitKind.GRID, row.code, local_parent=above)


def called_units() -> dict[str, int]:
    """Return how many people work in each unit of the street that is called to cases, by key."""
    size = facts()["people"]
    return {
        **{each["key"]: size["station"] for each in facts()["departments"]},
        **dict.fromkeys(facts()["platforms"], size["platform"]),
        SQUAD: size["joint_squad"],
    }


def people(ground: Ground, seed: int) -> Iterator[PersonPlan]:
    """Yield everybody; a deputy comes before or after whom he stands in for."""
    random = Random(f"people {seed}")
    yield from _centre(random)
    yield from _office(ground.codes(AreaLevel.COMMUNITY), random)
    for key, count in called_units().items():
        yield from _members(unit_code(key), count, random)
    grids = ground.codes(AreaLevel.GRID)
    for community in ground.codes(AreaLevel.COMMUNITY):
        inside = [code for code in grids if code.startswith(community)]
        yield from _community(community, inside, random)
        yield from _grid_workers(inside, random)
    yield from _heads(ground, random)


def _centre(random: Random) -> Iterator[PersonPlan]:
    unit, area = unit_code(CENTRE), ((Role.COMMANDER, street_code()),)
    chief = member(unit, 0)
    yield PersonPlan(chief, person(random), unit, "指挥长", is_head=True, areas=area, deputy=member(unit, 1))
    officers = [member(unit, place) for place in range(1, facts()["people"]["command_centre"] + 1)]
    for number, stand_in in pairwise([*officers, chief]):
        yield PersonPlan(number, person(random), unit, "值班员", areas=area, deputy=stand_in)


def _office(communities: Sequence[str], random: Random) -> Iterator[PersonPlan]:
    office, committee, street = unit_code(OFFICE), unit_code(COMMITTEE), street_code()
    for place in range(1, facts()["people"]["leaders"] + 1):
        post = "街道主任" if place == 1 else f"街道副主任{place - 1}"
        leads = ((Role.LEADER, street),)
        yield PersonPlan(member(office, place), person(random), office, post, is_head=place == 1, areas=leads)
    watches = ((Role.SUPERVISOR, street),)
    yield PersonPlan(member(committee, 1), person(random), committee, "纪工委书记", areas=watches)
    cadres = max(1, len(communities) // 3)
    for place in range(cadres):
        charges = tuple(Charge(ChainLevel.LIAISON_CADRE, code) for code in communities[place::cadres])
        number = member(office, 11 + place)
        yield PersonPlan(number, person(random), office, f"联社区干部{place + 1}", charges=charges)


def _members(unit: str, count: int, random: Random) -> Iterator[PersonPlan]:
    for place in range(1, count + 1):
        post = "负责人" if place == 1 else f"工作人员{place - 1}"
        deputy = member(unit, 2) if place == 1 else ""
        yield PersonPlan(
            member(unit, place),
            person(random),
            unit,
            post,
            is_head=place == 1,
            works_for_unit=True,
            deputy=deputy,
        )


def _community(community: str, grids: Sequence[str], random: Random) -> Iterator[PersonPlan]:
    """The secretary answers for the community; the social workers are the chiefs of its grids in turn."""
    unit, count = community_unit(community), facts()["people"]["community"]
    area = ((Role.COMMUNITY_WORKER, community),)
    for place in range(1, count + 1):
        charges = [Charge(ChainLevel.COMMUNITY_HEAD, community)] if place == 1 else []
        charges += [Charge(ChainLevel.GRID_CHIEF, code) for code in grids[place - 1 :: count]]
        yield PersonPlan(
            member(unit, place),
            person(random),
            unit,
            "社区书记" if place == 1 else f"社工{place - 1}",
            is_head=place == 1,
            areas=area,
            works_for_unit=True,
            charges=tuple(charges),
            deputy=member(unit, place % count + 1),
        )


def _grid_workers(grids: Sequence[str], random: Random) -> Iterator[PersonPlan]:
    for code, neighbour in zip(grids, [*grids[1:], grids[0]], strict=True):
        yield PersonPlan(
            grid_worker(code),
            person(random),
            grid_unit(code),
            "网格员",
            is_head=True,
            areas=((Role.GRID_WORKER, code),),
            works_for_unit=True,  # the centre calls the grid, and he signs, arrives, answers
            charges=(Charge(ChainLevel.GRID_WORKER, code),),
            deputy=grid_worker(neighbour) if neighbour != code else "",
        )


def _heads(ground: Ground, random: Random) -> Iterator[PersonPlan]:
    """Every building has a head; a fifth of them are party members (A19)."""
    count = len(ground.buildings)
    members = set(random.sample(range(count), round(count * facts()["size"]["party_share"])))
    for index, building in enumerate(ground.buildings):
        yield PersonPlan(
            f"{building.code}-head",
            person(random),
            "",
            "",
            employment=Employment.VOLUNTEER,
            is_party_member=index in members,
            charges=(Charge(ChainLevel.BUILDING_HEAD, building_code=building.code),),
        )


def phones(seed: int) -> Iterator[str]:
    """Yield invented work phones; they are made up."""
    for number in cycle(range(seed % 1_000, 100_000)):
        yield f"0571-555{number:05d}"
