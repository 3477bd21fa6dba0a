"""Looking through an XLSX before it is read: bombs, cells far away, formulas without a result."""

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.parsers import expat

from huying.shared.errors import Malformed
from huying.shared.sentences import Sentence, to_translate

MOST_ROWS, MOST_COLUMNS = 20_000, 200
MOST_UNPACKED = 100_000_000  # bytes of all parts together
MOST_PARTS = 2_000
_CHUNK = 1 << 16
_CELL = re.compile(r"([A-Z]{1,3})(\d{1,7})")
_FLAWS = {
    "formula": to_translate("是公式，但文件里没有它的结果；请在表格软件中打开并保存一次"),
    "error": to_translate("公式出错"),
}


def look_through(content: bytes) -> dict[str, dict[str, str]]:
    """Return for each sheet the cells that say nothing and why: {"Sheet1": {"C17": "…"}}.

    Raises Malformed for what is no workbook, unpacks to too much, or has cells too far away.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _weigh(archive)
            names = _sheet_files(archive)
            return {name: _look(archive, part) for name, part in names.items()}
    except (
        zipfile.BadZipFile,
        zlib.error,
        expat.ExpatError,
        KeyError,
        NotImplementedError,
        EOFError,
        OSError,
    ):
        raise Malformed(reason="不是完整的 XLSX 文件") from None


def _weigh(archive: zipfile.ZipFile) -> None:
    """Refuse an archive that is more than it looks: what it claims first, then what it really holds."""
    parts = archive.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > MOST_UNPACKED:
        raise Malformed(reason="文件解压后过大")
    if any(part.flag_bits & 1 for part in parts):
        raise Malformed(reason="文件有密码，请去掉密码后再上传")
    for part in parts:
        with archive.open(part) as opened:
            while opened.read(_CHUNK):
                pass  # a part that is longer than it claims fails its checksum


def _sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Return the file of each sheet by its name, as the workbook says."""
    ids: dict[str, str] = {}
    targets: dict[str, str] = {}

    def sheet(tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet":
            ids[attributes.get("name", "")] = attributes.get("id", "")

    def relation(tag: str, attributes: dict[str, str]) -> None:
        if tag == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    _parse(archive.read("xl/workbook.xml"), sheet)
    _parse(archive.read("xl/_rels/workbook.xml.rels"), relation)
    files = set(archive.namelist())
    found = {name: _path(targets.get(key, "")) for name, key in ids.items()}
    return {name: file for name, file in found.items() if file in files}


def _path(target: str) -> str:
    return posixpath.normpath(target.lstrip("/") if target.startswith("/") else f"xl/{target}")


def _parse(content: bytes, begin: Callable[[str, dict[str, str]], None]) -> None:
    """Call `begin` with each element's local name and attributes; entities of its own are refused."""
    parser = expat.ParserCreate(namespace_separator=" ")

    def started(tag: str, attributes: dict[str, str]) -> None:
        local = {name.rpartition(" ")[2]: value for name, value in attributes.items()}
        begin(tag.rpartition(" ")[2], local)

    parser.StartElementHandler = started
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.Parse(content, True)


def _refuse_doctype(*_names: object) -> None:
    raise Malformed(reason="不是可以读取的表格（文件自带实体定义）")


@dataclass(slots=True)
class _Look:
    """What is seen of one sheet while its cells pass by."""

    flaws: dict[str, str] = field(default_factory=dict)
    cell: str = ""
    is_error: bool = False
    has_formula: bool = False
    has_value: bool = False
    letters: int = 0  # characters of the value

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self.cell, self.is_error = attributes.get("r", ""), attributes.get("t") == "e"
            self.has_formula, self.has_value, self.letters = False, False, 0
        elif tag == "f":
            self.has_formula = True
        elif tag in ("v", "is"):
            self.has_value = True

    def said(self, data: str) -> None:
        if self.has_value:
            self.letters += len(data)

    def end(self, tag: str) -> None:
        if tag.rpartition(" ")[2] != "c":
            return
        if self.has_value or self.has_formula:
            _within(self.cell)
        if self.is_error:
            self.flaws[self.cell] = _FLAWS["error"]
        elif self.has_formula and not self.letters:
            self.flaws[self.cell] = _FLAWS["formula"]
        self.has_value = False


def _look(archive: zipfile.ZipFile, part: str) -> dict[str, str]:
    seen = _Look()
    parser = expat.ParserCreate(namespace_separator=" ")

    def started(tag: str, attributes: dict[str, str]) -> None:
        seen.begin(tag.rpartition(" ")[2], attributes)

    parser.StartElementHandler = started
    parser.EndElementHandler = seen.end
    parser.CharacterDataHandler = seen.said
    parser.StartDoctypeDeclHandler = _refuse_doctype
    with archive.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return seen.flaws


def _within(cell: str) -> None:
    """Refuse a filled cell beyond what a table may be: the reader would make room for all before it."""
    match = _CELL.fullmatch(cell)
    if match is None:
        return
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    if int(match[2]) > MOST_ROWS or column > MOST_COLUMNS:
        raise Malformed(
            reason=Sentence(
                "单元格 {cell} 超出{rows}行、{columns}列的范围",
                cell=cell,
                rows=MOST_ROWS,
                columns=MOST_COLUMNS,
            )
        )
