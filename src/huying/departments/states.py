"""Words of the workplace of departments."""

from huying.shared.words import Word


class Section(Word):
    """Where a call stands in the list of its unit."""

    TO_SIGN = "to_sign", "待签收"
    UNDERWAY = "underway", "在途"
    AT_WORK = "at_work", "处置中"
    PLANNED = "planned", "今日计划"
    ANSWERED = "answered", "已答复"


class Verb(Word):
    """What changes a day plan."""

    PLAN = "plan", "排入计划"
    UNPLAN = "unplan", "移出计划"
