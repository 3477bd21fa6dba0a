"""Reading GeoJSON, CSV and XLSX as offices have them into rows. Knows no database.

Columns are found by what they are called (COLUMNS, or the caller's own names); titles above the header and
merged cells are understood.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import python_calamine
from shapely.geometry import shape

from huying.places.policy import numerals
from huying.places.policy.rows import AreaRow, BuildingRow, EstateRow, RowError
from huying.places.states import AreaLevel, EstateClass, Scene
from huying.shared.errors import Malformed, Refused
from huying.shared.words import Word

HEADER_WITHIN = 10  # rows that may stand above the data: title, unit, date, two-storey header
EXACT_FLOAT = 2**53  # a longer number in a cell has lost its last digits

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "code": ("code", "adcode", "编码", "代码", "区划代码", "行政区划代码", "网格编码", "楼栋编码"),
    "name": (
        "name",
        "名称",
        "辖区名称",
        "区划名称",
        "网格名称",
        "社区名称",
        "小区名称",
        "楼栋",
        "楼栋名称",
        "幢号",
    ),
    "level": ("level", "级别", "层级", "类型"),
    "parent": ("parent", "上级编码", "上级代码", "父级编码"),
    "aliases": ("aliases", "别名", "曾用名"),
    "area_m2": ("area_m2", "面积", "面积(平方米)"),
    "area": ("area", "所属编码", "所属网格", "所属网格编码", "所属社区编码", "社区编码"),
    "scene": ("scene", "场景"),
    "estate_class": ("class", "小区类别", "类别"),
    "estate": ("estate", "小区", "所属小区", "所在小区"),
    "address": ("address", "地址", "门牌", "门牌号", "详细地址"),
    "lng": ("lng", "lon", "longitude", "经度"),
    "lat": ("lat", "latitude", "纬度"),
    "floors": ("floors", "层数", "楼层数"),
    "entrances": ("entrances", "单元", "单元数"),
}


@dataclass(frozen=True, slots=True)
class Table[Row]:
    """The rows that could be read and the lines that could not."""

    rows: list[Row]
    errors: list[RowError]
