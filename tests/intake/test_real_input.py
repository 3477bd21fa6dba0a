"""The two real files, imported once for the whole module and undone at its end."""

import csv
import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from huying.assessment.commands import stats
from huying.cases.models import Case
from huying.cases.states import State
from huying.catalogue.models import Category, Edition
from huying.intake.commands import import_
from huying.ledger.models import Entry
from huying.org.models import Unit
from huying.places.models import Area

Rows = list[dict[str, str]]
PINGSHAN = Path("pingshan") / "requests_2018-02_2018-10.csv"
BALTIMORE = Path("311") / "baltimore_311_sample.csv"


def imported(file: Path, profile: str) -> dict[str, Any]:
    result = CliRunner().invoke(import_, [str(file), "--profile", profile, "--json"], catch_exceptions=False)
    summary: dict[str, Any] = json.loads(result.stdout)
    return summary


def published(*options: str) -> dict[str, Any]:
    result = CliRunner().invoke(stats, ["--json", *options], catch_exceptions=False)
    counted: dict[str, Any] = json.loads(result.stdout)
    return counted


@pytest.fixture(scope="module")
def summaries(
    data: Path, test_database: None, django_db_blocker: DjangoDbBlocker
) -> Iterator[dict[str, dict[str, Any]]]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield {
            "pingshan": imported(data / PINGSHAN, "pingshan"),
            "baltimore": imported(data / BALTIMORE, "baltimore"),
        }
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def pingshan(data: Path, summaries: object) -> Rows:
    with (data / PINGSHAN).open(encoding="gb18030", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.fixture(scope="module")
def baltimore(data: Path, summaries: object) -> Rows:
    with (data / BALTIMORE).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def test_every_row_goes_in_and_what_is_unusable_is_counted(summaries: dict[str, dict[str, Any]]) -> None:
    nothing_wrong = {"unchanged": 0, "rejected": []}
    assert summaries == {
        "pingshan": {"rows": 6952, "created": 6952, "notes": {}, **nothing_wrong},
        "baltimore": {
            "rows": 10_000,
            "created": 10_000,
            "notes": {"坐标只到整度": 892, "无坐标": 590, "重复件": 217},
            **nothing_wrong,
        },
    }


def test_every_case_of_pingshan_has_its_place_unit_type_and_outcome(pingshan: Rows) -> None:
    in_time = {"10": True, "01": False, "--": None}
    wanted = Counter(
        (
            row["REC_ID"],
            row["COMMUNITY_NAME"].replace("-", "坪山区"),
            f"pingshan-{row['DISPOSE_UNIT_ID']}" if row["DISPOSE_UNIT_NAME"] != "-" else "",
            row["SUB_TYPE_NAME"],
            in_time[row["INTIME_ARCHIVE_NUM"] + row["OVERTIME_ARCHIVE_NUM"]],
        )
        for row in pingshan
    )
    areas = dict(Area.objects.values_list("code", "name"))
    cases = Case.objects.filter(source="pingshan", state=State.CLOSED, closed_at=None, due_at=None)
    found = Counter(
        (key, areas[code], unit or "", category, in_time)
        for key, code, unit, category, in_time in cases.values_list(
            "source_key", "area_code", "lead_unit__code", "category__name", "in_time"
        )
    )
    assert found == wanted


def test_every_request_of_baltimore_has_its_times_and_point(baltimore: Rows) -> None:
    cases = Case.objects.filter(source="baltimore")
    assert cases.filter(lat__isnull=False).count() == 10_000 - 590 - 892
    assert cases.filter(due_at=None).count() == sum(not row["DueDate"] for row in baltimore) == 286
    states = Counter(cases.values_list("state", flat=True))
    assert states == {State.CLOSED: 9792, State.IN_HAND: 139, State.REPORTED: 69}
    first = cases.get(source_key="18-00269879")  # 04/12/2018 11:11:26 AM in New York
    assert first.reported_at.isoformat() == "2018-04-12T15:11:26+00:00"


def test_a_second_run_changes_nothing(data: Path, summaries: object) -> None:
    def counts() -> list[int]:
        return [each.objects.count() for each in (Area, Unit, Edition, Category, Case, Entry)]

    before = counts()
    again = imported(data / PINGSHAN, "pingshan")
    assert (again["created"], again["unchanged"], counts()) == (0, 6952, before)


def tally(rows: Rows, outcomes: list[str], name: str = "") -> Counter[tuple[str, str]]:
    """Count (name, what happened) the plain way; the outcome "open" is no outcome yet."""
    tallied: Counter[tuple[str, str]] = Counter()
    for row, outcome in zip(rows, outcomes, strict=True):
        key = row[name] if name else ""
        key = "未知" if name and key in ("", "-") else key
        happened = ["reported"] if outcome == "open" else ["reported", "closed", outcome]
        tallied.update((key, each) for each in happened)
    return tallied


def as_tally(groups: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    return Counter(
        {
            (group.get("name", ""), what): count
            for group in groups
            for what, count in group.items()
            if what != "name" and count
        }
    )


def test_statistics_of_pingshan_equal_a_count_over_the_file(pingshan: Rows) -> None:
    outcomes: list[str] = [
        {"10": "in_time", "01": "overdue", "--": "unknown"}[
            row["INTIME_ARCHIVE_NUM"] + row["OVERTIME_ARCHIVE_NUM"]
        ]
        for row in pingshan
    ]
    counted = published("--source", "pingshan")
    assert list(counted) == ["total", "streets", "types"]
    assert counted["total"] == {
        "reported": 6952,
        "closed": 6952,
        "in_time": 6236,
        "overdue": 714,
        "unknown": 2,
    }
    assert as_tally([counted["total"]]) == tally(pingshan, outcomes)
    assert as_tally(counted["streets"]) == tally(pingshan, outcomes, "STREET_NAME")
    assert as_tally(counted["types"]) == tally(pingshan, outcomes, "EVENT_TYPE_NAME")
    assert (len(counted["streets"]), len(counted["types"])) == (7, 18)


def test_statistics_of_a_month_equal_a_count_over_the_file(pingshan: Rows) -> None:
    june = [row for row in pingshan if row["CREATE_TIME"].startswith("2018-06")]
    counted = published("--source", "pingshan", "--from", "2018-06-01", "--to", "2018-06-30")
    assert counted["total"]["reported"] == len(june)
    assert {each["name"]: each["reported"] for each in counted["types"]} == Counter(
        row["EVENT_TYPE_NAME"] for row in june
    )


def outcome(due: str, closed: str) -> str:
    if not closed:
        return "open"
    if not due:
        return "unknown"
    form = "%m/%d/%Y %I:%M:%S %p"
    in_time = datetime.strptime(closed, form) <= datetime.strptime(due, form)  # noqa: DTZ007 - one zone
    return "in_time" if in_time else "overdue"


def test_statistics_of_baltimore_equal_a_count_over_the_file(baltimore: Rows) -> None:
    outcomes = [outcome(row["DueDate"], row["CloseDate"]) for row in baltimore]
    counted = published("--source", "baltimore")
    assert as_tally([counted["total"]]) == tally(baltimore, outcomes)
    assert as_tally(counted["streets"]) == tally(baltimore, outcomes, "PoliceDistrict")
    assert as_tally(counted["types"]) == tally(baltimore, outcomes, "SRType")


def test_statistics_without_a_source_count_everything(summaries: object) -> None:
    assert published()["total"]["reported"] == 16_952
