"""The files a catalogue may come in, told apart by content. Source: docs/rules/catalogue.md §5."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from python_calamine import CalamineError, CalamineWorkbook

from huying.catalogue.policy import (
    Broken,
    CategoryRow,
    ConditionRow,
    Duty,
    DutyRow,
    Limit,
    Node,
    check_rows,
    read_limit,
)
from huying.catalogue.states import DutyList, Kind, Level
from huying.shared.errors import Incomplete, Malformed
from huying.shared.sentences import Sentence
from huying.shared.words import Word

Cells = Mapping[str, str]
W = TypeVar("W", bound=Word)


class Layout(Word):
    TABLE = "table", "立结案标准表"
    LEVELS = "levels", "分级目录"
    TREE = "tree", "事件树"
    DUTIES = "duties", "职责清单"


@dataclass(frozen=True, slots=True)
class Sheet:
    """A catalogue file as read: what it holds and which rows could not be taken."""

    layout: Layout
    categories: tuple[CategoryRow, ...] = ()
    duties: tuple[DutyRow, ...] = ()
    broken: tuple[Broken, ...] = ()


# What a column may be headed; the first is the documented one.
HEADINGS: dict[str, tuple[str, ...]] = {
    "kind": ("类型", "kind"),
    "main_code": ("大类代码", "main_code"),
    "main": ("大类名称", "大类", "main"),
    "sub_code": ("小类代码", "sub_code"),
    "sub": ("小类名称", "小类", "sub"),
    "leaf_code": ("细类代码", "leaf_code"),
    "leaf": ("细类名称", "细类", "leaf"),
    "filing": ("立案条件", "filing"),
    "closing": ("结案条件", "closing"),
    "limit": ("处置时限", "limit"),
    "lead": ("处置单位", "主办单位", "lead"),
    "supervisor": ("主管部门", "supervisor"),
    "co": ("协同单位", "协办单位", "co"),
    "level": ("处置层级", "level"),
    "self_handling": ("自行处置", "self_handling"),
    "urgent": ("紧急", "urgent"),
    "first": ("一级分类", "level1"),
    "second": ("二级分类", "level2"),
    "third": ("三级分类", "level3"),
    "list": ("清单", "list"),
    "section": ("条目", "section"),
    "name": ("事项", "name"),
    "category_scheme": ("类别体系", "category_scheme"),
    "category_code": ("类别代码", "category_code"),
    "area": ("区域代码", "area"),
    "lead_code": ("主办单位代码", "lead_code"),
    "co_codes": ("协同单位代码", "co_codes"),
    "basis": ("依据", "basis"),
}
_FIELD = {heading: field for field, headings in HEADINGS.items() for heading in headings}
# A table is the format whose columns it has; the first that fits counts.
REQUIRED: dict[Layout, tuple[str, ...]] = {
    Layout.DUTIES: ("list", "section", "category_scheme", "category_code", "lead_code"),
    Layout.LEVELS: ("first", "second"),
    Layout.TABLE: ("main",),
}
_YES = {"是", "有", "1", "true", "yes", "y"}


def read(content: bytes, chosen: Layout | None = None) -> Sheet:
    """Read a CSV, XLSX or JSON catalogue.

    Raises Malformed when the file is none of these or has none of the known sets of columns.
    """
    if content.lstrip()[:1] in (b"{", b"["):
        return _sheet(Layout.TREE, _tree(content))
    rows = _workbook(content) if content.startswith(b"PK") else _csv(content)
    _, headings = next(rows)
    layout = chosen or _recognise(set(headings))
    return _sheet(layout, ((line, cells) for line, cells in rows if any(cells.values())))


def _recognise(fields: set[str]) -> Layout:
    for layout, required in REQUIRED.items():
        if fields.issuperset(required):
            return layout
    wanted = "；".join("、".join(HEADINGS[field][0] for field in required) for required in REQUIRED.values())
    raise Malformed(reason=Sentence("表头认不出，至少需要以下一组列：{wanted}", wanted=wanted))


def _sheet(layout: Layout, rows: Iterator[tuple[int, Cells]]) -> Sheet:
    """Read every row by its format's reader; a row that is refused becomes a Broken."""
    taken: list[CategoryRow | DutyRow] = []
    broken: list[Broken] = []
    for line, cells in rows:
        try:
            taken.append(_READERS[layout](line, cells))
        except Incomplete as refused:
            broken.append(Broken(line, str(refused.facts["reason"])))
    categories, contradictions = check_rows(row for row in taken if isinstance(row, CategoryRow))
    broken = sorted([*broken, *contradictions], key=lambda row: row.line)
    duties = tuple(row for row in taken if isinstance(row, DutyRow))
    return Sheet(layout, tuple(categories), duties, tuple(broken))


def _csv(content: bytes) -> Iterator[tuple[int, Cells]]:
    """Yield the headings, then every row, each with the line it begins on."""
    reader = csv.reader(io.StringIO(_decoded(content), newline=""), strict=True)
    try:
        fields = [_FIELD.get(heading.strip(), heading.strip()) for heading in next(reader, [])]
        yield 1, dict.fromkeys(fields, "")
        line = reader.line_num + 1
        for values in reader:
            yield line, dict(zip(fields, (value.strip() for value in values), strict=False))
            line = reader.line_num + 1
    except csv.Error as error:
        raise Malformed(
            reason=Sentence("第{line_num}行不是有效的CSV（{error}）", line_num=reader.line_num, error=error)
        ) from None


