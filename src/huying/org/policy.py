"""Who somebody is to the system. Pure: built once at the edge, handed to every query and action."""

from dataclasses import dataclass, field

from huying.org.states import Role
from huying.shared.ids import StaffId, UnitId


@dataclass(frozen=True, slots=True)
class Grant:
    """One role over one part of the world.

    area_prefix: code of an area; everything below it is covered. "" covers every area.
    unit_id: set for roles that act for one unit (Role.UNIT_WORKER); then the area does not count.
    """

    role: Role
    area_prefix: str = ""
    unit_id: UnitId | None = None

    def covers_area(self, area_code: str) -> bool:
        return self.unit_id is None and area_code.startswith(self.area_prefix)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or machine that acts.

    key: pseudonym written to moves and ledger, e.g. "staff:12", "token:3", "resident", "system".
    """

    key: str
    name: str = ""
    grants: frozenset[Grant] = field(default_factory=frozenset)
    staff_id: StaffId | None = None
    case_numbers: frozenset[str] = frozenset()  # cases whose receipt the bearer has shown

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)

    @property
    def unit_ids(self) -> frozenset[UnitId]:
        return frozenset(grant.unit_id for grant in self.grants if grant.unit_id is not None)

    def may_act_in(self, roles: frozenset[Role], area_code: str) -> bool:
        """Tell whether one of `roles` is held over `area_code`."""
        return any(g.role in roles and g.covers_area(area_code) for g in self.grants)

    def may_act_for(self, roles: frozenset[Role], unit_id: UnitId) -> bool:
        """Tell whether one of `roles` is held for the unit itself."""
        return any(g.role in roles and g.unit_id == unit_id for g in self.grants)


SYSTEM = Actor(key="system", name="系统")
