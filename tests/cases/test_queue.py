"""The list of work: everything open that is the viewer's, once, in the order of the clocks, page by page."""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from huying.cases import actions, queries
from huying.cases.models import Assignment, Case
from huying.cases.queries import Place, Wanted
from huying.cases.states import LIVE, OPEN, RequestKind, State
from huying.clocks.models import Deadline
from huying.clocks.policy import SHANGHAI
from huying.clocks.states import Stage
from huying.org.policy import RESIDENT, Actor
from huying.shared.errors import Incomplete

from .conftest import ELSEWHERE, GRID, NOW, STREET, Cast
from .test_api import As, http  # noqa: F401  # a fixture

QUEUE = sys.modules["huying.cases.queries.queue"]
LAST = datetime.max.replace(tzinfo=UTC)
EVERYTHING = Wanted()
TEXTS = ("楼道灯不亮", "井盖松动", "路灯下的井盖有异响", "垃圾满溢")


@pytest.fixture
def street(cast: Cast) -> Cast:
    """Cases in every open state, some urgent, some elsewhere, some closed, at different times."""
    for number in range(24):
        cast.reported(text=TEXTS[number % 4], urgent=number % 5 == 0)
    for number in range(4):
        cast.accepted(text=TEXTS[number])
        cast.in_hand(support=number == 1)
    for _ in range(3):
        cast.handled()
        cast.closed()
        suspended(cast)
    place = cast.report().place
    for number in range(3):
        at = NOW + timedelta(minutes=number)
        far = cast.report(place=type(place)(f"{ELSEWHERE}001", text="别处"))
        actions.report(far, actor=cast.lin, now=at)
    spread()
    return cast


def suspended(cast: Cast) -> str:
    number = cast.in_hand()
    actions.request(number, RequestKind.SUSPENSION, actor=cast.zhao, now=NOW, reason="等待备件")
    [asked] = [each for each in queries.pending_requests(cast.sun) if each.assignment.case.number == number]
    actions.approve(asked.pk, actor=cast.sun, now=NOW)
    return number


def spread() -> None:
    """Move the clocks apart, against the order in which the cases came; two fall on the same moment."""
    for clock in Deadline.objects.filter(state="running"):
        due_at = NOW + timedelta(minutes=(clock.case_id * 37 + clock.pk * 11) % 23 - 8)
        Deadline.objects.filter(pk=clock.pk).update(due_at=due_at)


def expected(cast: Cast, wanted: Wanted, *, within: str = STREET, unit: int | None = None) -> list[str]:
    """The same list, thought out anew from the rows: slow and plain."""
    open_ = [case for case in Case.objects.filter(state__in=OPEN) if fits(case, wanted, within, unit)]
    return [case.number for case in sorted(open_, key=lambda case: (runs_out(case), case.pk))]


def fits(case: Case, wanted: Wanted, within: str, unit: int | None) -> bool:
    live = {each.unit_id for each in Assignment.objects.filter(case=case, state__in=LIVE)}
    return (
        (unit in live if unit else case.area_code.startswith(within))
        and (not wanted.states or case.state in wanted.states)
        and case.area_code.startswith(wanted.area_code)
        and wanted.category_id in (None, case.category_id)
        and (wanted.unit_id is None or wanted.unit_id in live)
        and wanted.urgent in (None, case.urgent)
        and wanted.text in case.text
    )


def runs_out(case: Case) -> datetime:
    clocks = Deadline.objects.filter(case_id=case.pk, state="running").exclude(stage="evaluate")
    return min((clock.due_at for clock in clocks), default=LAST)


def listed(actor: Actor, wanted: Wanted = EVERYTHING, size: int = 7) -> Iterator[str]:
    """Page through the whole list."""
    after: Place | None = queries.Place.read("")
    while after is not None:
        page = queries.queue(actor, wanted, after=Place.read(str(after)), size=size)
        yield from (each.case.number for each in page.rows)
        after = page.next_after