def _decoded(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Malformed(reason="文本编码既不是UTF-8也不是GB18030")


def _workbook(content: bytes) -> Iterator[tuple[int, Cells]]:
    """Do the same for the first sheet; every cell of a merged range has the range's value."""
    try:
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    except CalamineError as error:
        raise Malformed(reason=Sentence("不是有效的XLSX文件（{error}）", error=error)) from None
    rows = [[_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
        for row in rows[top : bottom + 1]:
            row[left : right + 1] = [rows[top][left]] * (right + 1 - left)
    fields = [_FIELD.get(heading, heading) for heading in (rows[0] if rows else [])]
    yield 1, dict.fromkeys(fields, "")
    for line, row in enumerate(rows[1:], start=2):
        yield line, dict(zip(fields, row, strict=False))


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _tree(content: bytes) -> Iterator[tuple[int, Cells]]:
    """Read {"class": ["leaf", …]}; the n-th leaf of the file counts as line n."""
    try:
        tree = json.loads(_decoded(content))
    except json.JSONDecodeError as error:
        raise Malformed(reason=Sentence("第{lineno}行不是有效的JSON", lineno=error.lineno)) from None
    if not isinstance(tree, dict) or not all(isinstance(leaves, list) for leaves in tree.values()):
        raise Malformed(reason="事件树应是“大类:[小类,…]”的JSON对象")
    pairs = [(main, leaf) for main, leaves in tree.items() for leaf in leaves or [""]]
    for line, (main, leaf) in enumerate(pairs, start=1):
        yield (
            line,
            {"main": main.strip(), "sub": leaf.strip() if isinstance(leaf, str) else "?", "kind": "事件"},
        )


def _table_row(line: int, cells: Cells) -> CategoryRow:
    kind = _word(Kind, cells.get("kind", ""), "类型") or Kind.EVENT
    path = _path(
        Node(cells.get(name, ""), _padded(cells.get(f"{name}_code", ""))) for name in ("main", "sub", "leaf")
    )
    condition = _condition(cells) if cells.get("filing") else None
    return CategoryRow(
        line,
        kind,
        path,
        condition,
        level=_word(Level, cells.get("level", ""), "处置层级"),
        self_handling=_yes(cells, "self_handling"),
        urgent=_yes(cells, "urgent") and condition is None,
        limit=_limit(cells) if condition is None else None,
    )


def _levels_row(line: int, cells: Cells) -> CategoryRow:
    path = _path(Node(cells.get(name, "")) for name in ("first", "second", "third"))
    return CategoryRow(line, Kind.HOTLINE, path, limit=_limit(cells))


def _condition(cells: Cells) -> ConditionRow:
    limit_text = cells.get("limit", "")
    return ConditionRow(
        filing=cells["filing"],
        closing=cells.get("closing", ""),
        limit=read_limit(limit_text),
        limit_text=limit_text,
        urgent=_yes(cells, "urgent") or "紧急" in limit_text,
        lead=cells.get("lead", ""),
        supervisor=cells.get("supervisor", ""),
        co=cells.get("co", ""),
    )


def _duty_row(line: int, cells: Cells) -> DutyRow:
    missing = [HEADINGS[field][0] for field in REQUIRED[Layout.DUTIES] if not cells.get(field)]
    if missing:
        raise Incomplete(reason=Sentence("缺少{names}", names="、".join(missing)))
    duty = Duty(
        list=_word(DutyList, cells["list"], "清单") or DutyList.DUTY,
        section=cells["section"],
        name=cells.get("name", ""),
        area_prefix=cells.get("area", ""),
        lead_unit_code=cells["lead_code"],
        co_unit_codes=tuple(cells.get("co_codes", "").replace("、", " ").replace(",", " ").split()),
        level=_word(Level, cells.get("level", ""), "处置层级"),
        limit=_limit(cells),
        basis=cells.get("basis", ""),
    )
    return DutyRow(line, duty, cells["category_scheme"], cells["category_code"])


_READERS: dict[Layout, Callable[[int, Cells], CategoryRow | DutyRow]] = {
    Layout.TABLE: _table_row,
    Layout.LEVELS: _levels_row,
    Layout.TREE: _table_row,
    Layout.DUTIES: _duty_row,
}


def _path(nodes: Iterator[Node]) -> tuple[Node, ...]:
    """Return the named steps from the main category down; a gap between two names is refused."""
    steps = list(nodes)
    depth = max((n for n, node in enumerate(steps, start=1) if node.name), default=0)
    if depth == 0 or not all(node.name for node in steps[:depth]):
        raise Incomplete(reason="缺少上级类别名称")
    return tuple(steps[:depth])


def _word(words: type[W], text: str, heading: str) -> W | None:
    """Find the word by its Chinese label or its value; "" is None."""
    for word in words:
        if text in (word.label, word.value):
            return word
    if text:
        raise Incomplete(
            reason=Sentence(
                "{heading}“{text}”不在{names}之中",
                heading=heading,
                text=text,
                names="、".join(word.label for word in words),
            )
        )
    return None


def _yes(cells: Cells, field: str) -> bool:
    return cells.get(field, "").lower() in _YES


def _limit(cells: Cells) -> Limit | None:
    return read_limit(cells["limit"]) if cells.get("limit") else None


def _padded(code: str) -> str:
    """Class codes have two digits; spreadsheets drop the leading zero. Source: GB/T 30428.2."""
    return code.zfill(2) if code else ""
