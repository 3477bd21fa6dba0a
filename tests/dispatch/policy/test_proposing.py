"""Who is proposed, and the exact words of the reasons. Rules: docs/rules/dispatch.md."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from huying.dispatch.policy import (
    Duty,
    Facts,
    Model,
    Past,
    Proposal,
    Reason,
    keeping,
    learn,
    packed,
    propose,
    unpacked,
)
from huying.dispatch.states import ReasonKind

NOW = datetime(2026, 4, 1, tzinfo=UTC)
HAWKER = ("市容环卫", "占道经营", "乱摆卖")
LAMP = ("市政设施", "公用部件", "路灯")
NAMES = {
    "e1": "龙田街道综合执法队",
    "e2": "坑梓街道综合执法队",
    "e3": "碧岭街道综合执法队",
    "city": "城市管理局",
    "light": "路灯管理所",
}


def cases(path: tuple[str, ...], street: str, unit: str, count: int) -> list[Past]:
    return [Past(Facts(path, street), unit, NOW - timedelta(hours=n + 1)) for n in range(count)]


# 330 hawkers in 龙田: 312 to its squad, 18 to the bureau. 坑梓's squad handles its own; 碧岭's knows lamps.
HISTORY = (
    cases(HAWKER, "龙田街道", "e1", 312)
    + cases(HAWKER, "龙田街道", "city", 18)
    + cases(HAWKER, "坑梓街道", "e2", 40)
    + cases(LAMP, "龙田街道", "light", 30)
    + cases(LAMP, "碧岭街道", "e3", 10)
)


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(HISTORY, NAMES, now=NOW)


def proposed(model: Model, path: tuple[str, ...], street: str, *duties: Duty) -> tuple[Proposal, ...]:
    return propose(model, Facts(path, street), duties, NAMES)


def test_the_first_reason_is_the_closest_precedent(model: Model) -> None:
    best = proposed(model, HAWKER, "龙田街道")[0]

    assert (best.unit, best.name, best.listed) == ("e1", "龙田街道综合执法队", False)
    assert best.reasons[0] == Reason(
        ReasonKind.HISTORY, "类别“乱摆卖”在龙田街道：330件中312件由龙田街道综合执法队办理", 312, 330
    )


def test_what_one_street_shows_holds_for_another(model: Model) -> None:
    """碧岭's squad never had a hawker; the squads of the other streets have."""
    best = proposed(model, HAWKER, "碧岭街道")[0]

    assert best.unit == "e3"
    assert best.reasons[0].text == "类别“乱摆卖”在各街道：370件中352件由当地综合执法队办理"


def test_the_duty_list_comes_before_history(model: Model) -> None:
    duty = Duty("街镇职责清单", "§3.2", lead="city", support=("e1",))

    first, second, _ = proposed(model, HAWKER, "龙田街道", duty)

    assert (first.unit, first.listed, first.support) == ("city", True, ("e1",))
    assert first.reasons[0].text == "街镇职责清单§3.2列明由城市管理局牵头，龙田街道综合执法队配合"
    assert first.reasons[1].text == "类别“乱摆卖”在龙田街道：330件中18件由城市管理局办理"
    assert (second.unit, second.listed) == ("e1", False)


def test_a_category_never_seen_goes_by_the_one_above_it(model: Model) -> None:
    best = proposed(model, ("市政设施", "公用部件", "井盖"), "龙田街道")[0]

    assert best.unit == "light"
    assert best.reasons[0].text == "类别“公用部件”在龙田街道：30件中30件由路灯管理所办理"


def test_a_branch_never_seen_goes_by_similar_names(model: Model) -> None:
    offered = proposed(model, ("专项", "采集", "路灯杆"), "坑梓街道")
    light = next(each for each in offered if each.unit == "light")

    assert [reason.text for reason in light.reasons] == [
        "全部案件：410件中30件由路灯管理所办理",
        "单位名称与类别同有“路灯”",
        "名称相近的类别“路灯”：40件中30件由路灯管理所办理",
    ]


def test_a_listed_unit_without_history_is_proposed_with_probability_nought(model: Model) -> None:
    duty = Duty("街镇职责清单", "§9", lead="new")

    first = propose(model, Facts(HAWKER, "龙田街道"), [duty], NAMES | {"new": "新设科室"})[0]

    assert (first.unit, first.probability, len(first.reasons)) == ("new", 0.0, 1)


def test_a_closed_unit_is_not_proposed(model: Model) -> None:
    open_now = {unit: name for unit, name in NAMES.items() if unit != "e1"}

    offered = propose(model, Facts(HAWKER, "龙田街道"), [Duty("街镇职责清单", "§1", lead="e1")], open_now)

    assert "e1" not in {each.unit for each in offered}


def test_nothing_is_proposed_from_nothing() -> None:
    assert proposed(learn([], NAMES, now=NOW), HAWKER, "龙田街道") == ()


def test_what_happens_later_is_not_learned(model: Model) -> None:
    """Cases at or after the moment of learning change nothing."""
    later = [replace(past, unit="city", at=NOW + timedelta(days=1)) for past in HISTORY]

    again = learn(HISTORY + later, NAMES, now=NOW)

    assert again.revision == model.revision
    assert proposed(again, HAWKER, "龙田街道") == proposed(model, HAWKER, "龙田街道")


def test_the_order_of_history_does_not_count(model: Model) -> None:
    again = learn(HISTORY[::-1], NAMES, now=NOW)

    assert again.revision == model.revision
    assert proposed(again, HAWKER, "坑梓街道") == proposed(model, HAWKER, "坑梓街道")


def test_probabilities_fall_and_do_not_exceed_one(model: Model) -> None:
    shares = [each.probability for each in proposed(model, HAWKER, "龙田街道")]

    assert shares == sorted(shares, reverse=True)
    assert 0.9 < sum(shares) <= 1.0001


@pytest.mark.parametrize(
    ("path", "street"),
    [
        (HAWKER, "龙田街道"),
        (HAWKER, "碧岭街道"),
        (LAMP, "坑梓街道"),
        (("市政设施", "公用部件", "井盖"), "龙田街道"),
    ],
)
def test_a_model_that_was_kept_proposes_the_same(model: Model, path: tuple[str, ...], street: str) -> None:
    again = unpacked(packed(model))

    assert proposed(again, path, street) == proposed(model, path, street)
    assert (again.revision, again.learned_at, again.cases) == (model.revision, NOW, 410)


def test_what_another_version_kept_is_not_read(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "FORM", 0)
    content = packed(model)
    monkeypatch.undo()
    with pytest.raises(ValueError, match="another version"):
        unpacked(content)
