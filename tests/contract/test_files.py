"""Poison in files: outlines, tables, history, photos. A refusal with a sentence, and nothing is different."""

import io
import json
import random
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from PIL import Image
from tests.cases.conftest import GRID, STREET, founded

from huying.cases.policy.photos import develop
from huying.intake import commands as intake
from huying.places import commands as places
from huying.shared.errors import Incomplete, Refused

from .conftest import digests

SEED = 20261121


def feature(geometry: object, **properties: object) -> bytes:
    about = {"code": f"{STREET}009", "name": "测试社区", "level": "community", **properties}
    return json.dumps({"features": [{"type": "Feature", "properties": about, "geometry": geometry}]}).encode()


def polygon(*points: Sequence[float]) -> dict[str, object]:
    return {"type": "Polygon", "coordinates": [points]}


OUTLINES: dict[str, bytes] = {
    "nothing": b"",
    "no JSON": b"{",
    "a number": b"1",
    "nested 100,000 deep": b"[" * 100_000,
    "GBK": json.dumps([], ensure_ascii=False).encode() + "路".encode("gbk"),
    "NUL in the name": feature(None, name="a\x00b"),
    "a lone surrogate": b'{"features":[{"properties":{"code":"330109001009","name":"\\ud800"}}]}',
    "a name of a million": feature(None, name="路" * 1_000_000),
    "an unknown level": feature(None, level="galaxy"),
    "an area that is no number": feature(None, area_m2="NaN"),
    "an infinite area": feature(None, area_m2=float("inf")),
    "an unknown type": feature({"type": "Spiral", "coordinates": []}),
    "no coordinates": feature({"type": "Polygon"}),
    "coordinates of words": feature(polygon("a", "b", "c")),  # type: ignore[arg-type]
    "coordinates of nothing": feature({"type": "Polygon", "coordinates": None}),
    "a point for an outline": feature({"type": "Point", "coordinates": [120.2, 30.1]}),
    "two corners": feature(polygon([120, 30], [121, 31])),
    "crossing itself": feature(polygon([120, 30], [120.01, 30.01], [120.01, 30], [120, 30.01], [120, 30])),
    "nowhere on earth": feature(polygon([1000, 1000], [1001, 1000], [1001, 1001], [1000, 1000])),
    "not a number": feature(polygon([float("nan"), 30], [121, 30], [121, 31], [float("nan"), 30])),
    "infinite": feature(polygon([float("inf"), 30], [121, 30], [121, 31], [float("inf"), 30])),
    "latitude first": feature(polygon([30, 120], [30.01, 120], [30.01, 120.01], [30, 120])),
}
TABLES: dict[str, bytes] = {
    "nothing": b"",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "NUL in the name": f"楼栋编码,楼栋名称,所属编码\n{GRID}B9,a\x00b,{GRID}\n".encode(),
    "an endless name": f"楼栋编码,楼栋名称,所属编码\n{GRID}B9,{'路' * 200_000},{GRID}\n".encode(),
    "floors that are no number": f"楼栋编码,楼栋名称,所属编码,层数\n{GRID}B9,1幢,{GRID},nan\n".encode(),
    "infinite floors": f"楼栋编码,楼栋名称,所属编码,层数\n{GRID}B9,1幢,{GRID},1e400\n".encode(),
    "too many floors": f"楼栋编码,楼栋名称,所属编码,层数\n{GRID}B9,1幢,{GRID},1e30\n".encode(),
    "a billion entrances": f"楼栋编码,楼栋名称,所属编码,单元\n{GRID}B9,1幢,{GRID},1000000000\n".encode(),
    "a long entrance": f"楼栋编码,楼栋名称,所属编码,单元\n{GRID}B9,1幢,{GRID},{'元' * 30}\n".encode(),
    "a long name": f"楼栋编码,楼栋名称,所属编码\n{GRID}B9,{'路' * 101},{GRID}\n".encode(),
    "a point nowhere": f"楼栋编码,楼栋名称,所属编码,经度,纬度\n{GRID}B9,1幢,{GRID},nan,1e400\n".encode(),
    "an unknown area": f"楼栋编码,楼栋名称,所属编码\n{GRID}B9,1幢,999\n".encode(),
}
HISTORY: dict[str, bytes] = {
    "nothing": b"",
    "bytes of chance": random.Random(SEED).randbytes(4_000),  # noqa: S311
    "other columns": "编号,内容\n1,路灯\n".encode(),
    "only NUL": b"\x00" * 1_000,
}
IMPORTS = [
    *((places.areas, "areas.geojson", what, content, []) for what, content in OUTLINES.items()),
    *((places.buildings, "buildings.csv", what, content, []) for what, content in TABLES.items()),
    *((intake.import_, "cases.csv", what, c, ["--profile", "pingshan"]) for what, c in HISTORY.items()),
]


