from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner
from django.test import Client

from huying.assessment.commands import OPERATOR, stats
from huying.assessment.policy import Counts, Named, Statistics
from huying.assessment.queries import statistics
from huying.cases.actions import import_history
from huying.cases.policy.reports import HistoryRecord
from huying.cases.states import State
from huying.catalogue.actions import ensure_category
from huying.catalogue.policy import Node
from huying.catalogue.states import Kind
from huying.org import actions as org
from huying.org.policy import SYSTEM, Actor, Grant
from huying.org.states import Employment, Role
from huying.places.actions import ensure_area
from huying.shared.ids import StaffId

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
RIVER, HILL = "330109001", "330109002"
Add = Callable[..., None]


@pytest.fixture
def add() -> Add:
    """Two streets and a way to add old cases to them."""
    for code, name in (("3301", "杭州市"), ("330109", "萧山区"), (RIVER, "江畔街道"), (HILL, "山前街道")):
        ensure_area(code, name=name, actor="system", now=NOW)
    ensure_area(f"{RIVER}001", name="清风社区", actor="system", now=NOW)
    keys = count()

    def make(area: str, path: str, state: State = State.CLOSED, **facts: object) -> None:
        category = ensure_category(
            scheme="demo",
            path=[Node(name) for name in path.split("/")] if path else [Node("未分类")],
            kind=Kind.EVENT,
            actor=SYSTEM,
            now=NOW,
        )
        record = HistoryRecord(
            **{  # type: ignore[arg-type]
                "source": "demo",
                "key": str(next(keys)),
                "fingerprint": b"\x00" * 32,
                "text": "路灯不亮",
                "area_code": area,
                "reported_at": NOW,
                "state": state,
                "category_id": category if path else None,
                **facts,
            }
        )
        import_history([record], actor=SYSTEM, now=NOW)

    return make


def a_few(add: Add) -> None:
    add(f"{RIVER}001", "市容/垃圾/厨余", in_time=True)
    add(RIVER, "市容/广告", in_time=False)
    add(RIVER, "市容", in_time=None)
    add(RIVER, "绿化", State.IN_HAND)
    add(HILL, "绿化/树木", in_time=True)
    add("330109", "", in_time=True)  # neither street nor category is known


def test_cases_count_under_their_street_and_main_category(add: Add) -> None:
    a_few(add)
    assert statistics(OPERATOR) == Statistics(
        total=Counts(6, 5, 3, 1, 1),
        streets=(
            Named("江畔街道", Counts(4, 3, 1, 1, 1)),
            Named("山前街道", Counts(1, 1, 1, 0, 0)),
            Named("未知", Counts(1, 1, 1, 0, 0)),
        ),
        types=(
            Named("市容", Counts(3, 3, 1, 1, 1)),
            Named("绿化", Counts(2, 1, 1, 0, 0)),
            Named("未知", Counts(1, 1, 1, 0, 0)),
        ),
    )


def test_everybody_counts_only_what_he_may_see(add: Add) -> None:
    a_few(add)
    chen = Actor("staff:1", grants=frozenset({Grant(Role.COMMANDER, HILL)}))
    assert statistics(chen).total == Counts(1, 1, 1, 0, 0)
    assert [street.name for street in statistics(chen).streets] == ["山前街道"]
    assert statistics(Actor("staff:2")) == Statistics(Counts(), (), ())


def test_a_day_counts_in_the_time_of_the_installation(add: Add) -> None:
    for hour in (15, 16):  # UTC: one second before and at midnight in Shanghai, April 2
        minute = 59 if hour == 15 else 0
        add(RIVER, "市容", reported_at=datetime(2026, 4, 1, hour, minute, minute, tzinfo=UTC), in_time=True)

    def reported(first: date | None, last: date | None) -> int:
        return statistics(OPERATOR, first=first, last=last).total.reported

    assert reported(None, date(2026, 4, 1)) == 1
    assert reported(date(2026, 4, 2), None) == 1
    assert reported(date(2026, 4, 1), date(2026, 4, 2)) == 2
    assert statistics(OPERATOR, source="other").total == Counts()


def test_one_statement(add: Add, django_assert_num_queries: Callable[[int], object]) -> None:
    a_few(add)
    with django_assert_num_queries(1):  # type: ignore[attr-defined]
        statistics(OPERATOR)


def test_people_read_a_table(add: Add) -> None:
    a_few(add)
    output = CliRunner().invoke(stats, []).stdout
    rows = [line.replace(" ", "").strip("│").split("│") for line in output.splitlines() if "│" in line]
    assert ["江畔街道", "4", "3", "1", "1", "1", "75.00%", "50.00%"] in rows
    assert ["合计", "6", "5", "3", "1", "1", "83.33%", "75.00%"] in rows


def test_a_wrong_day_is_refused() -> None:
    result = CliRunner().invoke(stats, ["--from", "gestern"])
    assert result.exit_code == 2


def test_statistics_over_http_need_a_name(client: Client) -> None:
    answer = client.get("/api/v1/statistics")
    assert (answer.status_code, answer.headers["Content-Type"]) == (401, "application/problem+json")


def test_statistics_over_http_count_what_the_caller_may_see(add: Add, client: Client) -> None:
    a_few(add)
    chen = org.hire(name="陈", employment=Employment.FULL_TIME, now=NOW, actor=SYSTEM)
    org.grant(StaffId(chen.pk), Role.COMMANDER, area_code=HILL, now=NOW, actor=SYSTEM)
    client.force_login(org.open_account(StaffId(chen.pk), "chen", "lamp-River-47", now=NOW, actor=SYSTEM))

    counts = {"reported": 1, "closed": 1, "in_time": 1, "overdue": 0, "unknown": 0}
    assert client.get("/api/v1/statistics?first=2026-04-01&last=2026-04-01").json() == {
        "total": counts,
        "streets": [{"name": "山前街道", **counts}],
        "types": [{"name": "绿化", **counts}],
    }
    assert client.get("/api/v1/statistics?first=gestern").status_code == 422
