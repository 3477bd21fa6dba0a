import io
import re
import zipfile

import pytest

from huying.catalogue.formats import Layout, read
from huying.catalogue.policy import Broken, CategoryRow, Duty, Limit, Node
from huying.catalogue.states import DutyList, Kind, Level
from huying.shared.errors import Malformed

TABLE = """类型,大类代码,大类名称,小类代码,小类名称,立案条件,结案条件,处置时限,处置单位,处置层级,自行处置
事件,1,市容环境,2,暴露垃圾,"有
垃圾",清除,4工作时,环卫所,网格,是
事件,1,市容环境,2,暴露垃圾,成堆,清除,尽快,环卫所,,
事件,1,,2,暴露垃圾,成片,清除,1天,环卫所,,
人物,1,市容环境,2,暴露垃圾,成山,清除,1天,环卫所,,
事件,1,市容环境,3,道路保洁,,,2工作日,,社区,
,,,,,,,,,,
事件,1,市容环境,2,暴露垃圾,成海,清除,1天,环卫所,省,
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_table_takes_the_good_rows_and_names_the_broken(encoding: str) -> None:
    sheet = read(TABLE.encode(encoding))

    first, last = sheet.categories
    assert (sheet.layout, first.line, first.path) == (
        Layout.TABLE,
        2,
        (Node("市容环境", "01"), Node("暴露垃圾", "02")),
    )
    assert first.condition is not None
    assert (first.condition.filing, first.condition.limit) == ("有\n垃圾", Limit(4, "work_hours"))
    assert (first.level, first.self_handling) == (Level.GRID, True)
    assert last == CategoryRow(
        7,
        Kind.EVENT,
        (Node("市容环境", "01"), Node("道路保洁", "03")),
        level=Level.COMMUNITY,
        limit=Limit(2, "work_days"),
    )
    assert sheet.broken == (
        Broken(4, "看不懂处置时限“尽快”"),
        Broken(5, "缺少上级类别名称"),
        Broken(6, "类型“人物”不在部件、事件、热线之中"),
        Broken(9, "处置层级“省”不在网格、社区、街镇、区县之中"),
    )


WORKSHEET = """<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
<row r="1"><c r="A1" t="inlineStr"><is><t>大类代码</t></is></c>
<c r="B1" t="inlineStr"><is><t>大类名称</t></is></c>
<c r="C1" t="inlineStr"><is><t>小类代码</t></is></c><c r="D1" t="inlineStr"><is><t>小类名称</t></is></c></row>
<row r="2"><c r="A2"><v>1</v></c><c r="B2" t="inlineStr"><is><t>市容环境</t></is></c><c r="C2"><v>2</v></c>
<c r="D2" t="inlineStr"><is><t>暴露垃圾</t></is></c></row>
<row r="3"><c r="C3"><v>3</v></c><c r="D3" t="inlineStr"><is><t>道路保洁</t></is></c></row>
</sheetData><mergeCells><mergeCell ref="A2:A3"/><mergeCell ref="B2:B3"/></mergeCells></worksheet>"""
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def workbook(worksheet: str) -> bytes:
    """Return the smallest XLSX file around one worksheet."""
    parts = {
        "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r0"'
        f' Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        f' xmlns:r="{OFFICE}"><sheets><sheet name="a" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{RELATIONS}"><Relationship Id="r1"'
        f' Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": worksheet,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name, text)
    return buffer.getvalue()


def test_workbook_spreads_merged_cells_and_whole_numbers() -> None:
    taken = read(workbook(WORKSHEET))

    main = Node("市容环境", "01")
    assert [(row.line, row.path) for row in taken.categories] == [
        (2, (main, Node("暴露垃圾", "02"))),
        (3, (main, Node("道路保洁", "03"))),
    ]


def test_levels_and_tree() -> None:
    levels = read("一级分类,二级分类,三级分类\n城乡建设,安全生产,事故处理\n城乡建设,,事故处理\n".encode())
    assert [row.path for row in levels.categories] == [(Node("城乡建设"), Node("安全生产"), Node("事故处理"))]
    assert levels.broken == (Broken(3, "缺少上级类别名称"),)

    tree = read('{"消防安全\\n": ["堵塞通道", "火灾"], "其他": []}'.encode())
    assert [row.path for row in tree.categories] == [
        (Node("消防安全"), Node("堵塞通道")),
        (Node("消防安全"), Node("火灾")),
        (Node("其他"),),
    ]


def test_duty_list() -> None:
    sheet = read(
        "清单,条目,事项,类别体系,类别代码,区域代码,主办单位代码,协同单位代码,处置层级,处置时限,依据\n"
        "呼应问题清单,§3.2,占道经营,demo,E0501,330109,CG,SC、GA,街镇,1工作日,城管条例\n"
        "街镇职责清单,§3.3,,demo,,,CG,,,,\n".encode()
    )
    assert [(row.line, row.category_scheme, row.category_code, row.duty) for row in sheet.duties] == [
        (
            2,
            "demo",
            "E0501",
            Duty(
                DutyList.CALL,
                "§3.2",
                "占道经营",
                "330109",
                "CG",
                ("SC", "GA"),
                Level.STREET,
                Limit(1, "work_days"),
                "城管条例",
            ),
        )
    ]
    assert sheet.broken == (Broken(3, "缺少类别代码"),)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe\x00", "文本编码既不是UTF-8也不是GB18030"),
        (b"PK\x03\x04", "不是有效的XLSX文件"),
        (b"{", "第1行不是有效的JSON"),
        (b'{"a": 1}', "事件树应是“大类:[小类,…]”的JSON对象"),
        (b'main\n"a', "第2行不是有效的CSV"),
        (b"a,b\n1,2\n", "表头认不出"),
        (b"", "表头认不出"),
    ],
)
def test_unreadable_file_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Malformed, match=re.escape(reason)):
        read(content)
