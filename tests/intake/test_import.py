import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils.timezone import now

from huying.cases.models import Case
from huying.cases.states import State
from huying.catalogue.models import Category, Edition
from huying.intake.commands import import_
from huying.intake.queries import accounts, rejected
from huying.ledger.models import Entry
from huying.org.models import Unit
from huying.places.models import Area

pytestmark = pytest.mark.django_db

PROFILE = """
name = "示范"
source = "demo"

[case]
key = "编号"
text = "{类型}"

[time]
zone = "Asia/Shanghai"
formats = ["%Y-%m-%d"]
reported = "时间"

[[areas]]
level = "city"
code = "9002"
name = "示范市"

[[areas]]
level = "district"
code = "900201"
name = "示范区"

[[areas]]
level = "street"
name_column = "街道"

[unit]
column = "单位"

[category]
scheme = "demo"
levels = [{ name = "类型" }]

[state]
default = "closed"
"""
ROWS = """编号,时间,街道,单位,类型
1,2026-01-01,甲街道,环卫所,垃圾
2,2026-01-01,乙街道,城管队,占道
3,昨天,甲街道,环卫所,垃圾
4,2026-01-02,甲街道,环卫所
5,2026-01-02,,,垃圾
"""


def run(folder: Path, rows: str, *options: str) -> dict[str, object]:
    (folder / "demo.toml").write_text(PROFILE)
    (folder / "cases.csv").write_text(rows)
    arguments = [str(folder / "cases.csv"), "--profile", str(folder / "demo.toml"), "--json", *options]
    summary: dict[str, object] = json.loads(
        CliRunner().invoke(import_, arguments, catch_exceptions=False).stdout
    )
    return summary


def counts() -> tuple[int, ...]:
    return tuple(each.objects.count() for each in (Area, Unit, Edition, Category, Case, Entry))


def test_the_good_rows_go_in_and_the_broken_are_named(tmp_path: Path) -> None:
    assert run(tmp_path, ROWS) == {
        "rows": 5,
        "created": 3,
        "unchanged": 0,
        "rejected": [
            {"line": 4, "reason": "时间“昨天”不是有效时间"},
            {"line": 5, "reason": "应有5列，实有4列"},
        ],
        "notes": {},
    }
    found = Case.objects.order_by("source_key").values_list(
        "source_key", "area_code", "lead_unit__name", "category__name", "state", "imported"
    )
    assert list(found) == [
        ("1", "900201001", "环卫所", "垃圾", State.CLOSED, True),
        ("2", "900201002", "城管队", "占道", State.CLOSED, True),
        ("5", "900201", None, "垃圾", State.CLOSED, True),  # its street is not known
    ]
    assert list(Area.objects.order_by("code").values_list("name", flat=True)) == [
        "示范市",
        "示范区",
        "甲街道",
        "乙街道",
    ]


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    run(tmp_path, ROWS)
    before = counts()
    assert (run(tmp_path, ROWS)["created"], run(tmp_path, ROWS)["unchanged"]) == (0, 3)
    assert counts() == before


def test_a_key_with_another_content_is_named_and_left_as_it_was(tmp_path: Path) -> None:
    run(tmp_path, ROWS)
    changed = run(tmp_path, ROWS.replace("2,2026-01-01,乙街道", "2,2026-01-09,乙街道"))
    assert changed["rejected"] == [
        {"line": 3, "reason": "编号“2”已有内容不同的记录，未作改动"},
        {"line": 4, "reason": "时间“昨天”不是有效时间"},
        {"line": 5, "reason": "应有5列，实有4列"},
    ]
    assert Case.objects.get(source_key="2").reported_at.day in (1, 31)


def test_a_later_file_finds_areas_units_and_categories_again(tmp_path: Path) -> None:
    run(tmp_path, ROWS)
    run(
        tmp_path,
        "编号,时间,街道,单位,类型\n6,2026-02-01,乙街道,城管队,占道\n7,2026-02-01,丙街道,环卫所,占道\n",
    )
    first, again = Case.objects.filter(source_key__in=["2", "6"]).order_by("source_key")
    assert (first.area_code, first.lead_unit_id, first.category_id) == (
        again.area_code,
        again.lead_unit_id,
        again.category_id,
    )
    assert Case.objects.get(source_key="7").area_code == "900201003"


def test_a_unit_known_by_its_name_is_the_one_that_is_meant(tmp_path: Path) -> None:
    run(tmp_path, ROWS)
    known = Unit.objects.get(name="环卫所")
    Unit.objects.filter(pk=known.pk).update(code="HW-001")  # as if it had been there before the import
    run(tmp_path, ROWS.replace("1,2026", "8,2026"))
    assert Case.objects.get(source_key="8").lead_unit_id == known.pk


def test_people_read_the_first_broken_rows(tmp_path: Path) -> None:
    (tmp_path / "demo.toml").write_text(PROFILE)
    (tmp_path / "cases.csv").write_text(ROWS + "短\n" * 25)
    result = CliRunner().invoke(
        import_, [str(tmp_path / "cases.csv"), "--profile", str(tmp_path / "demo.toml")]
    )
    lines = result.stdout.splitlines()
    assert (lines[0], lines[-2], lines[-1], result.exit_code) == (
        "第4行：时间“昨天”不是有效时间",
        "……另有7行，用--json查看全部。",
        "共30行：新增3，未变0，坏行27。",
        0,
    )


def test_an_import_has_an_account(tmp_path: Path) -> None:
    """Five lines, two of them broken; then the same again with one changed."""
    run(tmp_path, ROWS)
    run(tmp_path, ROWS.replace("1,2026-01-01,甲街道,环卫所,垃圾", "1,2026-01-01,甲街道,环卫所,占道"))
    (account,) = (each for each in accounts(now()) if each.source == "demo")
    assert (account.received, account.accepted, account.duplicate) == (10, 3, 2)
    assert account.rejected == {"Incomplete": 4, "KeyReused": 1}
    assert account.is_balanced
    assert set(rejected("demo").values_list("line", flat=True)) == {2, 4, 5}
