"""Who somebody is to the system. Built once at the edge, handed to every query and action."""

from dataclasses import dataclass, field, replace

from huying.org.states import GRANTS, INCOMPATIBLE, SCOPES, SELF_SERVICE, Role, Scope, Verb
from huying.shared.errors import Incomplete, NotPermitted, NotSignedIn
from huying.shared.ids import StaffId, UnitId
from huying.shared.sentences import Sentence

PASSWORD_LENGTH = 8  # GB/T 22239-2019 level 3 as commonly accepted: at least 8 of 3 classes
PASSWORD_CLASSES = 3


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
    source: the channel a machine reports for; "" for people.
    """

    key: str
    name: str = ""
    grants: frozenset[Grant] = field(default_factory=frozenset)
    staff_id: StaffId | None = None
    source: str = ""
    case_numbers: frozenset[str] = frozenset()  # cases whose receipt the bearer has shown
    roles: frozenset[Role] = field(init=False, compare=False, repr=False)  # of the grants
    unit_ids: frozenset[UnitId] = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        units = frozenset(grant.unit_id for grant in self.grants if grant.unit_id is not None)
        object.__setattr__(self, "roles", frozenset(grant.role for grant in self.grants))
        object.__setattr__(self, "unit_ids", units)

    @property
    def is_signed_in(self) -> bool:
        return self.key != RESIDENT.key

    def holding(self, case_number: str) -> "Actor":
        """Return the same actor with the receipt of one more case."""
        return replace(self, case_numbers=self.case_numbers | {case_number})

    def may_act_in(self, roles: frozenset[Role], area_code: str) -> bool:
        """Tell whether one of `roles` is held over `area_code`."""
        return any(g.role in roles and g.covers_area(area_code) for g in self.grants)

    def may_act_for(self, roles: frozenset[Role], unit_id: UnitId) -> bool:
        """Tell whether one of `roles` is held for the unit itself."""
        return any(g.role in roles and g.unit_id == unit_id for g in self.grants)


SYSTEM = Actor(key="system", name="系统")
RESIDENT = Actor(key="resident", name="居民")  # everybody who has not signed in


def require(actor: Actor, verb: Verb, *, area_code: str | None, concerns: StaffId | None = None) -> None:
    """Let `actor` change the organisation in `area_code`, or refuse.

    area_code: "" for what belongs to no area: only a role over every area reaches it. None for what has no
    place yet: the role over any area will do.
    concerns: the person it is about; some verbs are open to themselves.
    Raises NotPermitted when no grant allows it. Source: docs/rules/org.md §6.
    """
    if actor == SYSTEM or _may(actor, GRANTS[verb], area_code):
        return
    if verb in SELF_SERVICE and concerns is not None and concerns == actor.staff_id:
        return
    raise NotPermitted(verb=verb.label)


def require_signed_in(actor: Actor) -> None:
    """Raise NotSignedIn for somebody who has not signed in."""
    if not actor.is_signed_in:
        raise NotSignedIn


def require_role(actor: Actor, roles: frozenset[Role], *, area_code: str, doing: str) -> None:
    """Let only those read who hold one of `roles` over `area_code`; doing: what they want, in words.

    Raises NotSignedIn, or NotPermitted.
    """
    require_signed_in(actor)
    if actor != SYSTEM and not actor.may_act_in(roles, area_code):
        raise NotPermitted(verb=doing)


def _may(actor: Actor, roles: frozenset[Role], area_code: str | None) -> bool:
    return bool(actor.roles & roles) if area_code is None else actor.may_act_in(roles, area_code)


def check_grant(role: Role, held: frozenset[Role], *, to_oneself: bool) -> None:
    """Refuse a grant that would join what must stay apart.

    held: the roles the person has now.
    Raises Incomplete for incompatible roles, NotPermitted when somebody grants to himself.
    Source: docs/rules/org.md §6.4 (GB/T 22239-2019 §8.1.4.2).
    """
    if to_oneself:
        raise NotPermitted(verb="给自己授权")
    for other in sorted(held):
        if other in INCOMPATIBLE.get(role, ()) or role in INCOMPATIBLE.get(other, ()):
            raise Incomplete(
                reason=Sentence("“{role}”与“{other}”不能由同一人兼任", role=role.label, other=other.label)
            )


def check_grant_scope(role: Role, *, area_code: str, unit_id: UnitId | None) -> None:
    """Refuse a grant whose bounds do not fit the role.

    Raises Incomplete when a unit role lacks its unit or another role names one.
    """
    needs_unit = SCOPES[role] is Scope.UNIT
    if needs_unit and (unit_id is None or area_code):
        raise Incomplete(reason=Sentence("“{role}”必须指定且只能指定一个单位", role=role.label))
    if not needs_unit and unit_id is not None:
        raise Incomplete(reason=Sentence("“{role}”按辖区授权，不能指定单位", role=role.label))


def check_password(password: str, username: str) -> None:
    """Refuse a weak password.

    Raises Incomplete when shorter than 8, of fewer than three of the classes (lower, upper, digit, other),
    or containing the user name. Source: docs/rules/org.md §6.6.
    """
    classes = len({_class(character) for character in password})
    if len(password) < PASSWORD_LENGTH or classes < PASSWORD_CLASSES:
        raise Incomplete(reason="密码至少8位，并包含大写字母、小写字母、数字、符号中的三类")
    if username.lower() in password.lower():
        raise Incomplete(reason="密码不能包含用户名")


def _class(character: str) -> str:
    tests = {"lower": str.islower, "upper": str.isupper, "digit": str.isdigit}
    return next((name for name, test in tests.items() if test(character)), "other")
