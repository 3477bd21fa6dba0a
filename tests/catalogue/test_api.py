from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from huying.catalogue.actions import Draft, import_catalogue
from huying.catalogue.formats import read
from huying.catalogue.models import Category, Condition
from huying.org.policy import SYSTEM

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
TABLE = (
    "大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限,处置单位\n"
    "1,市容环境,2,暴露垃圾,成堆,清除,4工作时,环卫所\n"
)


@pytest.fixture(autouse=True)
def edition() -> None:
    import_catalogue(
        Draft("demo", "示范", date(2026, 4, 1)), read(TABLE.encode()).categories, actor=SYSTEM, now=NOW
    )


def test_the_edition_of_a_day_is_listed_as_a_tree(client: Client) -> None:
    main, sub = Category.objects.order_by("depth")
    (edition,) = client.get("/api/v1/categories?on=2026-04-01").json()
    assert (edition["scheme"], edition["effective_from"], edition["effective_to"]) == (
        "demo",
        "2026-04-01",
        None,
    )
    assert edition["categories"] == [
        {
            "id": main.pk,
            "code": "E01",
            "name": "市容环境",
            "kind": "event",
            "depth": 1,
            "level": "",
            "self_handling": False,
            "urgent": False,
            "children": [
                {
                    "id": sub.pk,
                    "code": "E0102",
                    "name": "暴露垃圾",
                    "kind": "event",
                    "depth": 2,
                    "level": "",
                    "self_handling": False,
                    "urgent": False,
                    "children": [],
                }
            ],
        }
    ]
    assert client.get("/api/v1/categories?on=2026-03-31").json() == []


def test_a_category_shows_its_path_and_conditions(client: Client) -> None:
    main, sub = Category.objects.order_by("depth")
    answer = client.get(f"/api/v1/categories/{sub.pk}").json()
    assert answer["path"] == [
        {"id": main.pk, "code": "E01", "name": "市容环境"},
        {"id": sub.pk, "code": "E0102", "name": "暴露垃圾"},
    ]
    assert (answer["limit_amount"], answer["limit_type"], answer["level"]) == (4, "work_hours", "street")
    assert answer["conditions"] == [
        {
            "id": Condition.objects.get().pk,
            "number": 1,
            "filing": "成堆",
            "closing": "清除",
            "limit_amount": 4,
            "limit_type": "work_hours",
            "limit_text": "4工作时",
            "urgent": False,
            "lead_text": "环卫所",
            "supervisor_text": "",
            "co_text": "",
        }
    ]


def test_an_unknown_category_is_refused(client: Client) -> None:
    answer = client.get("/api/v1/categories/0")
    assert (answer.status_code, answer.json()["detail"]) == (404, "没有找到类别“0”。")


def test_a_day_that_is_none_is_refused(client: Client) -> None:
    assert client.get("/api/v1/categories?on=gestern").status_code == 422
