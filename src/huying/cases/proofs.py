"""A proof as a file to take home; by page and API alike."""

from django.http import HttpResponse

from huying.ledger import queries as ledger


def proof_file(entry_id: int, name: str) -> HttpResponse:
    """Return the proof of a ledger entry as a download. Raises what `ledger.queries.prove` raises."""
    text = ledger.prove(entry_id).text()
    named = f'attachment; filename="{name}.tlog-proof"'
    headers = {"Content-Disposition": named}
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)
