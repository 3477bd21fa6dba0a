"""What an import brings, one row or feature at a time. `line` is how a person finds it: 第 5 行."""

from dataclasses import dataclass
from typing import Literal, Self

from shapely.geometry.base import BaseGeometry

from huying.places.states import AreaLevel, EstateClass, Scene
from huying.shared.errors import Refused
from huying.shared.sentences import clause

Outcome = Literal["created", "changed", "unchanged"]


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area of a file.

    code: "" = the import gives one. level, parent: None = as the code says. geometry: None = no outline.
    """

    line: str
    code: str
    name: str
    level: AreaLevel | None = None
    parent: str | None = None
    aliases: tuple[str, ...] = ()
    area_m2: float | None = None
    geometry: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class EstateRow:
    line: str
    area_code: str
    name: str
    aliases: tuple[str, ...] = ()
    scene: Scene = Scene.RESIDENTIAL
    estate_class: EstateClass | None = None
    point: tuple[float, float] | None = None  # lng, lat


@dataclass(frozen=True, slots=True)
class BuildingRow:
    """estate: name of an estate in the area or above it, "" = none. footprint: polygon of its walls."""

    line: str
    code: str
    name: str
    area_code: str
    estate: str = ""
    address: str = ""
    point: tuple[float, float] | None = None  # lng, lat
    floors: int | None = None
    entrances: tuple[str, ...] = ()
    footprint: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class RowError:
    """reason: without a full stop, since several are joined."""

    line: str
    reason: str

    @classmethod
    def of(cls, line: str, refused: Refused) -> Self:
        return cls(line, clause(refused))

    def __str__(self) -> str:
        return f"{self.line}：{self.reason}"


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did. A second run of the same file has only `unchanged`."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    warnings: tuple[str, ...] = ()
    errors: tuple[RowError, ...] = ()


class ImportRefused(Refused):
    """Nothing went in; `reasons` names every feature and what is wrong with it."""

    status = 422
    text = "导入被拒绝，未作任何更改：{reasons}"
