"""What everybody may read of a case, and who else met with it."""

import re
from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, STREET, Cast

from huying.cases import actions, queries
from huying.cases.models import Joined, Release
from huying.cases.policy.arrival import distance_m
from huying.cases.policy.moves import possible
from huying.cases.policy.release import CELL_M, about_m, check_release, coarse, masked_text
from huying.cases.policy.reports import Place, Reporter
from huying.cases.states import State, Verb
from huying.ledger.models import Entry
from huying.shared.errors import IllegalMove, Incomplete, NotFound, NotPermitted

PHONE, IDENTITY = "13812345678", "330109195503076612"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("电话13812345678，请回电", "电话***，请回电"),
        ("电话138 1234 5678", "电话***"),
        ("手机138-1234-5678转告", "手机***转告"),
        ("固话0571-86281234", "固话***"),
        ("身份证33010919550307661X", "身份证***"),
        ("全角１３８１２３４５６７８也算", "全角***也算"),
        ("一三八一二三四五六七八", "***"),
        ("写信到lin.xy@example.cn", "写信到***"),
        ("车牌浙A12345停在门口", "车牌***停在门口"),
        ("清风苑3幢2单元501室漏水", "清风苑*幢*单元*室漏水"),
        ("清风苑十二幢", "清风苑*幢"),
        ("清风苑3-2-501漏水", "清风苑*漏水"),
        ("育才路120号门口", "育才路*号门口"),
        ("王阿姨家漏水", "*阿姨家漏水"),
        ("找李建国师傅修的", "找*师傅修的"),
        ("我叫林小燕", "我叫**"),
        ("2026-11-21下午，地铁5号线口，路灯不亮", "2026-11-21下午，地铁5号线口，路灯不亮"),
        ("11月3号夜里有3个人，吵了2小时", "11月3号夜里有3个人，吵了2小时"),
    ],
)
def test_persons_become_stars(said: str, shown: str) -> None:
    assert masked_text(said) == shown


def test_a_known_name_becomes_stars_wherever_it_stands() -> None:
    assert masked_text("小燕找过林小燕", ["林小燕"]) == "小燕找过***"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (" ", "公开的文字须为1至4000字"),
        (f"请打{PHONE}", "公开的文字中还有电话、证件号码或邮箱"),
        ("请打138 1234 5678", "公开的文字中还有电话、证件号码或邮箱"),
        (f"证件{IDENTITY}", "公开的文字中还有电话、证件号码或邮箱"),
        ("写信到lin@example.cn", "公开的文字中还有电话、证件号码或邮箱"),
        ("林小燕家门口", "公开的文字中还有报事人的姓名或电话"),
    ],
)
def test_what_must_not_be_released(text: str, reason: str) -> None:
    with pytest.raises(Incomplete) as refused:
        check_release(text, ("林小燕", PHONE))
    assert str(refused.value) == f"{reason}。"


def test_a_day_and_a_time_may_be_released() -> None:
    check_release("2026-11-21 凌晨3点到5点，小区门口有噪音", ("林小燕", ""))


@pytest.mark.parametrize("lat", [0.0, 18.2, 30.16, 53.5])
def test_a_cell_is_a_hundred_metres_and_its_middle_stays(lat: float) -> None:
    middle = coarse(120.27, lat)
    assert coarse(*middle) == middle
    away = distance_m(120.27, lat, *middle)
    assert away is not None
    assert away <= CELL_M * 0.71
    steps = {coarse(120.27 + step / 10_000, lat) for step in range(100)}
    assert len(steps) <= (100 / 10_000) * 111_195 / CELL_M + 2  # at the equator the most


def test_distances_are_told_in_steps() -> None:
    assert [about_m(each) for each in (0, 12, 74, 76, 149)] == [50, 50, 50, 100, 150]


def test_a_case_is_released_by_the_centre_and_only_as_text_and_cell(cast: Cast) -> None:
    number = cast.reported()
    actions.publish(number, " 楼道灯不亮 ", actor=cast.chen, now=NOW)
    shown = queries.released_case(number)
    assert (shown.text, shown.state, shown.category) == ("楼道灯不亮", State.REPORTED, "路灯")
    assert (shown.lng, shown.lat) == coarse(120.27, 30.16)
    entry = Entry.objects.filter(verb=Verb.PUBLISH).get()
    assert (entry.actor, entry.subject) == (cast.chen.key, f"case:{number}")


def test_a_case_without_a_point_is_released_without_one(cast: Cast) -> None:
    number = cast.reported(place=Place(STREET, certain=False))
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    assert queries.released_case(number).lng is None


def test_a_second_release_replaces_the_text(cast: Cast) -> None:
    number = cast.reported()
    for text in ("楼道灯不亮", "楼道的灯坏了"):
        actions.publish(number, text, actor=cast.chen, now=NOW)
    assert [each.text for each in queries.released()] == ["楼道的灯坏了"]


@pytest.mark.parametrize("who", ["wang", "zhou", "sun"])
def test_others_do_not_release(cast: Cast, who: str) -> None:
    number = cast.reported()
    with pytest.raises(NotPermitted):
        actions.publish(number, "楼道灯不亮", actor=getattr(cast, who), now=NOW)
    assert not Release.objects.exists()


def test_a_stranger_and_the_reporter_do_not_release(cast: Cast) -> None:
    number = cast.reported()
    with pytest.raises(NotFound):
        actions.publish(number, "楼道灯不亮", actor=cast.stranger, now=NOW)
    with pytest.raises(NotPermitted):
        actions.publish(number, "楼道灯不亮", actor=cast.with_receipt(number), now=NOW)


