"""Words of the cockpit: the five colours of a grid, who sits in front of it."""

from huying.org.states import Role
from huying.shared.words import Word

READERS = frozenset({Role.LEADER, Role.COMMANDER, Role.SUPERVISOR})


class Alarm(Word):
    """How a grid stands, the worst first (P03). The colour always stands beside the word."""

    RED = "red", "红 · 超时较多"
    ORANGE = "orange", "橙 · 有超时"
    YELLOW = "yellow", "黄 · 在办较多"
    BLUE = "blue", "蓝 · 有在办"
    GREEN = "green", "绿 · 平稳"

    @property
    def tone(self) -> str:
        return self.value
