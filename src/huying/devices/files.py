"""From a CSV file of devices to rows. Knows no database."""

import csv
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from huying.devices.policy import DeviceRow
from huying.devices.states import Kind
from huying.shared.errors import Incomplete, Malformed
from huying.shared.sentences import Sentence

Value = TypeVar("Value")

# field: what the header of a file may call it
COLUMNS = {
    "code": ("编码", "设备编码"),
    "kind": ("种类", "设备类型"),
    "name": ("名称", "设备名称"),
    "area_code": ("所属编码", "所属网格编码"),
    "lng": ("经度",),
    "lat": ("纬度",),
    "place": ("地点", "安装位置"),
    "heading": ("朝向",),
    "ai_classes": ("识别类别",),
    "stream": ("视频地址",),
    "beat_seconds": ("报告间隔秒",),
}
NEEDED = ("code", "kind", "name", "area_code", "lng", "lat")


def read(file: Path) -> list[DeviceRow]:
    """Read devices from UTF-8 CSV with a header. Raises Malformed, or Incomplete naming the line."""
    try:
        table = list(csv.reader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        raise Malformed(reason="应为 UTF-8 编码的 CSV") from None
    header = [cell.strip() for cell in table[0]] if table else []
    columns = {field: at for field, names in COLUMNS.items() for at in _column(header, field, names)}
    if missing := [COLUMNS[field][0] for field in NEEDED if field not in columns]:
        raise Malformed(reason=Sentence("表头缺少{columns}", columns="、".join(missing)))
    return [
        _row(at, {field: line[column].strip() for field, column in columns.items() if column < len(line)})
        for at, line in enumerate(table[1:], start=2)
        if any(line)
    ]


def _column(header: list[str], field: str, names: tuple[str, ...]) -> list[int]:
    return [at for at, cell in enumerate(header) if cell in (field, *names)][:1]


def _row(at: int, cells: Mapping[str, str]) -> DeviceRow:
    def read_as(kind: Callable[[str], Value], field: str) -> Value:
        try:
            return kind(cells.get(field, ""))
        except (ValueError, KeyError):
            raise Incomplete(
                reason=Sentence("第 {at} 行的{column}无效", at=at, column=COLUMNS[field][0])
            ) from None

    return DeviceRow(
        code=cells.get("code", ""),
        kind=read_as(_kind, "kind"),
        name=cells.get("name", ""),
        area_code=cells.get("area_code", ""),
        lng=read_as(float, "lng"),
        lat=read_as(float, "lat"),
        place=cells.get("place", ""),
        heading=read_as(float, "heading") if cells.get("heading") else None,
        ai_classes=tuple(filter(None, cells.get("ai_classes", "").replace("、", ",").split(","))),
        stream=cells.get("stream", ""),
        beat_seconds=read_as(int, "beat_seconds") if cells.get("beat_seconds") else None,
    )


def _kind(cell: str) -> Kind:
    return {name: kind for kind in Kind for name in (kind.value, kind.label)}[cell]
