"""Files as offices have them, from the first byte to the changed record."""

from datetime import timedelta

import openpyxl
import pytest
from tests.administration.conftest import NOW, OTHER_STREET, STREET, administrator, book, saved, unit
from tests.org.conftest import GRID, OTHER_GRID, TOWER, Town

from huying.administration import actions
from huying.administration.actions import Rehearsal
from huying.administration.models import Upload
from huying.administration.states import Verdict
from huying.administration.tables import AREAS, BUILDINGS, PEOPLE, UNITS, Table
from huying.ledger import queries as ledger
from huying.org.models import Staff, Unit
from huying.places.models import Area, Building
from huying.shared.errors import Incomplete, Malformed, NotFound, NotPermitted, TooLarge

ADMIN = administrator()
PEOPLE_HEADER = ["工号", "姓名", "联系电话", "单位代码", "岗位"]


def staged(table: Table, content: bytes, filename: str = "名单.xlsx", actor=ADMIN) -> Upload:
    return actions.stage(table, filename, content, actor=actor, now=NOW)


def rehearsed(table: Table, content: bytes) -> Rehearsal:
    return actions.rehearse(staged(table, content), actor=ADMIN, now=NOW)


def verdicts(done: Rehearsal) -> list[tuple[int, Verdict]]:
    return [(each.row.line, each.verdict) for each in done.judged]


def said(done: Rehearsal) -> list[str]:
    return [each.said for each in done.judged if each.said]


def test_a_list_with_title_merged_header_and_total(town: Town) -> None:
    content = book(
        [
            ["城厢街道工作人员花名册", None, None, None, None],
            ["序号", "基本情况", None, "单位", None],
            ["序号", "工号", "姓名", "联系电话", "单位代码"],
            [1, "CX-001", "张 三", 13800138000, "CG"],
            [2, "CX-002", " 李四 ", "0571-8205 ", "CG"],
            [None, None, None, None, None],
            ["合计", 2, None, None, None],
            ["制表人:王五", None, None, None, None],
        ],
        merged=["A1:E1", "A2:A3", "B2:C2", "D2:E2"],
    )
    upload = staged(PEOPLE, content)
    done = actions.rehearse(upload, actor=ADMIN, now=NOW)
    assert (upload.header_row, verdicts(done)) == (2, [(4, Verdict.NEW), (5, Verdict.NEW)])
    assert [line for line, _ in done.skipped] == [7, 8]
    assert not Staff.objects.filter(number__startswith="CX").exists()  # a preview changes nothing
    actions.apply(upload.pk, only_good=False, actor=ADMIN, now=NOW)
    rows = (
        Staff.objects.filter(number__startswith="CX")
        .order_by("number")
        .values_list("number", "name", "phone")
    )
    assert list(rows) == [("CX-001", "张三", "13800138000"), ("CX-002", "李四", "0571-8205")]


def test_every_broken_row_says_why_and_where(town: Town) -> None:
    content = book(
        [
            PEOPLE_HEADER,
            ["CX-001", "张三", "1.38E+10", "CG", None],
            ["CX-002", None, "0571-8205", "CG", None],
            ["CX-003", "李四", "不详", "CG", None],
            ["CX-004", "王五", "0571-8206", "NO-SUCH", None],
            ["CX-005", "赵六", "0571-8207", "CG", None],
            ["CX-005", "赵七", "0571-8208", "CG", None],
            [330108199001011234, "钱八", "0571-8209", "CG", None],
        ]
    )
    done = rehearsed(PEOPLE, content)
    assert said(done) == [
        "C2：工作电话“1.38E+10”是科学计数，末几位已经丢失；请把这一列设为文本格式后重新填写",
        "第3行缺少姓名",
        "C4：工作电话“不详”不是电话号码",
        "第5行：没有找到单位“NO-SUCH”",
        "A7：“CX-005”与第6行重复",
        "A8：工号“3.301082e+17”是科学计数，末几位已经丢失；请把这一列设为文本格式后重新填写",
    ]
    assert done.counts == {"new": 1, "changed": 0, "same": 0, "broken": 6, "skipped": 0}


def test_all_or_only_the_good_rows(town: Town) -> None:
    content = book([PEOPLE_HEADER, ["CX-001", "张三", "", "CG", ""], ["CX-002", "", "", "CG", ""]])
    upload = staged(PEOPLE, content)
    with pytest.raises(Incomplete, match="还有1行有误，没有导入任何一行"):
        actions.apply(upload.pk, only_good=False, actor=ADMIN, now=NOW)
    assert not Staff.objects.filter(number="CX-001").exists()
    actions.apply(upload.pk, only_good=True, actor=ADMIN, now=NOW)
    assert Staff.objects.filter(number="CX-001").count() == 1
    assert not Staff.objects.filter(number="CX-002").exists()


