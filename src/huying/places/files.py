"""From the files of an import (GeoJSON, CSV, XLSX) to rows. Knows no database."""

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from shapely.errors import ShapelyError
from shapely.geometry import Point, shape
from shapely.geometry.base import BaseGeometry

from huying.places.policy.rows import AreaRow, BuildingRow, EstateRow, RowError
from huying.places.sheets import COLUMNS, lines, text
from huying.places.states import AreaLevel, EstateClass, Scene
from huying.shared.errors import Incomplete, Malformed, Refused
from huying.shared.sentences import Sentence
from huying.shared.words import Word

Row = TypeVar("Row")
AnyWord = TypeVar("AnyWord", bound=Word)
Cells = Mapping[str, str]  # field of COLUMNS → text

AREA_FIELDS = ("code", "name")
ESTATE_FIELDS = ("area", "name")
BUILDING_FIELDS = ("code", "name", "area")
LONGEST = {"name": 100, "address": 200}  # characters, as the models have it
LONGEST_CELL = 1_000  # of any other: lists, codes
LONGEST_ENTRANCE = 20
MOST_FLOORS, MOST_ENTRANCES = 200, 100
_NO_TEXT = re.compile("[\x00\ud800-\udfff]")  # a half of a pair of surrogates is no character


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """The rows that could be read, and the lines that could not with the reason."""

    rows: list[Row]
    errors: list[RowError]


def read_areas(file: Path, names: Mapping[str, str], needed: Sequence[str] = AREA_FIELDS) -> Table[AreaRow]:
    """Read areas from GeoJSON (with outlines), CSV or XLSX.

    names: field → what this file calls it, e.g. {"code": "adcode"}; a dot reaches into an object.
    needed: fields without which a row is broken.
    Raises Malformed when the file cannot be read as a whole.
    """
    if file.suffix.lower() in {".json", ".geojson"}:
        return _collected(_features(file, names), partial(_area_row, needed))
    return _collected(_records(file, names, needed), partial(_area_row, needed))


def read_estates(file: Path, names: Mapping[str, str]) -> Table[EstateRow]:
    """Read estates from CSV or XLSX. Raises Malformed when the file cannot be read as a whole."""
    return _collected(_records(file, names, ESTATE_FIELDS), _estate_row)


def read_buildings(file: Path, names: Mapping[str, str]) -> Table[BuildingRow]:
    """Read buildings from GeoJSON (with footprints), CSV or XLSX.

    Raises Malformed when the file cannot be read as a whole.
    """
    if file.suffix.lower() in {".json", ".geojson"}:
        return _collected(_features(file, names), _building_row)
    return _collected(_records(file, names, BUILDING_FIELDS), _building_row)


@dataclass(frozen=True, slots=True)
class _Record:
    line: str
    cells: Cells
    geometry: dict[str, Any] | None = None


def _collected(records: Iterable[_Record], build: Callable[[_Record], Row]) -> Table[Row]:
    table: Table[Row] = Table([], [])
    for record in records:
        try:
            _check(record.cells)
            table.rows.append(build(record))
        except Refused as refused:
            table.errors.append(RowError.of(record.line, refused))
    return table


def _check(cells: Cells) -> None:
    """Raise Incomplete for what no column can hold."""
    for field, cell in cells.items():
        if len(cell) > (most := LONGEST.get(field, LONGEST_CELL)):
            raise Incomplete(reason=Sentence("{field} 超过{most}字", field=field, most=most))
        if _NO_TEXT.search(cell):
            raise Incomplete(reason="文字中含有无效字符")


def _area_row(needed: Sequence[str], record: _Record) -> AreaRow:
    cells = record.cells
    return AreaRow(
        record.line,
        code=_needed(cells, "code", "编码") if "code" in needed else "",
        name=_needed(cells, "name", "名称"),
        level=_word(AreaLevel, cells.get("level", ""), "级别"),
        parent=cells.get("parent") or None,
        aliases=_list(cells.get("aliases", "")),
        area_m2=_number(cells.get("area_m2", ""), "面积"),
        geometry=None if record.geometry is None else _geometry(record.geometry),
    )


def _estate_row(record: _Record) -> EstateRow:
    cells = record.cells
    return EstateRow(
        record.line,
        area_code=_needed(cells, "area", "所属编码"),
        name=_needed(cells, "name", "小区名称"),
        aliases=_list(cells.get("aliases", "")),
        scene=_word(Scene, cells.get("scene", ""), "场景") or Scene.RESIDENTIAL,
        estate_class=_word(EstateClass, cells.get("estate_class", ""), "小区类别"),
        point=_point(cells),
    )


