"""A photo as evidence: decode, read what the camera noted, encode anew without it."""

import hashlib
import io
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import ExifTags, Image, ImageOps, UnidentifiedImageError

from huying.shared.errors import Incomplete
from huying.shared.sentences import Sentence

MAX_BYTES = 20_000_000
MAX_PIXELS = 50_000_000
LONGEST_SIDE = 2048  # pixels; enough to read a house number
ZONE = ZoneInfo("Asia/Shanghai")  # cameras note local time without a zone


@dataclass(frozen=True, slots=True)
class Photo:
    """The file to keep and what was known of the file sent."""

    jpeg: bytes  # re-encoded, no metadata
    sha256: str  # of `jpeg`, hex
    original_sha256: str  # of the bytes sent, hex
    width: int
    height: int
    taken_at: datetime | None
    lng: float | None  # WGS-84, as the device claims
    lat: float | None


def develop(sent: bytes) -> Photo:
    """Return the photo fit to keep.

    Raises Incomplete for a file that is too large, is no picture, or would unpack to a bomb.
    """
    if len(sent) > MAX_BYTES:
        raise Incomplete(reason=Sentence("照片不能超过{max_bytes}MB", max_bytes=MAX_BYTES // 1000000))
    image = _open(sent)
    exif = image.getexif()
    picture = ImageOps.exif_transpose(image).convert("RGB")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, optimize=True)
    jpeg = out.getvalue()
    lng, lat = _position(exif)
    return Photo(
        jpeg=jpeg,
        sha256=hashlib.sha256(jpeg).hexdigest(),
        original_sha256=hashlib.sha256(sent).hexdigest(),
        width=picture.width,
        height=picture.height,
        taken_at=_taken_at(exif),
        lng=lng,
        lat=lat,
    )


def photo_path(folder: Path, sha256: str) -> Path:
    """Return where the photo with this hash is kept."""
    return folder / sha256[:2] / f"{sha256}.jpg"


def _open(sent: bytes) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            image = Image.open(io.BytesIO(sent), formats=["JPEG", "PNG", "WEBP"])
            if image.width * image.height > MAX_PIXELS:
                raise Incomplete(reason="照片的像素过大")
            image.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        raise Incomplete(reason="照片的像素过大") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise Incomplete(reason="文件不是可以识别的照片（JPEG、PNG、WebP）") from None
    return image


def _taken_at(exif: Image.Exif) -> datetime | None:
    text = exif.get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.DateTimeOriginal)
    try:
        return datetime.strptime(str(text), "%Y:%m:%d %H:%M:%S").replace(tzinfo=ZONE) if text else None
    except ValueError:
        return None


def _position(exif: Image.Exif) -> tuple[float | None, float | None]:
    gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "S", 90)
    lng = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "W", 180)
    return (lng, lat) if lng is not None and lat is not None else (None, None)


def _degrees(parts: object, reference: object, negative: str, limit: int) -> float | None:
    if not isinstance(parts, tuple) or len(parts) != 3:
        return None
    try:
        value = float(parts[0]) + float(parts[1]) / 60 + float(parts[2]) / 3600
    except (ValueError, ZeroDivisionError):
        return None
    if not 0 <= value <= limit:  # also refuses NaN
        return None
    return -value if reference == negative else value