@pytest.fixture(params=["near", "few", "many"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every way to the page; the stretches of the last so short that it takes several."""
    if request.param != "near":
        monkeypatch.setattr(QUEUE, "STRETCH", 3)
    if request.param == "many":
        monkeypatch.setattr(QUEUE, "FEW", 0)
    return str(request.param)


def narrowings(cast: Cast) -> dict[str, Wanted]:
    return {
        "all": Wanted(),
        "state": Wanted(states=(State.REPORTED,)),
        "states": Wanted(states=(State.HANDLED, State.ACCEPTED)),
        "suspended": Wanted(states=(State.SUSPENDED,)),
        "area": Wanted(area_code=GRID),
        "area elsewhere": Wanted(area_code=ELSEWHERE),
        "category": Wanted(category_id=cast.lamp),
        "no category": Wanted(category_id=cast.lamp + 1),
        "unit": Wanted(unit_id=cast.roads),
        "other unit": Wanted(unit_id=cast.water),
        "urgent": Wanted(urgent=True),
        "not urgent": Wanted(urgent=False),
        "two characters": Wanted(text="井盖"),
        "more": Wanted(text="井盖有"),
        "one character": Wanted(text="灯"),
        "pairs that are not neighbours": Wanted(text="路灯井盖"),
        "together": Wanted(states=(State.REPORTED,), urgent=False, text="井盖"),
    }


@pytest.mark.usefixtures("way")
def test_the_list_is_whole_and_in_order(street: Cast) -> None:
    for name, wanted in narrowings(street).items():
        assert list(listed(street.chen, wanted)) == expected(street, wanted), name
    assert len(expected(street, Wanted())) == 24 + 8 + 3 + 3
    assert len(expected(street, Wanted(text="井盖"))) == 14


@pytest.mark.usefixtures("way")
def test_everybody_sees_the_own_work_and_no_other(street: Cast) -> None:
    assert list(listed(street.zhao)) == expected(street, Wanted(), unit=street.roads)
    assert list(listed(street.qian)) == expected(street, Wanted(), unit=street.water)
    assert list(listed(street.wang)) == expected(street, Wanted(), within=GRID)
    assert list(listed(street.stranger)) == expected(street, Wanted(), within=ELSEWHERE)
    assert len(expected(street, Wanted(), within=ELSEWHERE)) == 3
    assert list(listed(RESIDENT)) == []


def test_work_is_never_more_than_may_be_seen(street: Cast) -> None:
    everybody = [street.chen, street.zhao, street.qian, street.wang, street.zhou, street.stranger, street.lin]
    for actor in everybody:
        seen = set(queries.visible(actor).values_list("number", flat=True))
        assert set(listed(actor)) <= seen


def test_a_number_is_found_as_such(street: Cast) -> None:
    number = expected(street, Wanted())[5]
    assert list(listed(street.chen, Wanted(text=number))) == [number]
    assert list(listed(street.stranger, Wanted(text=number))) == []


def test_the_worked_example(cast: Cast) -> None:
    """docs/rules/cases.md §15."""
    d, c, b, a = suspended(cast), cast.reported(), cast.in_hand(), cast.in_hand()
    for number, stage, at in (
        (a, "dispose", "09:00"), (a, "acknowledge", "22:00"), (b, "acknowledge", "10:05"),
        (b, "dispose", "23:00"), (c, "accept", "10:10"),
    ):  # fmt: skip
        moment = datetime.fromisoformat(f"2026-04-01T{at}+08:00")
        Deadline.objects.filter(case_number=number, stage=stage).update(due_at=moment)
    page = queries.queue(cast.chen, EVERYTHING)
    shown = [
        (each.case.number, f"{each.clock.due_at.astimezone(SHANGHAI):%H:%M}" if each.clock else "")
        for each in page.rows
    ]
    assert shown == [(a, "09:00"), (b, "10:05"), (c, "10:10"), (d, "")]


@pytest.mark.parametrize(
    "written", ["~", "x~1", "~-1", "2026-11-21T10:00:00~1", "2026-11-21T10:00:00+08:00~99999999999999999999"]
)
def test_a_mark_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(Incomplete):
        Place.read(written)


def test_the_api_tells_how_much_time_is_left(http: As, street: Cast) -> None:  # noqa: F811
    http.be(street.chen)
    status, answer = http.get("/queue?size=3&text=井盖")
    wanted = expected(street, Wanted(text="井盖"))
    assert (status, [each["number"] for each in answer["cases"]]) == (200, wanted[:3])
    clocks = Deadline.objects.filter(case_number=wanted[0], state="running").exclude(stage=Stage.EVALUATE)
    assert answer["cases"][0]["stage_label"] == Stage(clocks.earliest("due_at").stage).label
    assert str(answer["cases"][0]["left"]).startswith("已超时")  # NOW is long ago
    status, answer = http.get(f"/queue?size=50&text=井盖&after={answer['next_after'].replace('+', '%2B')}")
    assert [each["number"] for each in answer["cases"]] == wanted[3:]
    assert answer["next_after"] == ""
    assert http.get("/queue?after=nonsense")[0] == 422
    assert http.get("/queue?size=1000")[0] == 422


def test_a_resident_has_no_list_of_work(http: As, street: Cast) -> None:  # noqa: F811
    http.be(RESIDENT)
    status, problem = http.get("/queue")
    assert (status, problem["code"]) == (401, "NotSignedIn")
    assert json.dumps(problem, ensure_ascii=False).count("HY-") == 0