def test_the_reporters_own_name_is_never_released(cast: Cast) -> None:
    number = cast.reported(reporter=Reporter("林小燕", "86281234"))
    for text in ("林小燕说灯不亮", "请打86281234"):
        with pytest.raises(Incomplete):
            actions.publish(number, text, actor=cast.chen, now=NOW)
    assert not Release.objects.exists()


def test_what_is_taken_back_is_gone_and_may_come_again(cast: Cast) -> None:
    number = cast.reported()
    with pytest.raises(Incomplete):
        actions.unpublish(number, actor=cast.chen, now=NOW, reason="有误")
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    with pytest.raises(Incomplete):
        actions.unpublish(number, actor=cast.chen, now=NOW, reason=" ")
    actions.unpublish(number, actor=cast.chen, now=NOW, reason="有误")
    assert queries.released() == []
    with pytest.raises(NotFound):
        queries.released_case(number)
    with pytest.raises(NotFound):
        queries.public_steps(number)
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    assert len(queries.released()) == 1


def test_a_declined_case_is_not_released(cast: Cast) -> None:
    number = cast.reported()
    actions.decline(number, actor=cast.chen, now=NOW, reason="不归街道")
    with pytest.raises(IllegalMove):
        actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)


def test_what_is_public_is_narrowed(cast: Cast) -> None:
    first, second = cast.reported(), cast.closed()
    for late, number in enumerate((first, second)):
        actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW + timedelta(minutes=late))
    assert [each.number for each in queries.released()] == [second, first]
    assert [each.number for each in queries.released(states=[State.CLOSED])] == [second]
    assert [each.number for each in queries.released(main_category="公用设施")] == [second, first]
    assert queries.released(main_category="市容环境") == []
    assert queries.released(area_code="330109002") == []
    assert [each.number for each in queries.released(before=NOW + timedelta(minutes=1))] == [first]


def test_public_steps_say_what_and_when_and_no_more(cast: Cast) -> None:
    number = cast.closed()
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    verbs = [Verb.REPORT, Verb.ACCEPT, Verb.ASSIGN, Verb.FINISH, Verb.VERIFY]
    assert queries.public_steps(number) == [(verb, NOW) for verb in verbs]


def test_joining_counts_each_once(cast: Cast) -> None:
    number = cast.reported()
    assert actions.join(number, "phone-a", actor=cast.lin, now=NOW) == 1
    assert actions.join(number, "phone-a", actor=cast.lin, now=NOW) == 1
    assert actions.join(number, "phone-b", actor=cast.lin, now=NOW) == 2
    assert cast.case(number).joined == 2
    assert Entry.objects.filter(verb=Verb.JOIN).count() == 2


def test_who_joins_two_cases_cannot_be_told_to_be_one(cast: Cast) -> None:
    for number in (cast.reported(), cast.reported()):
        actions.join(number, "phone-a", actor=cast.lin, now=NOW)
    one, other = Joined.objects.values_list("by", flat=True)
    assert one != other
    assert re.fullmatch(r"[0-9a-f]{64}", one)


def test_nobody_joins_his_own_case_nor_a_closed_one(cast: Cast) -> None:
    number = cast.reported()
    with pytest.raises(Incomplete):
        actions.join(number, "phone-a", actor=cast.with_receipt(number), now=NOW)
    with pytest.raises(IllegalMove):
        actions.join(cast.closed(), "phone-a", actor=cast.lin, now=NOW)
    with pytest.raises(NotFound):
        actions.join("HY-330109001-20260401-99999", "phone-a", actor=cast.lin, now=NOW)
    assert not Joined.objects.exists()


def test_around_a_point_only_what_everybody_may_know(cast: Cast) -> None:
    number = cast.reported(text=f"林小燕家门口,请打{PHONE}")
    found = queries.open_around(120.2701, 30.1601)
    assert [(each.number, each.text) for each in found] == [(number, "")]
    assert found[0].about_m % 50 == 0
    actions.publish(number, "楼道灯不亮", actor=cast.chen, now=NOW)
    assert [each.text for each in queries.open_around(120.2701, 30.1601)] == ["楼道灯不亮"]
    assert queries.open_around(120.28, 30.16) == []


def test_two_doors_of_a_cell_are_equally_far(cast: Cast) -> None:
    """From three exact distances the door could be told."""
    lng, lat = coarse(120.27, 30.16)
    for away in (-0.0003, 0.0003):
        cast.reported(place=Place(STREET, lng=lng + away, lat=lat + away))
    assert len({each.about_m for each in queries.open_around(lng + 0.001, lat)}) == 1


def test_a_confidential_case_is_nowhere_around(cast: Cast) -> None:
    cast.reported(reporter=Reporter("林小燕", PHONE, confidential=True))
    assert queries.open_around(120.27, 30.16) == []


def test_of_an_event_that_is_not_released_only_the_main_category(cast: Cast) -> None:
    from huying.catalogue import actions as catalogue
    from huying.catalogue.policy import Node
    from huying.catalogue.states import Kind
    from huying.org.policy import SYSTEM

    quarrel = catalogue.ensure_category(
        scheme="demo", path=[Node("治安纠纷"), Node("家庭纠纷")], kind=Kind.EVENT, actor=SYSTEM, now=NOW
    )
    cast.reported(category_id=quarrel)
    assert [each.category for each in queries.open_around(120.27, 30.16)] == ["治安纠纷"]


def test_the_button_to_release_is_the_centres(cast: Cast) -> None:
    number = cast.reported()
    may = {
        name: Verb.PUBLISH in possible(getattr(cast, name), State.REPORTED, STREET, number, ())
        for name in ("chen", "sun", "zhou", "stranger", "lin")
    }
    assert may == {"chen": True, "sun": False, "zhou": False, "stranger": False, "lin": False}
