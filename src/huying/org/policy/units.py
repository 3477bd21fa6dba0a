"""Which unit may answer to which."""

from huying.org.states import PARTY_PARENTS, UnitKind
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence


def check_line_parent(kind: UnitKind, parent: UnitKind | None) -> None:
    """Refuse a line parent of the wrong kind: a station needs a department, party tiers follow one another.

    Raises Incomplete. Source: docs/rules/org.md §1 (D25, A06).
    """
    if kind is UnitKind.STATION and parent not in (None, UnitKind.DEPARTMENT):
        raise Incomplete(reason="派驻机构的条线上级须为部门")
    allowed = PARTY_PARENTS.get(kind)
    if allowed and parent is not None and parent not in allowed:
        names = "或".join(sorted(each.label for each in allowed))
        raise Incomplete(reason=Sentence("{kind}的上级须为{names}", kind=kind.label, names=names))


def check_branch(kind: UnitKind) -> None:
    """Refuse buildings for anything but a stairwell branch. Raises Incomplete."""
    if kind is not UnitKind.PARTY_BRANCH:
        raise Incomplete(reason="只有党支部可以划定楼栋")
