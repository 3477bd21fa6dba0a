"""What names of units tell."""

from datetime import UTC, datetime, timedelta

import pytest

from huying.dispatch.policy.facts import Facts, Past
from huying.dispatch.policy.units import Local, bare, locals_of, one_organisation, part_for

NOW = datetime(2026, 4, 1, tzinfo=UTC)
SQUAD = "龙田街道综合执法队"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("市政服务中心（龙田街道办事处）", "市政服务中心"),
        ("市政服务中心(龙田街道办事处)", "市政服务中心"),  # half-width brackets
        ("区委宣传部（文体旅游局）", "区委宣传部"),
        ("教育局", "教育局"),  # no bracket
    ],
)
def test_bare_name(name: str, expected: str) -> None:
    assert bare(name) == expected


@pytest.mark.parametrize(
    ("names", "heads"),
    [
        # a renamed unit is one organisation; who handled last (the second) stands for it
        (("龙田社区", "龙田社区（龙田街道办事处）"), (1, 1)),
        # two offices of one bare name: nobody can say which is meant
        (("城建办", "城建办（坑梓街道办事处）", "城建办（龙田街道办事处）"), (0, 1, 2)),
        # the same office of two streets
        (("市政服务中心（龙田街道办事处）", "市政服务中心（坑梓街道办事处）"), (0, 1)),
        # two units of the same name are not one
        (("城建办", "城建办"), (0, 1)),
        (("教育局", "民政局"), (0, 1)),
    ],
)
def test_one_organisation(names: tuple[str, ...], heads: tuple[int, ...]) -> None:
    keys = [f"unit {number}" for number in range(len(names))]
    last_at = {key: NOW + timedelta(days=number) for number, key in enumerate(keys)}

    found = one_organisation(dict(zip(keys, names, strict=True)), last_at)

    assert found == {key: keys[head] for key, head in zip(keys, heads, strict=True)}


def cases(unit: str, street: str, count: int, community: str = "") -> list[Past]:
    return [Past(Facts(("市容",), street, community), unit, NOW)] * count


@pytest.mark.parametrize(
    ("unit", "history", "expected"),
    [
        (SQUAD, cases(SQUAD, "龙田街道", 1), Local("龙田街道", "综合执法队")),
        (
            "马峦办事处综合执法队",
            cases("马峦办事处综合执法队", "马峦街道", 1),
            Local("马峦街道", "综合执法队"),
        ),
        ("龙田社区", cases("龙田社区", "龙田街道", 1, "龙田社区"), Local("龙田社区", "社区")),
        # bears the short name and has 80 % of its cases there
        (
            "土地整备中心（马峦）",
            cases("土地整备中心（马峦）", "马峦街道", 4) + cases("土地整备中心（马峦）", "碧岭街道", 1),
            Local("马峦街道", "土地整备中心"),
        ),
        # a bureau of the whole district 坪山 is not at home in the street 坪山
        (
            "坪山交通运输局",
            cases("坪山交通运输局", "坪山街道", 3) + cases("坪山交通运输局", "龙田街道", 2),
            None,
        ),
        # a nameless office with 9 of 10 cases in one street; four cases would prove nothing
        (
            "城建办",
            cases("城建办", "坑梓街道", 9) + cases("城建办", "龙田街道", 1),
            Local("坑梓街道", "城建办"),
        ),
        ("城建办", cases("城建办", "坑梓街道", 4), None),
    ],
)
def test_locals(unit: str, history: list[Past], expected: Local | None) -> None:
    assert locals_of(history, {unit: unit}).get(unit) == expected


def test_a_unit_plays_its_part_only_at_home() -> None:
    local = {SQUAD: Local("龙田街道", "综合执法队")}

    assert part_for(SQUAD, Facts(("市容",), "龙田街道"), local) == "@综合执法队"
    assert part_for(SQUAD, Facts(("市容",), "坑梓街道"), local) == SQUAD
    assert part_for("教育局", Facts(("市容",), "龙田街道"), local) == "教育局"
