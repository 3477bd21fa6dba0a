"""Photos that go ahead in pieces: resumed, checked, each person's own, and named by a report or a step."""

import hashlib
import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from huying.cases import actions, queries
from huying.cases.actions.uploading import Folders
from huying.cases.models import Case, Evidence
from huying.cases.policy.photos import MAX_BYTES
from huying.cases.policy.uploads import KEPT, MOST, Piece, Uploaded, piece
from huying.cases.queries.uploaded import uploaded
from huying.cases.states import EvidenceKind
from huying.config import authentication
from huying.shared.errors import Conflict, Incomplete, Malformed, NotSignedIn, Refused, TooLarge

from .conftest import NOW, Cast
from .test_evidence import picture, simple_category

PHOTO = picture((320, 240))
NAME = hashlib.sha256(PHOTO).hexdigest()
HALF = len(PHOTO) // 2


@pytest.fixture
def folders(tmp_path: Path, settings: Settings) -> Folders:
    settings.EVIDENCE_FOLDER, settings.UPLOADS_FOLDER = tmp_path / "evidence", tmp_path / "uploads"
    return Folders(tmp_path / "evidence", tmp_path / "uploads")


def sent(cast: Cast, folders: Folders, first: int, last: int, content: bytes = PHOTO) -> Uploaded:
    """Send one piece as Wang does."""
    name = hashlib.sha256(content).hexdigest()
    part = Piece(first, last, len(content))
    return actions.receive(name, part, content[first : last + 1], actor=cast.wang, uploads=folders.uploads)


@pytest.mark.parametrize(
    ("header", "length", "refusal"),
    [
        # what a browser sends
        ("bytes 0-9/20", 10, None),
        ("bytes 10-19/20", 10, None),
        # no range at all, a range of something else, one without an end
        ("", 10, Malformed),
        ("items 0-9/20", 10, Malformed),
        ("bytes 0-9/*", 10, Malformed),
        # upside down, beyond the end, other than the content
        ("bytes 9-0/20", 10, Incomplete),
        ("bytes 15-24/20", 10, Incomplete),
        ("bytes 0-9/20", 9, Incomplete),
        # more than a photo may have
        (f"bytes 0-9/{MAX_BYTES + 1}", 10, TooLarge),
    ],
)
def test_a_piece_is_what_its_header_says(header: str, length: int, refusal: type[Refused] | None) -> None:
    if refusal is None:
        assert piece(header, length).last - piece(header, length).first + 1 == length
        return
    with pytest.raises(refusal):
        piece(header, length)


def test_a_photo_is_resumed_where_it_broke_off(cast: Cast, folders: Folders) -> None:
    assert uploaded(NAME, actor=cast.wang, uploads=folders.uploads) == Uploaded(0)
    assert sent(cast, folders, 0, HALF - 1) == Uploaded(HALF)
    assert uploaded(NAME, actor=cast.wang, uploads=folders.uploads) == Uploaded(HALF)  # any other process
    assert sent(cast, folders, HALF, len(PHOTO) - 1) == Uploaded(len(PHOTO), whole=True)
    # the answer was lost: the same again changes nothing
    assert sent(cast, folders, HALF, len(PHOTO) - 1) == Uploaded(len(PHOTO), whole=True)


def test_pieces_that_overlap_are_taken_from_where_they_are_new(cast: Cast, folders: Folders) -> None:
    sent(cast, folders, 0, HALF)
    assert sent(cast, folders, 0, HALF - 5) == Uploaded(HALF + 1)
    assert sent(cast, folders, HALF - 5, len(PHOTO) - 1) == Uploaded(len(PHOTO), whole=True)


def test_a_gap_is_refused_and_changes_nothing(cast: Cast, folders: Folders) -> None:
    sent(cast, folders, 0, 9)
    with pytest.raises(Conflict, match="只收到前10字节"):
        sent(cast, folders, HALF, len(PHOTO) - 1)
    assert uploaded(NAME, actor=cast.wang, uploads=folders.uploads) == Uploaded(10)


def test_what_is_not_what_its_name_says_is_dropped(cast: Cast, folders: Folders) -> None:
    other = b"x" + PHOTO[1:]
    with pytest.raises(Incomplete, match="校验值不符"):
        actions.receive(
            NAME, Piece(0, len(other) - 1, len(other)), other, actor=cast.wang, uploads=folders.uploads
        )
    assert uploaded(NAME, actor=cast.wang, uploads=folders.uploads) == Uploaded(0)
    assert sent(cast, folders, 0, len(PHOTO) - 1).whole  # and the right one may follow