def test_a_second_application_changes_nothing(town: Town) -> None:
    upload = staged(PEOPLE, book([PEOPLE_HEADER, ["CX-001", "张三", "", "CG", ""]]))
    first = actions.apply(upload.pk, only_good=False, actor=ADMIN, now=NOW)
    before = ledger.count()
    again = actions.apply(upload.pk, only_good=False, actor=ADMIN, now=NOW + timedelta(minutes=1))
    assert (again.applied_at, again.outcome) == (first.applied_at, first.outcome)
    assert ledger.count() == before


def test_the_same_file_again_is_all_the_same(town: Town) -> None:
    content = book([PEOPLE_HEADER, ["CX-001", "张三", 13800138000, "CG", "内勤"]])
    actions.apply(staged(PEOPLE, content).pk, only_good=False, actor=ADMIN, now=NOW)
    before = ledger.count()
    assert verdicts(rehearsed(PEOPLE, content)) == [(2, Verdict.SAME)]
    assert ledger.count() == before


def test_changes_show_old_and_new_and_empty_cells_change_nothing(town: Town) -> None:
    actions.apply(
        staged(PEOPLE, book([PEOPLE_HEADER, ["CX-001", "张三", "13800138000", "CG", "内勤"]])).pk,
        only_good=False,
        actor=ADMIN,
        now=NOW,
    )
    done = rehearsed(
        PEOPLE, book([["姓名", "工号", "手机"], ["张三", "CX-001", ""], ["张山", "CX-001 ", "清空"]])
    )
    assert verdicts(done) == [(2, Verdict.SAME), (3, Verdict.BROKEN)]  # twice the same number
    done = rehearsed(PEOPLE, book([["姓名", "工号", "手机"], ["张山", "CX-001 ", "清空"]]))
    assert [(c.heading, c.old, c.new) for c in done.judged[0].changes] == [
        ("姓名", "张三", "张山"),
        ("工作电话", "13800138000", ""),
    ]


def test_zeros_that_a_spreadsheet_took_off_are_missed(town: Town) -> None:
    Staff.objects.filter(pk=town.wang.pk).update(number="00123")
    done = rehearsed(PEOPLE, book([["工号", "姓名", "单位代码"], [123, "王网格", "CG"]]))
    assert said(done) == []  # of no area: not among the records an administrator of the street sees
    actions.apply(
        staged(PEOPLE, book([["工号", "姓名", "单位代码"], ["00456", "何三", "CG"]])).pk,
        only_good=False,
        actor=ADMIN,
        now=NOW,
    )
    done = rehearsed(PEOPLE, book([["工号", "姓名", "单位代码"], [456, "何三", "CG"]]))
    assert said(done) == ["A2：“456”前面的零可能丢了：系统里有“00456”"]


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [
        ("utf-8", ","),
        ("utf-8-sig", ";"),
        ("gbk", ","),
        ("gb18030", "\t"),
        ("utf-16", "\t"),
        ("utf-16-le", ","),
    ],
)
def test_separated_text_of_any_encoding(town: Town, encoding: str, separator: str) -> None:
    rows = [["工号", "姓名", "联系电话", "单位代码"], ["CX-001", "张三", "13800138000", "CG"]]
    content = "\r\n".join(separator.join(row) for row in rows).encode(encoding)
    done = rehearsed(PEOPLE, content)
    assert [each.row.cells["name"] for each in done.judged] == ["张三"]
    assert verdicts(done) == [(2, Verdict.NEW)]


def test_a_formula_without_its_result_is_named(town: Town) -> None:
    content = book([PEOPLE_HEADER, ["CX-001", "张三", '="138"&"00138000"', "CG", ""]])
    done = rehearsed(PEOPLE, content)
    assert said(done) == ["C2：是公式，但文件里没有它的结果；请在表格软件中打开并保存一次"]


def test_merged_cells_among_the_rows_count_for_each(town: Town) -> None:
    unit("MZ", "民政办")
    content = book(
        [["单位", "工号", "姓名"], ["民政办", "CX-001", "张三"], [None, "CX-002", "李四"]], merged=["A2:A3"]
    )
    upload = staged(PEOPLE, content)
    actions.apply(upload.pk, only_good=False, actor=ADMIN, now=NOW)
    posts = Staff.objects.filter(number__startswith="CX").values_list(
        "appointments__post__unit__code", flat=True
    )
    assert list(posts) == ["MZ", "MZ"]


