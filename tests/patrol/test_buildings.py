"""Facts of a building: for its head and its grid worker; who opens what is personal leaves a trace."""

import pytest
from django.test import Client
from tests.cases.conftest import ELSEWHERE, GRID, NOW, Cast, staff
from tests.field import signed_in

from huying.ledger.models import Entry
from huying.org import actions as org
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import ChainLevel, Employment, Role
from huying.patrol import actions, queries
from huying.patrol.models import Fact
from huying.patrol.states import FactKind
from huying.places import actions as places
from huying.shared.errors import Incomplete, NotFound

HERE, THERE = "330109001002003-01", "330109001002003-02"


@pytest.fixture(autouse=True)
def _buildings(cast: Cast) -> None:
    for code, name in ((HERE, "1幢"), (THERE, "2幢")):
        places.add_building(code, name=name, area_code=GRID, point=(120.27, 30.16), actor="system", now=NOW)


@pytest.fixture
def head(cast: Cast) -> Actor:
    """The head of the first building and of nothing else."""
    hired = org.hire(name="楼长李", employment=Employment.VOLUNTEER, now=NOW, actor=SYSTEM)
    org.make_responsible(hired.pk, ChainLevel.BUILDING_HEAD, building_code=HERE, now=NOW, actor=SYSTEM)
    return staff(hired.pk, Grant(Role.BUILDING_HEAD, GRID))


def standing(kind: FactKind) -> list[str]:
    return list(Fact.objects.filter(kind=kind, ended_at=None).values_list("text", flat=True))


def test_a_head_has_his_building_a_grid_worker_all_of_his_grid(cast: Cast, head: Actor) -> None:
    assert [each.code for each in queries.buildings_of(head, at=NOW)] == [HERE]
    assert [each.code for each in queries.buildings_of(cast.wang, at=NOW)] == [HERE, THERE]
    for other in (cast.chen, cast.sun, cast.zhou, cast.zhao, staff(9, Grant(Role.GRID_WORKER, ELSEWHERE))):
        assert queries.buildings_of(other, at=NOW) == []
        with pytest.raises(NotFound):
            queries.building_for(other, HERE, at=NOW)
    with pytest.raises(NotFound):
        queries.building_for(head, THERE, at=NOW)


def test_a_new_count_takes_the_place_of_the_old_one_which_is_kept(cast: Cast) -> None:
    for text in ("48", "48", "50"):
        actions.state_fact(HERE, FactKind.HOUSEHOLDS, text, actor=cast.wang, now=NOW)
    assert (standing(FactKind.HOUSEHOLDS), Fact.objects.count()) == (["50"], 2)


def test_hazards_stand_beside_each_other_until_they_end(cast: Cast) -> None:
    first = actions.state_fact(HERE, FactKind.HAZARD, "楼道堆物", actor=cast.wang, now=NOW)
    actions.state_fact(HERE, FactKind.HAZARD, "外墙空鼓", actor=cast.wang, now=NOW)
    actions.end_fact(HERE, first.pk, actor=cast.wang, now=NOW)
    assert standing(FactKind.HAZARD) == ["外墙空鼓"]
    with pytest.raises(NotFound):
        actions.end_fact(HERE, first.pk, actor=cast.wang, now=NOW)


@pytest.mark.parametrize("text", ["", "  ", "很多", "-1", "10001", "3.5", "²"])
def test_a_count_is_a_count(cast: Cast, text: str) -> None:
    with pytest.raises(Incomplete):
        actions.state_fact(HERE, FactKind.RESIDENTS, text, actor=cast.wang, now=NOW)


def test_another_building_is_not_there_to_write_to(head: Actor) -> None:
    with pytest.raises(NotFound):
        actions.state_fact(THERE, FactKind.HAZARD, "堆物", actor=head, now=NOW)


def test_who_looks_at_what_is_personal_says_why_and_leaves_a_trace(cast: Cast) -> None:
    actions.state_fact(HERE, FactKind.HELP, "302室独居,每周看望", actor=cast.wang, now=NOW)
    with pytest.raises(Incomplete):
        actions.open_personal(HERE, actor=cast.wang, now=NOW, reason=" ")
    (fact,) = actions.open_personal(HERE, actor=cast.wang, now=NOW, reason="上门看望")
    assert fact.text == "302室独居,每周看望"
    assert Entry.objects.filter(verb="open_personal", subject=f"building:{HERE}").count() == 1


def test_the_page_keeps_what_is_personal_closed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(monkeypatch, cast.wang)
    client.post(f"/grid/buildings/{HERE}/facts/", {"kind": "help", "text": "302室独居"})
    client.post(f"/grid/buildings/{HERE}/facts/", {"kind": "hazard", "text": "楼道堆物"})
    page = client.get(f"/grid/buildings/{HERE}/").content.decode()
    assert "楼道堆物" in page
    assert "302室独居" not in page
    assert client.post(f"/grid/buildings/{HERE}/personal/", {"reason": ""}).status_code == 422
    assert (
        "302室独居" in client.post(f"/grid/buildings/{HERE}/personal/", {"reason": "看望"}).content.decode()
    )
    assert "302室独居" not in client.get(f"/grid/buildings/{HERE}/").content.decode()
    assert Entry.objects.filter(verb="open_personal").count() == 1


def test_a_refused_fact_keeps_what_was_typed(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(monkeypatch, cast.wang)
    answer = client.post(f"/grid/buildings/{HERE}/facts/", {"kind": "lifts", "text": "两部"})
    assert answer.status_code == 422
    assert "两部" in answer.content.decode()


def test_pages_of_anothers_building_are_not_there(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    client = signed_in(monkeypatch, cast.chen)
    assert client.get(f"/grid/buildings/{HERE}/").status_code == 404
    assert client.post(f"/grid/buildings/{HERE}/personal/", {"reason": "看看"}).status_code == 404
    assert "1幢" not in client.get("/grid/buildings/").content.decode()


def test_over_http_only_what_is_not_personal(cast: Cast, client: Client) -> None:
    hired = org.hire(name="王建国", employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM)
    org.grant(hired.pk, Role.GRID_WORKER, area_code=GRID, now=NOW, actor=SYSTEM)
    client.force_login(org.open_account(hired.pk, "wang", "Chang-cheng-1", now=NOW, actor=SYSTEM))
    address = f"/api/v1/buildings/{HERE}/facts"
    for kind, text in (("households", "48"), ("help", "302室独居")):
        said = client.post(address, {"kind": kind, "text": text}, content_type="application/json")
        assert said.status_code == 200
    assert [(each["kind"], each["text"]) for each in client.get(address).json()] == [("households", "48")]
    client.logout()
    assert client.get(address).status_code == 401
