"""What goes out comes back unchanged, and does no harm on the way."""

from datetime import timedelta

import openpyxl
import pytest
from tests.administration.conftest import NOW, administrator
from tests.org.conftest import GRID, HOUR, STREET, TOWER, Town, sid

from huying.administration import actions, sheets, writing
from huying.administration.states import Verdict
from huying.administration.tables import BUILDINGS, PEOPLE, TABLES, Table
from huying.org import actions as org
from huying.org.policy import SYSTEM
from huying.org.states import ChainLevel
from huying.places import actions as places

ADMIN = administrator()


@pytest.fixture
def full(town: Town) -> Town:
    """Something in every table, awkward names among it."""
    for staff in (town.wang, town.chen):
        org.create_post("ZHS", staff.name, now=NOW, actor=SYSTEM)
        org.appoint(sid(staff), "ZHS", staff.name, starts_at=NOW - HOUR, now=NOW, actor=SYSTEM)
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    town.responsible(town.wang, ChainLevel.BUILDING_HEAD)
    town.shift(town.chen, 20, 28)
    places.add_estate(GRID, name="=1+1小区", aliases=["+甲", "乙"], actor="system", now=NOW)
    places.add_building(
        GRID + "B9",
        name="-9幢",
        area_code=GRID,
        address='@"甲,乙";丙',
        point=(120.264123456789, 30.17),
        floors=6,
        entrances=["东", "西"],
        actor="system",
        now=NOW,
    )
    return town


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name.value)
@pytest.mark.parametrize("form", ["xlsx", "csv"])
def test_an_export_comes_back_unchanged(full: Town, table: Table, form: str) -> None:
    records = table.present((STREET,), NOW)
    assert records
    write = {"xlsx": writing.xlsx, "csv": writing.csv_text}[form]
    upload = actions.stage(table, f"x.{form}", write(table, records.values()), actor=ADMIN, now=NOW)
    done = actions.rehearse(upload, actor=ADMIN, now=NOW + timedelta(minutes=1))
    assert {each.verdict for each in done.judged} == {Verdict.SAME}
    assert len(done.judged) == len(records)


@pytest.mark.parametrize("table", TABLES.values(), ids=lambda table: table.name.value)
def test_a_template_has_every_column_and_a_hint(table: Table) -> None:
    (read,) = sheets.read(writing.template(table))
    assert read.grid == [[column.heading for column in table.columns]]


def test_text_never_becomes_a_formula(full: Town) -> None:
    records = list(BUILDINGS.present((STREET,), NOW).values())
    text = writing.csv_text(BUILDINGS, records).decode("utf-8-sig")
    assert '"\t@""甲,乙"";丙"' in text
    assert ",\t-9幢," in text
    cells = [cell for row in _book(writing.xlsx(BUILDINGS, records)) for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}  # n: empty
    assert [cell.value for cell in cells if cell.value == "-9幢"] == ["-9幢"]


def _book(content: bytes):  # type: ignore[no-untyped-def]
    import io

    return openpyxl.load_workbook(io.BytesIO(content)).active.iter_rows()


def test_refused_rows_go_out_with_why_and_come_back_mended(town: Town) -> None:
    content = "工号,姓名,电话,单位代码\nCX-001,张三,不详,CG\nCX-002,李四,12345,CG\n".encode("gbk")
    upload = actions.stage(PEOPLE, "名单.csv", content, actor=ADMIN, now=NOW)
    done = actions.rehearse(upload, actor=ADMIN, now=NOW)
    (read,) = sheets.read(writing.broken(PEOPLE, done.broken))
    assert read.grid[0][-1] == "原因"
    assert (read.grid[1][0], read.grid[1][-1]) == ("CX-001", "C2：工作电话“不详”不是电话号码")
    read.grid[1][2] = "13800138000"
    mended = "\n".join("\t".join(row) for row in read.grid).encode("utf-16")
    again = actions.stage(PEOPLE, "名单.csv", mended, actor=ADMIN, now=NOW)
    assert [each.verdict for each in actions.rehearse(again, actor=ADMIN, now=NOW).judged] == [Verdict.NEW]


def test_a_building_of_an_estate_is_found_by_its_name(full: Town) -> None:
    assert BUILDINGS.present((STREET,), NOW)[TOWER,]["estate"] == "崇化小区"
