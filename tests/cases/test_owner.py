"""Somebody with a name answers for every open case."""

import pytest

from huying.cases import actions, queries
from huying.cases.policy.reports import Call
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import ChainLevel, Employment
from huying.shared.errors import Unavailable
from huying.shared.ids import StaffId

from .conftest import GRID, NOW, Cast


def hire(name: str) -> StaffId:
    return StaffId(org.hire(name=name, employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM).pk)


def owner(cast: Cast, number: str) -> str:
    return queries.owner(cast.case(number), NOW).name


def test_the_chain_answers_until_a_unit_is_called_and_again_after_it_has_answered(cast: Cast) -> None:
    org.make_responsible(
        hire("王网格"), ChainLevel.GRID_WORKER, area_code=GRID, starts_at=NOW, now=NOW, actor=SYSTEM
    )
    org.create_post("roads", "科长", is_head=True, now=NOW, actor=SYSTEM)
    org.appoint(hire("赵科长"), "roads", "科长", now=NOW, actor=SYSTEM)

    number = cast.accepted()
    assert owner(cast, number) == "王网格"
    actions.assign(number, [Call(cast.roads)], actor=cast.chen, now=NOW)
    assert owner(cast, number) == "赵科长"
    actions.acknowledge(number, actor=cast.zhao, now=NOW)
    actions.answer(number, actor=cast.zhao, now=NOW, opinion="已更换")
    assert owner(cast, number) == "王网格"


def test_a_case_for_which_nobody_answers_is_refused_in_words(cast: Cast) -> None:
    with pytest.raises(Unavailable, match="无人负责"):
        owner(cast, cast.accepted())