def _building_row(record: _Record) -> BuildingRow:
    cells = record.cells
    floors = _number(cells.get("floors", ""), "层数")
    drawn = None if record.geometry is None else _geometry(record.geometry)
    return BuildingRow(
        record.line,
        code=_needed(cells, "code", "楼栋编码"),
        name=_needed(cells, "name", "楼栋名称"),
        area_code=_needed(cells, "area", "所属编码"),
        estate=cells.get("estate", ""),
        address=cells.get("address", ""),
        point=(drawn.x, drawn.y) if isinstance(drawn, Point) else _point(cells),
        floors=None if floors is None else _floors(floors),
        entrances=_entrances(cells.get("entrances", "")),
        footprint=None if isinstance(drawn, Point) else drawn,
    )


def _records(file: Path, names: Mapping[str, str], needed: Sequence[str]) -> Iterator[_Record]:
    return (_Record(f"第 {at} 行", cells) for at, cells in lines(file, names, needed))


def _features(file: Path, names: Mapping[str, str]) -> Iterator[_Record]:
    try:
        content = json.loads(file.read_bytes())
    except ValueError as error:
        raise Malformed(reason=Sentence("不是有效的 JSON（{error}）", error=error)) from None
    except RecursionError:
        raise Malformed(reason="嵌套过深") from None
    features = content if isinstance(content, list) else _member(content, "features")
    if not isinstance(features, list):
        raise Malformed(reason="缺少要素列表 features")
    for at, feature in enumerate(features, start=1):
        properties = _member(feature, "properties")
        geometry = _member(feature, "geometry")
        cells = {field: _inside(properties, names.get(field, field)) for field in COLUMNS}
        title = cells["name"] or cells["code"]
        line = f"第 {at} 个要素{f'“{title}”' if title else ''}"
        yield _Record(line, cells, geometry if isinstance(geometry, dict) else None)


def _member(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _inside(properties: object, path: str) -> str:
    """Return what stands under a.b.c as text; objects and nothing are ""."""
    for key in path.split("."):
        properties = _member(properties, key)
    return "" if isinstance(properties, dict | list | None) else text(properties)


def _geometry(mapping: dict[str, Any]) -> BaseGeometry:
    try:
        return shape(mapping)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise Incomplete(reason=Sentence("几何无法读取（{error}）", error=error)) from None


def _needed(cells: Cells, field: str, label: str) -> str:
    cell = cells.get(field, "")
    if not cell:
        raise Incomplete(reason=Sentence("缺少{label}", label=label))
    if field in {"code", "area"} and "e+" in cell:
        raise Incomplete(
            reason=Sentence("{label}超过 15 位且存为数字，末位已丢失，应改为文本格式", label=label)
        )
    return cell


def _word(words: type[AnyWord], cell: str, label: str) -> AnyWord | None:
    if not cell:
        return None
    for word in words:
        if cell in (word.value, word.label):
            return word
    known = "、".join(word.label for word in words)
    raise Incomplete(reason=Sentence("{label}“{cell}”不在“{known}”之中", label=label, cell=cell, known=known))


def _number(cell: str, label: str) -> float | None:
    try:
        number = float(cell) if cell else None
    except ValueError:
        number = math.nan
    if number is not None and not math.isfinite(number):
        raise Incomplete(reason=Sentence("{label}“{cell}”不是数字", label=label, cell=cell))
    return number


def _floors(number: float) -> int:
    if not 0 <= number <= MOST_FLOORS:
        raise Incomplete(
            reason=Sentence(
                "层数“{number:g}”不在0至{most_floors}之间", number=number, most_floors=MOST_FLOORS
            )
        )
    return int(number)


def _point(cells: Cells) -> tuple[float, float] | None:
    lng, lat = _number(cells.get("lng", ""), "经度"), _number(cells.get("lat", ""), "纬度")
    return None if lng is None or lat is None else (lng, lat)


def _list(cell: str) -> tuple[str, ...]:
    for mark in ",;、;|":
        cell = cell.replace(mark, ",")
    return tuple(part.strip() for part in cell.split(",") if part.strip())


def _entrances(cell: str) -> tuple[str, ...]:
    """3 means the entrances 1 to 3; anything else is a list of names."""
    if cell.isascii() and cell.isdigit():
        if int(cell) > MOST_ENTRANCES:
            raise Incomplete(
                reason=Sentence(
                    "单元数“{cell}”超过{most_entrances}", cell=cell, most_entrances=MOST_ENTRANCES
                )
            )
        return tuple(f"{at}单元" for at in range(1, int(cell) + 1))
    named = _list(cell)
    if any(len(each) > LONGEST_ENTRANCE for each in named):
        raise Incomplete(
            reason=Sentence("单元名称超过{longest_entrance}字", longest_entrance=LONGEST_ENTRANCE)
        )
    return named
