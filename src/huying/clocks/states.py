"""Words of the clocks: what a limit counts, which stage of the loop it watches."""

from huying.org.states import Role
from huying.shared.words import Word


class LimitType(Word):
    """How time is counted. Source: design §4, GB/T 30428.8 as used by cities."""

    URGENT_MINUTES = "urgent_minutes", "紧急分钟"
    URGENT_HOURS = "urgent_hours", "紧急工作时"
    WORK_HOURS = "work_hours", "工作时"
    WORK_DAYS = "work_days", "工作日"
    NATURAL_DAYS = "natural_days", "自然日"


class Stage(Word):
    """The part of the loop a deadline watches."""

    ACCEPT = "accept", "受理"
    ASSIGN = "assign", "指派"
    ACKNOWLEDGE = "acknowledge", "签收"
    ARRIVE = "arrive", "到场"
    DISPOSE = "dispose", "处置"
    VERIFY = "verify", "核查"
    EVALUATE = "evaluate", "评价"


class DeadlineState(Word):
    """Where a deadline stands. A missed one keeps running, overdue, until its work ends; then it is late."""

    RUNNING = "running", "计时中"
    PAUSED = "paused", "暂停计时"
    MET = "met", "按时完成"
    LATE = "late", "超时完成"
    CANCELLED = "cancelled", "已取消"


OPEN_STATES = (DeadlineState.RUNNING, DeadlineState.PAUSED)
RULERS = frozenset({Role.ADMINISTRATOR})  # may publish calendars and set stage limits
