"""`/log/`: the published log as files anybody may read and keep. Source: c2sp.org/tlog-tiles."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.cache import never_cache
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_safe

from huying.ledger import installation, queries
from huying.ledger.policy.checkpoints import Checkpoint
from huying.ledger.policy.notes import split_note
from huying.ledger.policy.tiles import Tile
from huying.ledger.policy.unproven import Unproven

TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
YEAR = 31_536_000  # seconds


@require_safe
def log(request: HttpRequest) -> HttpResponse:
    """Say what this is, how far it goes and how to check it."""
    note = queries.published()
    published = Checkpoint.read(split_note(note)[0]) if note else None
    verifier = installation.signer().verifier
    return render(request, "ledger/log.html", {"published": published, "note": note, "verifier": verifier})


@require_safe
@never_cache
def checkpoint(_request: HttpRequest) -> HttpResponse:
    note = queries.published()
    if note is None:
        raise Http404
    return _public(HttpResponse(note, content_type=TEXT))


@require_safe
@gzip_page
def tile(_request: HttpRequest, rest: str) -> HttpResponse:
    """Serve a tile or an entry bundle; what is not the address of one names no file."""
    try:
        data = installation.files().read(Tile.read(f"tile/{rest}"))
    except Unproven:
        raise Http404 from None
    response = _public(HttpResponse(data, content_type=BYTES))
    patch_cache_control(response, public=True, max_age=YEAR, immutable=True)
    return response


def _public(response: HttpResponse) -> HttpResponse:
    response["Access-Control-Allow-Origin"] = "*"  # a page of another office may check us in its browser
    return response