def test_nobody_finds_or_names_the_photo_of_another(cast: Cast, folders: Folders) -> None:
    sent(cast, folders, 0, len(PHOTO) - 1)
    number = cast.reported()
    assert uploaded(NAME, actor=cast.chen, uploads=folders.uploads) == Uploaded(0)
    with pytest.raises(Incomplete, match="尚未上传"):
        actions.attach_uploaded(number, [NAME], EvidenceKind.OTHER, folders=folders, actor=cast.chen, now=NOW)
    with pytest.raises(NotSignedIn):
        actions.receive(NAME, Piece(0, 0, 9), b"x", actor=cast.lin, uploads=folders.uploads)
    assert Evidence.objects.count() == 0


def test_there_is_room_for_so_many_and_no_more(cast: Cast, folders: Folders) -> None:
    for nr in range(MOST):
        actions.receive(f"{nr:064x}", Piece(0, 0, 9), b"x", actor=cast.wang, uploads=folders.uploads)
    with pytest.raises(Incomplete, match=f"已有{MOST}张"):
        sent(cast, folders, 0, 9)
    actions.receive(f"{0:064x}", Piece(1, 1, 9), b"x", actor=cast.wang, uploads=folders.uploads)  # may go on


def test_what_nobody_named_is_forgotten_after_a_while(cast: Cast, folders: Folders) -> None:
    sent(cast, folders, 0, len(PHOTO) - 1)
    young = picture(colour="red")
    sent(cast, folders, 0, 9, young)
    files = {each.name: each for each in folders.uploads.rglob("*") if each.is_file()}
    os.utime(files[NAME], (NOW.timestamp(), (NOW - KEPT - timedelta(seconds=1)).timestamp()))
    os.utime(next(each for name, each in files.items() if name != NAME), (NOW.timestamp(), NOW.timestamp()))

    assert actions.forget_uploads(folders.uploads, now=NOW) == 1
    assert not files[NAME].exists()
    assert len(list(folders.uploads.rglob("*.part"))) == 1


def test_a_report_brings_its_photos_once_however_often_it_is_sent(cast: Cast, folders: Folders) -> None:
    sent(cast, folders, 0, len(PHOTO) - 1)
    made = cast.report(source=cast.wang.key)
    answers = [
        actions.report_with_photos(made, [NAME, NAME], folders=folders, actor=cast.wang, now=NOW)
        for _ in range(3)
    ]
    assert {each.number for each in answers} == {answers[0].number}
    assert list(Evidence.objects.values_list("original_sha256", "kind")) == [(NAME, EvidenceKind.REPORT)]

    for each in folders.uploads.rglob(NAME):
        each.unlink()  # forgotten meanwhile: the case has it
    assert not actions.report_with_photos(made, [NAME], folders=folders, actor=cast.wang, now=NOW).created


def test_a_report_whose_photo_is_missing_or_no_picture_is_not_filed(cast: Cast, folders: Folders) -> None:
    with pytest.raises(Incomplete, match="尚未上传"):
        actions.report_with_photos(cast.report(), [NAME], folders=folders, actor=cast.wang, now=NOW)
    text = b"no picture"
    sent(cast, folders, 0, len(text) - 1, text)
    with pytest.raises(Incomplete, match="不是可以识别的照片"):
        actions.report_with_photos(
            cast.report(), [hashlib.sha256(text).hexdigest()], folders=folders, actor=cast.wang, now=NOW
        )
    assert Case.objects.count() == 0


def test_cut_off_between_report_and_photo_the_same_again_adds_the_photo(cast: Cast, folders: Folders) -> None:
    made = cast.report(source=cast.wang.key)
    actions.report(made, actor=cast.wang, now=NOW)  # the process died here
    sent(cast, folders, 0, len(PHOTO) - 1)
    filed = actions.report_with_photos(made, [NAME], folders=folders, actor=cast.wang, now=NOW)
    assert (filed.created, Evidence.objects.count(), Case.objects.count()) == (False, 1, 1)


def put(client: Client, content: bytes, header: str, **more: str) -> int:
    response = client.put(
        f"/api/v1/uploads/{NAME}",
        content,
        content_type="application/octet-stream",
        headers={"Content-Range": header, **more},
    )
    return response.status_code


