"""Catalogues and calendars that were uploaded, read again whenever somebody looks at them."""

from datetime import date, datetime

from huying.administration import sheets
from huying.administration.models import Upload
from huying.administration.policy import notices
from huying.administration.states import TableName
from huying.catalogue import formats
from huying.catalogue.actions import Draft
from huying.catalogue.formats import Sheet
from huying.catalogue.policy import HOTLINE_LIMIT, read_limit
from huying.clocks.policy import Notice
from huying.clocks.policy.calendar import midnight
from huying.shared.errors import Malformed

RULEBOOKS = (TableName.CATALOGUE, TableName.CALENDAR)


def notice_of(upload: Upload) -> Notice:
    """Return the calendar notice of an upload, with the source and first day said beside it."""
    content = bytes(upload.content)
    is_sheet = content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
    read = (
        notices.of_grid(sheets.read(content)[0].grid)
        if is_sheet
        else notices.of_text(sheets.decoded(content))
    )
    first = upload.options.get("first")
    return Notice(
        year=read.year,
        days=read.days,
        number=read.number,
        effective_at=midnight(date.fromisoformat(first)) if first else read.effective_at,
        source=str(upload.options.get("source") or read.source or upload.filename),
        periods=read.periods,
        problems=read.problems,
    )


def sheet_of(upload: Upload) -> Sheet:
    """Return the catalogue of an upload: what could be read and which rows could not."""
    content = bytes(upload.content)
    if content[:4] == b"PK\x03\x04":
        sheets.read(content)  # refuses what is no workbook, or a bomb
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        content = sheets.decoded(content).encode()
    try:
        return formats.read(content)
    except StopIteration:
        raise Malformed(reason="文件是空的") from None


def draft_of(upload: Upload, now: datetime) -> Draft:
    """Return what an edition says about itself."""
    scheme = str(upload.options.get("scheme") or upload.filename.rpartition(".")[0] or upload.filename)
    first = date.fromisoformat(upload.options["first"]) if upload.options.get("first") else now.date()
    limit = str(upload.options.get("limit") or "")
    return Draft(
        scheme=scheme[:40],
        name=str(upload.options.get("name") or f"{scheme} {first}")[:120],
        effective_from=first,
        source=upload.filename[:200],
        default_limit=read_limit(limit) if limit else HOTLINE_LIMIT,
    )