@pytest.mark.parametrize(
    ("command", "name", "what", "content", "options"),
    IMPORTS,
    ids=[f"{each[1]}: {each[2]}" for each in IMPORTS],
)
def test_a_file_that_is_none(
    command: click.Command, name: str, what: str, content: bytes, options: list[str], db: None, tmp_path: Path
) -> None:
    founded()
    before = digests()
    file = tmp_path / name
    file.write_bytes(content)
    result = CliRunner().invoke(command, [str(file), *options])
    if result.exception is None or isinstance(result.exception, SystemExit):
        assert result.exit_code == 2 or "坏行" in result.output or "共0行" in result.output, result.output[
            -300:
        ]
    else:
        assert isinstance(result.exception, Refused), repr(result.exception)
    after = digests()
    assert {table for table in after if after[table] != before[table]} <= {"intake_tally"}


def jpeg(exif: bytes = b"") -> bytes:
    out = io.BytesIO()
    Image.effect_noise((64, 48), 50).convert("RGB").save(out, "JPEG", exif=exif)
    return out.getvalue()


def png(width: int, height: int, data: bytes) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


PHOTOS = {
    "nothing": b"",
    "a bomb of pixels": png(60_000, 60_000, zlib.compress(b"\0" * 1_000)),
    "a bomb in a text": png(1, 1, b"") + b"\0" * 100,
    "no width": png(0, 0, zlib.compress(b"\0")),
    "cut off": jpeg()[:200],
    "only a beginning": b"\xff\xd8\xff\xe0",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "GIF": b"GIF89a" + bytes(100),
    "PDF": b"%PDF-1.7\n",
    "ZIP": b"PK\x03\x04" + bytes(100),
    "too many bytes": bytes(20_000_001),
}


@pytest.mark.parametrize("what", PHOTOS)
def test_a_photo_that_is_none(what: str) -> None:
    with pytest.raises(Incomplete, match="照片"):
        develop(PHOTOS[what])


def damaged(original: bytes, times: int) -> Iterator[bytes]:
    """Yield the photo with a few bytes changed, most in its head, where the notes of the camera are."""
    chance = random.Random(SEED)  # noqa: S311
    for _ in range(times):
        photo = bytearray(original)
        for _ in range(chance.randint(1, 8)):
            photo[int(len(photo) * chance.random() ** 3)] = chance.randrange(256)
        yield bytes(photo[: chance.choice([len(photo), chance.randrange(len(photo))])])


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # it tells of damage, and goes on
def test_a_damaged_photo_is_developed_or_refused() -> None:
    notes = Image.Exif()
    notes[0x0112] = 6
    notes.get_ifd(0x8825).update({1: "N", 2: (30.0, 9.0, 36.0), 3: "E", 4: (120.0, 16.0, 12.0)})
    notes.get_ifd(0x8769)[0x9003] = "2026:04:01 10:00:00"
    outcomes = {"developed": 0, "refused": 0}
    for photo in damaged(jpeg(notes.tobytes()), 1_500):
        try:
            develop(photo)
            outcomes["developed"] += 1
        except Incomplete:
            outcomes["refused"] += 1
    assert min(outcomes.values()) > 100, outcomes
