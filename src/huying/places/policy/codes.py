"""How area codes are built. Source: docs/rules/places.md §2."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise

from huying.places.states import PARENTS, AreaLevel
from huying.shared.errors import Conflict, Incomplete
from huying.shared.sentences import Sentence


@dataclass(frozen=True, slots=True)
class CodeRule:
    """Codes that start with `prefix`: the length of a whole code at each level, and what it may look like."""

    prefix: str
    lengths: Mapping[AreaLevel, int]
    pattern: str

    def level(self, code: str) -> AreaLevel | None:
        """Return the level of codes this long, None when the rule knows no such length."""
        return next((level for level, length in self.lengths.items() if length == len(code)), None)


# City 4 and county 6 digits of GB/T 2260, street 3 more of GB/T 10114, then community, grid and micro-grid:
# the 6+3+3+3 of DB11 (Beijing) with two digits below the grid.
DEFAULT = CodeRule(
    prefix="",
    lengths={
        AreaLevel.CITY: 4,
        AreaLevel.DISTRICT: 6,
        AreaLevel.STREET: 9,
        AreaLevel.COMMUNITY: 12,
        AreaLevel.GRID: 15,
        AreaLevel.MICRO_GRID: 17,
    },
    pattern=r"[0-9]+",
)


def rule_for(code: str, rules: Iterable[CodeRule]) -> CodeRule:
    """Return the rule with the longest prefix that fits, DEFAULT when none does."""
    fitting = [rule for rule in rules if code.startswith(rule.prefix)]
    return max(fitting, key=lambda rule: len(rule.prefix), default=DEFAULT)


def check_rule(rule: CodeRule) -> None:
    """Raises Incomplete when lengths do not grow with depth or the pattern is no regular expression."""
    lengths = [rule.lengths[level] for level in AreaLevel if level in rule.lengths]
    if not lengths or any(deep <= wide for wide, deep in pairwise(lengths)):
        raise Incomplete(reason="编码规则的长度必须逐级增加")
    try:
        re.compile(rule.pattern)
    except re.error as error:
        raise Incomplete(
            reason=Sentence("编码规则的格式不是有效的正则表达式：{error}", error=error)
        ) from None


def check(code: str, level: AreaLevel, parent: tuple[str, AreaLevel] | None, rule: CodeRule) -> None:
    """Check one new code against its rule and its parent's (code, level).

    Raises Incomplete when pattern, length, prefix or level of the parent are wrong.
    """
    if not re.fullmatch(rule.pattern, code):
        raise Incomplete(reason=Sentence("编码“{code}”不符合格式 {pattern}", code=code, pattern=rule.pattern))
    length = rule.lengths.get(level)
    if length != len(code):
        raise Incomplete(
            reason=Sentence(
                "{level}编码应为 {length} 位，“{code}”为 {count} 位",
                level=level.label,
                length=length,
                code=code,
                count=len(code),
            )
        )
    if parent is not None:
        _check_parent(code, level, *parent)


def _check_parent(code: str, level: AreaLevel, parent_code: str, parent_level: AreaLevel) -> None:
    if parent_level not in PARENTS[level]:
        raise Incomplete(
            reason=Sentence(
                "{level}“{code}”不能直接设在{parent_level}“{parent_code}”之下",
                level=level.label,
                code=code,
                parent_level=parent_level.label,
                parent_code=parent_code,
            )
        )
    if not code.startswith(parent_code):
        raise Incomplete(
            reason=Sentence(
                "编码“{code}”没有以上级编码“{parent_code}”开头", code=code, parent_code=parent_code
            )
        )


def parent_code(code: str, rule: CodeRule, existing: Collection[str]) -> str:
    """Return the nearest code above that exists, "" when there is none."""
    shorter = sorted((length for length in rule.lengths.values() if length < len(code)), reverse=True)
    return next((code[:length] for length in shorter if code[:length] in existing), "")


def next_code(parent: str, level: AreaLevel, rule: CodeRule, used: Collection[str]) -> str:
    """Return the lowest serial below `parent` that was never used; `used` includes void codes.

    Raises Conflict when all serials are used up.
    """
    width = rule.lengths[level] - len(parent)
    for serial in range(1, 10**width):
        if (code := f"{parent}{serial:0{width}}") not in used:
            return code
    raise Conflict(reason=Sentence("“{parent}”之下的{level}编码已用完", parent=parent, level=level.label))
