"""What fits a person, a post and a place."""

from decimal import Decimal

from huying.org.states import ChainLevel, Employment
from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

# Share of a full-time worker when nothing else is agreed (A29): own choice, to be set per person.
WORKLOAD_WEIGHTS: dict[Employment, Decimal] = {
    Employment.FULL_TIME: Decimal("1"),
    Employment.PART_TIME: Decimal("0.5"),
    Employment.VOLUNTEER: Decimal("0.25"),
}


def check_place(level: ChainLevel, area_code: str, building_code: str) -> None:
    """Refuse a place that does not fit the level: a building has a head, an area has the other four.

    Raises Incomplete. Source: docs/rules/org.md §2.
    """
    is_head = level is ChainLevel.BUILDING_HEAD
    if bool(area_code) == bool(building_code) or is_head != bool(building_code):
        wanted = "一幢楼栋" if is_head else "一个辖区"
        raise Incomplete(reason=Sentence("{level}须对应{wanted}", level=level.label, wanted=wanted))
