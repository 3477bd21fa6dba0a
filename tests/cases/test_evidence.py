"""Photos: read, stripped, encoded anew, kept whole, and the same photo counted once."""

import hashlib
import io
from pathlib import Path

import pytest
from django.test import Client
from PIL import ExifTags, Image
from pytest_django.fixtures import Settings

from huying.cases import actions
from huying.cases.actions.record import photo_path
from huying.cases.models import Evidence
from huying.cases.policy.photos import LONGEST_SIDE, MAX_BYTES, develop
from huying.cases.states import EvidenceKind, State
from huying.catalogue.models import Category, Edition
from huying.catalogue.states import EditionState, Kind
from huying.config import authentication
from huying.shared.errors import Incomplete, NotFound

from .conftest import NOW, Cast


def picture(size: tuple[int, int] = (80, 60), colour: str = "navy", form: str = "JPEG") -> bytes:
    """Return a photo as a phone sends it: with the moment and the place in its metadata."""
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:04:01 09:58:07"
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLatitude] = "N", (30.0, 9.0, 36.0)
    place[ExifTags.GPS.GPSLongitudeRef], place[ExifTags.GPS.GPSLongitude] = "E", (120.0, 16.0, 12.0)
    out = io.BytesIO()
    Image.new("RGB", size, colour).save(out, form, exif=exif)
    return out.getvalue()


def test_the_metadata_is_read_and_then_gone() -> None:
    sent = picture()
    photo = develop(sent)

    assert (str(photo.taken_at), photo.lng, photo.lat) == ("2026-04-01 09:58:07+08:00", 120.27, 30.16)
    assert photo.original_sha256 == hashlib.sha256(sent).hexdigest()
    assert photo.sha256 == hashlib.sha256(photo.jpeg).hexdigest()
    kept = Image.open(io.BytesIO(photo.jpeg))
    assert (kept.format, dict(kept.getexif())) == ("JPEG", {})


def test_a_large_photo_is_made_smaller_and_a_turned_one_upright() -> None:
    photo = develop(picture((4000, 3000)))
    assert (photo.width, photo.height) == (LONGEST_SIDE, 1536)

    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6  # the phone was held upright
    out = io.BytesIO()
    Image.new("RGB", (80, 60)).save(out, "JPEG", exif=exif)
    assert (develop(out.getvalue()).width, develop(out.getvalue()).height) == (60, 80)


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        # no picture at all
        (b"<script>alert(1)</script>", "文件不是可以识别的照片（JPEG、PNG、WebP）。"),
        (b"", "文件不是可以识别的照片（JPEG、PNG、WebP）。"),
        # cut off on the way
        (picture()[:400], "文件不是可以识别的照片（JPEG、PNG、WebP）。"),
        # a format with scripts or many frames
        (picture(form="TIFF"), "文件不是可以识别的照片（JPEG、PNG、WebP）。"),
        # 100 megapixels in a few kilobytes
        (picture((10_000, 10_000), form="PNG"), "照片的像素过大。"),
        # more than a phone ever sends
        (b"\xff" * (MAX_BYTES + 1), "照片不能超过20MB。"),
    ],
)
def test_what_is_no_photo_is_refused_with_a_sentence(sent: bytes, sentence: str) -> None:
    with pytest.raises(Incomplete) as refused:
        develop(sent)
    assert str(refused.value) == sentence


def test_script_hidden_behind_a_picture_does_not_survive() -> None:
    photo = develop(picture() + b"<script>alert(1)</script>")
    assert b"script" not in photo.jpeg


def test_a_photo_is_kept_whole_and_counted_once(cast: Cast, tmp_path: Path) -> None:
    number, photo = cast.reported(), develop(picture())
    lin = cast.with_receipt(number)
    first = actions.attach(number, photo, EvidenceKind.REPORT, folder=tmp_path, actor=lin, now=NOW)
    again = actions.attach(number, photo, EvidenceKind.REPORT, folder=tmp_path, actor=lin, now=NOW)

    assert (again.pk, Evidence.objects.count(), cast.case(number).moves_made) == (first.pk, 1, 2)
    assert photo_path(tmp_path, first.sha256).read_bytes() == photo.jpeg
    assert [path.suffix for path in tmp_path.rglob("*.*")] == [".jpg"]


def simple_category() -> int:
    """Return a category that a grid worker may close on the spot."""
    edition = Edition.objects.create(scheme="simple", name="简易事项", effective_from=NOW.date())
    category = Category.objects.create(
        edition=edition, code="1", name="小广告", kind=Kind.EVENT, depth=1, position=1, self_handling=True
    )
    Edition.objects.filter(pk=edition.pk).update(state=EditionState.PUBLISHED)
    return category.pk


def test_a_case_is_closed_on_the_spot_with_photos_before_and_after(cast: Cast, tmp_path: Path) -> None:
    number = cast.reported(category_id=simple_category())
    with pytest.raises(Incomplete, match="各一张"):
        actions.self_handle(number, actor=cast.wang, now=NOW, opinion="已更换")
    for kind, colour in ((EvidenceKind.BEFORE, "black"), (EvidenceKind.AFTER, "white")):
        photo = develop(picture(colour=colour))
        actions.attach(number, photo, kind, folder=tmp_path, actor=cast.wang, now=NOW)
    case = actions.self_handle(number, actor=cast.wang, now=NOW, opinion="已更换")

    assert (case.state, case.self_handled, case.in_time) == (State.CLOSED, True, True)
    reopened = actions.reopen(number, actor=cast.with_receipt(number), now=NOW, reason="又不亮了")
    assert reopened.state == State.ACCEPTED  # nobody was called: the centre assigns


def test_photos_over_http_are_seen_by_those_who_see_the_case(
    cast: Cast, tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EVIDENCE_FOLDER = tmp_path
    number = cast.reported()
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.chen)
    client = Client()
    upload = io.BytesIO(picture())
    upload.name = "IMG_0001.jpg"
    response = client.post(f"/api/v1/cases/{number}/evidence?kind=report", {"photo": upload})
    assert response.status_code == 201

    path = f"/api/v1/cases/{number}/evidence/{response.json()['sha256']}"
    shown = client.get(path)
    assert (shown.status_code, shown["Content-Type"]) == (200, "image/jpeg")
    assert hashlib.sha256(b"".join(shown.streaming_content)).hexdigest() == response.json()["sha256"]

    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.stranger)
    assert client.get(path).status_code == 404
    with pytest.raises(NotFound):
        actions.attach(
            number, develop(picture()), EvidenceKind.OTHER, folder=tmp_path, actor=cast.stranger, now=NOW
        )