def test_the_mapping_may_be_said_by_hand(town: Town) -> None:
    content = book([["甲", "乙", "丙"], ["CX-001", "张三", "CG"]])
    upload = staged(PEOPLE, content)
    assert (upload.header_row, actions.rehearse(upload, actor=ADMIN, now=NOW).judged) == (None, ())
    mapping = {"number": 0, "name": 1, "unit": 2, "phone": -1, "post": -1}
    upload = actions.map_columns(upload.pk, sheet=0, header_row=0, mapping=mapping, actor=ADMIN, now=NOW)
    assert verdicts(actions.rehearse(upload, actor=ADMIN, now=NOW)) == [(2, Verdict.NEW)]
    with pytest.raises(Incomplete, match="同一列不能对应两个项目"):
        actions.map_columns(
            upload.pk, sheet=0, header_row=0, mapping={"number": 0, "name": 0}, actor=ADMIN, now=NOW
        )


def test_the_sheet_with_the_table_is_found(town: Town) -> None:
    made = openpyxl.Workbook()
    made.active.append(["说明:请勿修改"])
    made.create_sheet("名单").append(["工号", "姓名", "单位代码"])
    made["名单"].append(["CX-001", "张三", "CG"])
    assert staged(PEOPLE, saved(made)).sheet == 1


def test_children_may_stand_before_their_parents(town: Town) -> None:
    rows = [
        ["单位代码", "单位名称", "类型", "所属编码", "属地上级"],
        ["C", "丙", "部门", STREET, "B"],
        ["B", "乙", "部门", STREET, "A"],
        ["A", "甲", "部门", STREET, ""],
    ]
    upload = staged(UNITS, book(rows))
    assert actions.rehearse(upload, actor=ADMIN, now=NOW).broken == []
    actions.apply(upload.pk, only_good=False, actor=ADMIN, now=NOW)
    assert list(
        Unit.objects.filter(code__in="ABC").order_by("code").values_list("local_parent__code", flat=True)
    ) == [
        None,
        "A",
        "B",
    ]


def test_another_area_is_out_of_reach(town: Town) -> None:
    rows = [["编码", "名称"], [OTHER_STREET, "改名街道"], [OTHER_STREET + "001", "新社区"], [GRID, "一网格"]]
    done = rehearsed(AREAS, book(rows))
    assert verdicts(done) == [(2, Verdict.BROKEN), (3, Verdict.BROKEN), (4, Verdict.CHANGED)]
    assert said(done)[0] == f"第2行：没有找到辖区“{OTHER_STREET}”"


def test_a_renamed_area_keeps_its_name_as_an_alias_and_comes_back_the_same(town: Town) -> None:
    content = book([["编码", "名称", "别名"], [GRID, "崇化一网格", "老一网格"]])
    upload = staged(AREAS, content)
    actions.apply(upload.pk, only_good=False, actor=ADMIN, now=NOW)
    area = Area.objects.get(code=GRID)
    assert (area.name, area.aliases) == ("崇化一网格", ["老一网格", "第一网格"])
    assert verdicts(rehearsed(AREAS, content)) == [(2, Verdict.SAME)]


def test_buildings_with_numbers_of_entrances(town: Town) -> None:
    rows = [
        ["楼栋编码", "楼栋名称", "所属编码", "小区", "层数", "单元", "经度", "纬度"],
        [TOWER, "3幢", GRID, "崇化小区", 6, 2, 120.27, 30.17],
        [OTHER_GRID + "B1", "1幢", OTHER_GRID, "", "6层", "", "", ""],
        [OTHER_GRID + "B2", "2幢", OTHER_GRID, "", "11", "东、西", 120.27, ""],
    ]
    upload = staged(BUILDINGS, book(rows))
    done = actions.rehearse(upload, actor=ADMIN, now=NOW)
    assert said(done) == ["E3：层数“6层”不是数字", "第4行：经度和纬度须一并填写"]
    actions.apply(upload.pk, only_good=True, actor=ADMIN, now=NOW)
    tower = Building.objects.get(code=TOWER)
    assert (tower.floors, tower.lng, tower.entrances.count()) == (6, 120.27, 2)


def test_uploads_belong_to_their_owner_and_end(town: Town) -> None:
    upload = staged(PEOPLE, book([PEOPLE_HEADER]))
    other = administrator("330109001001")
    with pytest.raises(NotFound):
        actions.apply(upload.pk, only_good=True, actor=other, now=NOW)
    with pytest.raises(NotFound):
        actions.apply(upload.pk, only_good=True, actor=ADMIN, now=NOW + actions.KEPT)
    assert actions.clear_uploads(NOW + actions.KEPT) == 1


def test_only_administrators_bring_people_in(town: Town) -> None:
    with pytest.raises(NotPermitted):
        staged(PEOPLE, book([PEOPLE_HEADER]), actor=town.actor(town.chen))
    assert Upload.objects.count() == 0


def test_what_is_no_table_is_refused(town: Town) -> None:
    for content in (
        b"PK\x03\x04 broken",
        b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR",
        b"\xd0\xcf\x11\xe0" + b"x" * 600,
    ):
        with pytest.raises(Malformed):
            staged(PEOPLE, content)
    with pytest.raises(TooLarge):
        staged(PEOPLE, b"x" * 5_000_001)
