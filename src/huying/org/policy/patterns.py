"""Patterns of governance as data: which organisations a street must have, and which are missing."""

from collections.abc import Mapping
from dataclasses import dataclass

from huying.org.states import ChainLevel, UnitKind

FOUR_PLATFORMS = ("综治工作平台", "市场监管平台", "综合执法平台", "便民服务平台")


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of a pattern.

    least: how many units of one of `kinds` it needs. names: the units founded from it, if the pattern says.
    """

    name: str
    purpose: str
    kinds: frozenset[UnitKind]
    least: int = 1
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pattern:
    """levels: links of the chain that every place must have filled. source: requirement numbers."""

    code: str
    source: str
    parts: tuple[Part, ...]
    levels: tuple[ChainLevel, ...] = ()


@dataclass(frozen=True, slots=True)
class Shortfall:
    """A part that is not there in full."""

    part: Part
    present: int

    @property
    def missing(self) -> int:
        return self.part.least - self.present


def _part(name: str, purpose: str, *kinds: UnitKind, least: int = 1, names: tuple[str, ...] = ()) -> Part:
    return Part(name, purpose, frozenset(kinds), least, names)


PATTERNS: dict[str, Pattern] = {
    pattern.code: pattern
    for pattern in (
        Pattern(
            "1+3+1",
            "A01, A02, A03",
            (
                _part("一核引领", "管统筹", UnitKind.PARTY_WORK_COMMITTEE, names=("党工委",)),
                _part("一枚印章", "管审批", UnitKind.APPROVAL_OFFICE, names=("审批服务办公室",)),
                _part("一支队伍", "管执法", UnitKind.JOINT_SQUAD, names=("综合执法队",)),
                _part("一张网格", "管治理", UnitKind.GRID),
                _part("一个平台", "管运行", UnitKind.CENTRE, names=("社会治理综合服务中心",)),
            ),
        ),
        Pattern(
            "1+4+98",
            "A28, A30",
            (
                _part("一个指挥中心", "中枢", UnitKind.COMMAND_CENTRE, names=("综合信息指挥室",)),
                _part("四个实体运作平台", "运作", UnitKind.PLATFORM, least=4, names=FOUR_PLATFORMS),
                _part("九十八个网格", "治理", UnitKind.GRID, least=98),
            ),
            (ChainLevel.GRID_WORKER,),
        ),
        Pattern(
            "网格化+楼长制",
            "A11, A12, A19, A26",
            (
                _part("综合信息指挥室", "受理指派", UnitKind.COMMAND_CENTRE, names=("综合信息指挥室",)),
                _part("基层治理四平台", "运作", UnitKind.PLATFORM, least=4, names=FOUR_PLATFORMS),
                _part("区级下沉部门", "派驻", UnitKind.STATION, least=9),
                _part("社区", "纵向覆盖", UnitKind.COMMUNITY, least=35),
                _part("网格", "纵向覆盖", UnitKind.GRID, least=170),
            ),
            tuple(ChainLevel),
        ),
        Pattern(
            "1325",
            "A34, A36",
            (
                _part("沉入式", "组织、阵地、服务、机制沉入", UnitKind.CENTRE, names=("街道党群服务中心",)),
                _part("网格化", "治理", UnitKind.GRID),
                _part("数字化", "数字赋能", UnitKind.COMMAND_CENTRE, names=("综合信息指挥室",)),
            ),
            (ChainLevel.COMMUNITY_HEAD, ChainLevel.GRID_WORKER),
        ),
    )
}


def pattern_gaps(pattern: Pattern, present: Mapping[UnitKind, int]) -> tuple[Shortfall, ...]:
    """Return the parts of `pattern` that the units present (by kind) do not fill.

    Source: docs/rules/org.md §1.
    """
    counts = ((part, sum(present.get(kind, 0) for kind in part.kinds)) for part in pattern.parts)
    return tuple(Shortfall(part, count) for part, count in counts if count < part.least)
