"""Data a page draws, as it is sent: compressed for who takes that, not at all to who has it."""

import gzip
import hashlib
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse

PUBLIC = "public, max-age=60, must-revalidate"
PRIVATE = "private, no-cache"


@dataclass(frozen=True, slots=True)
class Drawn:
    """GeoJSON as it is sent, plain and compressed, with its ETag."""

    body: bytes
    packed: bytes
    etag: str

    @classmethod
    def of(cls, features: list[dict[str, Any]]) -> "Drawn":
        body = orjson.dumps({"type": "FeatureCollection", "features": features})
        return cls(body, gzip.compress(body, 5, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def answer(request: HttpRequest, drawn: Drawn, *, cache: str) -> HttpResponse:
    """Answer with the drawing, or with 304 to who has it. cache: PUBLIC or PRIVATE."""
    vary = "Accept-Encoding" if cache == PUBLIC else "Accept-Encoding, Cookie, Authorization"
    headers = {"ETag": drawn.etag, "Cache-Control": cache, "Vary": vary}
    if drawn.etag in request.META.get("HTTP_IF_NONE_MATCH", ""):
        return HttpResponse(status=304, headers=headers)
    if "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""):
        headers["Content-Encoding"] = "gzip"
        return HttpResponse(drawn.packed, content_type="application/json", headers=headers)
    return HttpResponse(drawn.body, content_type="application/json", headers=headers)
