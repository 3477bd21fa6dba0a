"""Words of the catalogue: what a category stands for, who should solve it, how its limit is counted."""

from huying.shared.words import Word


class Kind(Word):
    """What a category describes. Source: GB/T 30428.2 (parts), 30428.3 (events), GB/T 33358 (hotline)."""

    PART = "part", "部件"
    EVENT = "event", "事件"
    HOTLINE = "hotline", "热线"


class Level(Word):
    """Where a matter should be solved: small in the grid, big in the community, complex in the street."""

    GRID = "grid", "网格"
    COMMUNITY = "community", "社区"
    STREET = "street", "街镇"
    DISTRICT = "district", "区县"


class Part(Word):
    """What a unit named by a filing condition does."""

    LEAD = "lead", "处置单位"
    SUPERVISOR = "supervisor", "主管部门"
    CO = "co", "协同单位"


class EditionState(Word):
    DRAFT = "draft", "草稿"  # nothing refers to it; may be replaced
    COLLECTED = "collected", "汇集"  # grows with the categories that imported cases bring; rows never change
    PUBLISHED = "published", "已发布"  # nothing in it changes any more


class DutyList(Word):
    """Which of the two lists of requirement D05 an item belongs to."""

    DUTY = "duty", "街镇职责清单"
    CALL = "call", "呼应问题清单"


# Values of clocks.states.LimitType, which lies above on the ladder; a test keeps the two equal.
LIMIT_TYPES = ("urgent_minutes", "urgent_hours", "work_hours", "work_days", "natural_days")

IN_FORCE = (EditionState.COLLECTED, EditionState.PUBLISHED)
