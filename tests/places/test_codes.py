import pytest

from huying.places.policy import codes
from huying.places.policy.codes import DEFAULT, CodeRule
from huying.places.states import PARENTS, AreaLevel
from huying.shared.errors import Conflict, Incomplete

CITY, DISTRICT, STREET, COMMUNITY, GRID, MICRO = AreaLevel
FOURTEEN = CodeRule("3304", {CITY: 4, DISTRICT: 6, STREET: 9, COMMUNITY: 12, GRID: 14}, r"[0-9]+")

GOOD = [
    ("3301", CITY, None),
    ("330108", DISTRICT, ("3301", CITY)),
    ("330108003", STREET, ("330108", DISTRICT)),
    # a city without districts
    ("441900003", STREET, ("4419", CITY)),
    ("330108003001", COMMUNITY, ("330108003", STREET)),
    ("330108003001001", GRID, ("330108003001", COMMUNITY)),
    ("33010800300100101", MICRO, ("330108003001001", GRID)),
    # a street that runs alone has no parent
    ("330108003", STREET, None),
]
BAD = [
    # letters
    ("33010A", DISTRICT, None, "编码“33010A”不符合格式 [0-9]+"),
    # a digit too few
    ("33010800", STREET, None, "街道编码应为 9 位，“33010800”为 8 位"),
    # another district's prefix
    ("330109001", STREET, ("330108", DISTRICT), "编码“330109001”没有以上级编码“330108”开头"),
    # a grid directly below a street
    ("330108003001001", GRID, ("330108003", STREET), "网格“330108003001001”不能直接设在街道“330108003”之下"),
]


@pytest.mark.parametrize(("code", "level", "parent"), GOOD)
def test_code_is_accepted(code: str, level: AreaLevel, parent: tuple[str, AreaLevel] | None) -> None:
    codes.check(code, level, parent, DEFAULT)
    assert DEFAULT.level(code) is level


@pytest.mark.parametrize(("code", "level", "parent", "reason"), BAD)
def test_code_is_refused(
    code: str, level: AreaLevel, parent: tuple[str, AreaLevel] | None, reason: str
) -> None:
    with pytest.raises(Incomplete) as refused:
        codes.check(code, level, parent, DEFAULT)
    assert str(refused.value) == f"{reason}。"


@pytest.mark.parametrize("level", list(AreaLevel))
@pytest.mark.parametrize("above", list(AreaLevel))
def test_every_pair_of_levels_is_in_the_table_or_refused(level: AreaLevel, above: AreaLevel) -> None:
    code = "33010800300100101"
    parts = (code[: DEFAULT.lengths[level]], level, (code[: DEFAULT.lengths[above]], above), DEFAULT)
    if above in PARENTS[level]:
        codes.check(*parts)
    else:
        with pytest.raises(Incomplete):
            codes.check(*parts)


def test_longest_prefix_chooses_the_rule() -> None:
    assert codes.rule_for("330402", [DEFAULT, FOURTEEN]) is FOURTEEN
    assert codes.rule_for("330108", [DEFAULT, FOURTEEN]) is DEFAULT
    assert codes.rule_for("330108", []) is DEFAULT


def test_rule_must_grow_and_be_readable() -> None:
    with pytest.raises(Incomplete):
        codes.check_rule(CodeRule("", {CITY: 6, DISTRICT: 6}, r"[0-9]+"))
    with pytest.raises(Incomplete):
        codes.check_rule(CodeRule("", {CITY: 4}, r"["))
    codes.check_rule(FOURTEEN)


def test_nearest_existing_parent() -> None:
    assert codes.parent_code("441900003", DEFAULT, {"4419"}) == "4419"
    assert codes.parent_code("330108003", DEFAULT, {"3301", "330108"}) == "330108"
    assert codes.parent_code("330108003", DEFAULT, set()) == ""


def test_serials_skip_void_codes_and_run_out() -> None:
    used = {"330108003001001", "330108003001002"}  # 002 is void
    assert codes.next_code("330108003001", GRID, DEFAULT, used) == "330108003001003"
    with pytest.raises(Conflict):
        codes.next_code("330108003001", GRID, FOURTEEN, {f"330108003001{at:02}" for at in range(1, 100)})
