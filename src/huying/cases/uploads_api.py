"""Where photos arrive ahead of the report or the step that names them, in pieces that can be resumed."""

from pathlib import Path
from typing import Annotated

import ninja
from django.conf import settings
from ninja import Field, Router, Schema, Status

from huying.cases.actions.uploading import Folders, receive
from huying.cases.policy.uploads import SHA256, piece
from huying.cases.queries.uploaded import uploaded
from huying.org.policy.access import require_signed_in
from huying.org.requests import ActorRequest
from huying.shared.errors import WrongMedia

router = Router(tags=["cases"])
BYTES = "application/octet-stream"
RANGE = {
    "name": "Content-Range",
    "in": "header",
    "required": True,
    "description": "which bytes of the photo these are",
    "schema": {"type": "string", "pattern": r"^bytes \d{1,10}-\d{1,10}/\d{1,10}$"},
    "example": "bytes 0-262143/412345",
}
PIECE = {
    "parameters": [RANGE],
    "requestBody": {
        "required": True,
        "content": {BYTES: {"schema": {"type": "string", "format": "binary"}}},
    },
}

Name = Annotated[str, ninja.Path(pattern=SHA256)]


class UploadOut(Schema):
    offset: int = Field(description="bytes that have arrived: the next piece begins here")
    whole: bool = Field(description="all of it has arrived and is what its name says")


def folders() -> Folders:
    return Folders(Path(settings.EVIDENCE_FOLDER), Path(settings.UPLOADS_FOLDER))


@router.get("/uploads/{sha256}", response=UploadOut)
def read_upload(request: ActorRequest, sha256: Name) -> UploadOut:
    """How much of the caller's own photo has arrived."""
    require_signed_in(request.actor)
    found = uploaded(sha256, actor=request.actor, uploads=folders().uploads)
    return UploadOut(offset=found.offset, whole=found.whole)


@router.put("/uploads/{sha256}", response={200: UploadOut, 201: UploadOut}, openapi_extra=PIECE)
def upload(request: ActorRequest, sha256: Name) -> Status[UploadOut]:
    """Add a piece of at most 2 MB to a photo. sha256: of the whole file, hex. 201: it is whole.

    Reports and steps name it by this hash; one that nothing names is deleted after three days.
    """
    require_signed_in(request.actor)
    if request.content_type != BYTES:
        raise WrongMedia(media=BYTES)
    part = piece(request.headers.get("Content-Range", ""), len(request.body))
    found = receive(sha256, part, request.body, actor=request.actor, uploads=folders().uploads)
    return Status(201 if found.whole else 200, UploadOut(offset=found.offset, whole=found.whole))