def test_over_http_in_pieces_then_named_by_a_report(
    cast: Cast, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.wang)
    client, size = Client(), len(PHOTO)
    assert put(client, PHOTO[:HALF], f"bytes 0-{HALF - 1}/{size}") == 200
    assert client.get(f"/api/v1/uploads/{NAME}").json() == {"offset": HALF, "whole": False}
    assert put(client, PHOTO[HALF:], f"bytes {HALF}-{size - 1}/{size}") == 201

    body = {"text": "路灯不亮", "area_code": cast.report().place.area_code, "photos": [NAME]}
    keyed = {"Idempotency-Key": "0193a7c2-5b1e-7c34-9a55-3f2a8e0c4d11"}
    answers = [
        client.post("/api/v1/reports", body, content_type="application/json", headers=keyed) for _ in range(2)
    ]
    assert [each.status_code for each in answers] == [201, 201]
    case = queries.get_for(cast.wang, answers[0].json()["number"])
    assert [each.original_sha256 for each in queries.evidence(case)] == [NAME]


def test_over_http_the_sender_must_be_who_the_page_was_made_for(
    cast: Cast, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, whole = Client(), f"bytes 0-{len(PHOTO) - 1}/{len(PHOTO)}"
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.chen)
    assert put(client, PHOTO, whole, Sender=cast.wang.key) == 401  # somebody else signed in meanwhile
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.lin)
    assert put(client, PHOTO, whole) == 401  # nobody
    body = {"text": "路灯不亮", "area_code": cast.report().place.area_code}
    answer = client.post(
        "/api/v1/reports", body, content_type="application/json", headers={"Sender": cast.wang.key}
    )
    assert (answer.status_code, Case.objects.count()) == (401, 0)  # else it would be a resident's


@pytest.mark.parametrize(
    ("content", "header", "media", "status"),
    [
        (PHOTO, "bytes 0-1/2", "application/octet-stream", 422),
        (PHOTO, f"bytes 0-{len(PHOTO) - 1}/{len(PHOTO)}", "image/jpeg", 415),
        (b"x" * 2_000_001, "bytes 0-2000000/3000000", "application/octet-stream", 413),
        (b"x", f"bytes 0-0/{MAX_BYTES + 1}", "application/octet-stream", 413),
    ],
)
def test_over_http_what_does_not_fit_is_refused(
    cast: Cast,
    folders: Folders,
    monkeypatch: pytest.MonkeyPatch,
    content: bytes,
    header: str,
    media: str,
    status: int,
) -> None:
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.wang)
    answer = Client().put(
        f"/api/v1/uploads/{NAME}", content, content_type=media, headers={"Content-Range": header}
    )
    assert answer.status_code == status
    assert not list(folders.uploads.rglob("*.part"))


def test_steps_name_photos_and_tell_when_they_were_done(
    cast: Cast, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Solved on the spot without a network: photos before and after, and the time the phone noted."""
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.wang)
    monkeypatch.setattr("huying.cases.api.now", lambda: NOW)
    before, after = picture(colour="black"), picture(colour="white")
    for content in (before, after):
        sent(cast, folders, 0, len(content) - 1, content)
    number = cast.reported(category_id=simple_category())
    answer = Client().post(
        f"/api/v1/cases/{number}/self-handle",
        {
            "opinion": "已更换",
            "before": [hashlib.sha256(before).hexdigest()],
            "after": [hashlib.sha256(after).hexdigest()],
            "happened_at": (NOW - timedelta(days=3)).isoformat(),
        },
        content_type="application/json",
        headers={"Idempotency-Key": "k-1", "Device-Time": NOW.isoformat()},
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "closed")
    case = cast.case(number)
    step = queries.timeline(case)[3]
    assert (case.closed_at, step.at) == (NOW, NOW)  # the clock of the server decides
    assert step.facts["happened_at"] == (NOW - timedelta(days=3)).isoformat()  # the phone's is a claim


def test_photos_are_added_to_a_case_by_name(
    cast: Cast, folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.wang)
    sent(cast, folders, 0, len(PHOTO) - 1)
    number = cast.reported()
    body = {"photos": [NAME], "kind": "before"}
    for _ in range(2):
        answer = Client().post(
            f"/api/v1/cases/{number}/photos",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "k-2"},
        )
        assert (answer.status_code, len(answer.json()["evidence"])) == (200, 1)
    monkeypatch.setattr(authentication, "_of_person", lambda request: cast.stranger)
    assert (
        Client().post(f"/api/v1/cases/{number}/photos", body, content_type="application/json").status_code
        == 404
    )
