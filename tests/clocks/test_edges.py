"""The command line and the API of the clocks."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from ninja.testing import TestClient

from huying.clocks import api, commands
from huying.clocks.models import CalendarEdition
from huying.ledger.models import Entry
from huying.shared.errors import Malformed, NotFound

pytestmark = pytest.mark.django_db
CSV = "日期,名称,类型\n2027-01-01,元旦,休\n2027-01-02,元旦,班\n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "2027.csv"
    file.write_text(CSV)
    return file


def test_import_calendar(file: Path) -> None:
    result = CliRunner().invoke(commands.import_, [str(file), "--source", "国办发明电〔2026〕1号", "--json"])

    assert result.exit_code == 0
    assert json.loads(result.output) == {
        "year": 2027,
        "source": "国办发明电〔2026〕1号",
        "holidays": ["2027-01-01"],
        "makeup_days": ["2027-01-02"],
        "workdays": 261,
        "problems": [],
        "code": "CN-2027.1",
        "moved": 0,
    }
    assert CalendarEdition.objects.get(year=2027).source == "国办发明电〔2026〕1号"


def test_import_calendar_from_the_desk_of_a_clerk(file: Path) -> None:
    file.write_bytes(CSV.encode("gb18030"))
    result = CliRunner().invoke(commands.import_, [str(file)])
    assert result.output == (
        "2027年（2027.csv）：工作日261天\n放假：2027-01-01\n上班：2027-01-02\n已发布CN-2027.1，重新推算了0个时限\n"
    )


def test_a_preview_imports_nothing(file: Path) -> None:
    result = CliRunner().invoke(commands.import_, [str(file), "--preview"])
    assert result.output == "2027年（2027.csv）：工作日261天\n放假：2027-01-01\n上班：2027-01-02\n"
    assert not CalendarEdition.objects.filter(year=2027).exists()


def test_a_broken_file_is_refused_line_by_line(file: Path) -> None:
    file.write_text(CSV + "2027-02-30,春节,休\n")
    result = CliRunner().invoke(commands.import_, [str(file)])

    assert result.exit_code == 2
    assert result.output.splitlines()[-1] == "错误：第4行：应为“日期,名称,休或班”，日期如2027-01-01"
    assert (CalendarEdition.objects.filter(year=2027).count(), Entry.objects.count()) == (0, 0)


def test_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "2027.xlsx"
    file.write_text("")
    result = CliRunner().invoke(commands.import_, [str(file)])
    assert isinstance(result.exception, Malformed)


def test_status_fails_when_nobody_sweeps() -> None:
    result = CliRunner().invoke(commands.status, ["--json"])
    assert result.exit_code == 1
    assert json.loads(result.output)["text"] == "时限巡查没有心跳，请检查后台进程"


def test_resume_says_when_there_is_nothing_to_resume() -> None:
    result = CliRunner().invoke(commands.resume)
    assert result.output == "时限巡查没有停止，无需恢复。\n"


def test_api() -> None:
    client = TestClient(api.router)

    calendar = client.get("/calendars/2020").json()
    assert (calendar["code"], calendar["working_periods"]) == ("CN-2020.2", ["08:00-12:00", "14:00-18:00"])
    assert {"day": "2020-02-02", "name": "春节", "is_working": False} in calendar["days"]
    assert client.get("/stage-limits").json()[0] == {
        "stage": "accept", "urgent": False, "amount": 10, "type": "urgent_minutes",
    }  # fmt: skip
    assert client.get("/sweeper").json()["is_well"] is False


def test_api_refuses_an_unknown_year() -> None:
    with pytest.raises(NotFound, match="没有找到日历“2031”"):
        TestClient(api.router).get("/calendars/2031")
