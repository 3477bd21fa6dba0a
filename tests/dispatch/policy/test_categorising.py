"""A text leads to its category by the words of past cases and of the catalogue, with reasons."""

from datetime import UTC, datetime

import pytest

from huying.dispatch.policy import Subject, learn_subjects, likely, packed_subjects, unpacked_subjects
from huying.dispatch.policy.categorising import pairs_in
from huying.shared.errors import Incomplete

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LAMP, NOISE, WASTE = 1, 2, 3
SUBJECTS = [
    Subject(LAMP, ("公用设施", "路灯损坏"), "路灯不亮、灯杆倾斜"),
    Subject(NOISE, ("扰民", "噪声扰民"), "夜间施工、广场舞声音过大"),
    Subject(WASTE, ("市容", "垃圾堆积"), "暴露垃圾未及时清运"),
]
PAST = [
    *[(LAMP, f"{place}楼下的灯泡坏了一片漆黑") for place in ("东门", "西门", "南门", "北门")],
    *[(NOISE, f"{place}隔壁装修太吵睡不着") for place in ("清风", "明月", "流水", "高山")],
]
LEARNED = learn_subjects(PAST, SUBJECTS, now=NOW)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("小区门口漆黑,灯泡坏了", LAMP),  # words of past cases alone
        ("凌晨还在装修,吵得很", NOISE),
        ("桥边垃圾堆积如山", WASTE),  # no case yet: the name of the category
        ("工地夜间施工", NOISE),  # a filing condition
    ],
)
def test_a_text_is_led_to_its_category(text: str, category: int) -> None:
    found = likely(LEARNED, text)
    assert found[0].category_id == category
    assert found[0].probability > 0.5
    assert [each.probability for each in found] == sorted((each.probability for each in found), reverse=True)
    assert sum(each.probability for each in found) == pytest.approx(1, abs=0.001)


@pytest.mark.parametrize("text", ["", "灯", "asdf 1234", "喵喵"])
def test_of_what_says_nothing_known_nothing_is_thought(text: str) -> None:
    assert likely(LEARNED, text) == []


def test_a_reason_counts_cases_and_names_words_of_the_catalogue() -> None:
    assert likely(LEARNED, "灯泡坏了")[0].reasons[0] == "文中“灯泡”：4件中4件属于“路灯损坏”"
    assert likely(LEARNED, "这里垃圾堆积很久")[0].reasons == ("文中“垃圾堆积”与类别名称相同",)


def test_a_pair_of_few_cases_is_not_kept() -> None:
    """A name in one report must not be found in what every process loads."""
    learned = learn_subjects([*PAST, (LAMP, "欧阳修家漆黑")], SUBJECTS, now=NOW)
    assert "欧阳" not in learned.seen
    assert "欧阳".encode() not in packed_subjects(learned)
    assert learned.seen["漆黑"] == {LAMP: 5}


def test_categories_out_of_force_are_not_proposed() -> None:
    learned = learn_subjects(PAST, SUBJECTS[1:], now=NOW)
    assert LAMP not in {each.category_id for each in likely(learned, "灯泡坏了,隔壁装修")}


def test_what_is_kept_proposes_the_same() -> None:
    again = unpacked_subjects(packed_subjects(LEARNED), SUBJECTS)
    for text in ("灯泡坏了", "夜间施工", "垃圾"):
        assert likely(again, text) == likely(LEARNED, text)


def test_what_another_version_kept_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huying.dispatch.policy.categorising.FORM", 0)
    kept = packed_subjects(LEARNED)
    monkeypatch.undo()
    with pytest.raises(Incomplete):
        unpacked_subjects(kept, SUBJECTS)


def test_pairs_do_not_leap_over_marks_and_numbers() -> None:
    assert pairs_in("路灯3幢,不亮,路灯") == ["路灯", "不亮"]
