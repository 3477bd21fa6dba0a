"""Bringing a file in: upload, look, apply."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.administration import actions, forms, sheets, writing
from huying.administration.models import Upload
from huying.administration.policy.headers import NOWHERE, letters
from huying.administration.policy.reach import require_reach
from huying.administration.queries import upload_for
from huying.administration.states import Verdict
from huying.administration.tables import Table, table_named
from huying.administration.views.frame import page
from huying.administration.views.records import attached
from huying.org.requests import ActorRequest
from huying.shared.errors import Incomplete, Refused, TooLarge
from huying.shared.sentences import Sentence

PER_PAGE = 100
SAMPLE = 3  # cells shown of a column, so that people know it again


@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: ActorRequest, table: str) -> HttpResponse:
    """Step one: take a file."""
    of = table_named(table)
    require_reach(request.actor, of.roles, doing=Sentence("导入{table}", table=of.name.label))
    refused: Refused | None = None
    if request.method == "POST":
        try:
            return _staged(request, of)
        except Refused as raised:
            refused = raised
    status = refused.status if refused else 200
    return page(request, "upload", of.name, {"table": of, "refused": refused, "step": 1}, status=status)


def _staged(request: ActorRequest, table: Table) -> HttpResponse:
    sent = request.FILES.get("file")
    if sent is None:
        raise Incomplete(reason="请选择一个文件")
    if (sent.size or 0) > sheets.LARGEST_FILE:
        raise TooLarge(megabytes=sheets.LARGEST_FILE // 1_000_000)
    made = actions.stage(table, sent.name or "", sent.read(), actor=request.actor, now=now())
    return HttpResponseRedirect(reverse("administration:preview", args=[made.pk]))


@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Step two: show what would happen to each row; the mapping may be changed. Afterwards: what happened."""
    staged = upload_for(request.actor, upload_id, now())
    if request.method == "POST":
        staged = _mapped(request, staged)
        return HttpResponseRedirect(f"{request.path}#rows")
    table = table_named(staged.table)
    if staged.applied_at:
        facts = {"upload": staged, "table": table, "counts": _named(staged.outcome), "step": 3}
        return page(request, "applied", table.name, facts)
    done = actions.rehearse(staged, actor=request.actor, now=now())
    wanted = request.GET.get("show", "")
    rows = [each for each in done.judged if not wanted or each.verdict == wanted]
    facts = {
        "upload": staged,
        "table": table,
        "counts": _named(done.counts),
        "broken": len(done.broken),
        "writes": done.counts[Verdict.NEW] + done.counts[Verdict.CHANGED],
        "rows": Paginator(rows, PER_PAGE).get_page(request.GET.get("page", 1)),
        "skipped": done.skipped,
        "wanted": wanted,
        "step": 2,
        **_columns(staged, table),
    }
    return page(request, "preview", table.name, facts)


def _mapped(request: ActorRequest, staged: Upload) -> Upload:
    table = table_named(staged.table)
    return actions.map_columns(
        staged.pk,
        sheet=forms.number(request.POST, "sheet", 0),
        header_row=forms.number(request.POST, "header_row", 1) - 1,
        mapping=forms.mapping(request.POST, table),
        actor=request.actor,
        now=now(),
    )


def _named(counts: dict[str, int]) -> list[tuple[Verdict, int]]:
    return [(verdict, counts.get(verdict.value, 0)) for verdict in Verdict]


def _columns(staged: Upload, table: Table) -> dict[str, object]:
    """Return what the form of the mapping shows: the sheets, the columns of this one, which is which."""
    found = sheets.read(bytes(staged.content))
    grid = found[staged.sheet].grid
    header = staged.header_row if staged.header_row is not None else NOWHERE
    labels = grid[header] if 0 <= header < len(grid) else []
    choices = [
        (position, letters(position), labels[position] if position < len(labels) else "")
        for position in range(sheets.widest(grid))
    ]
    return {
        "sheets": list(enumerate(each.name for each in found)),
        "header_row": header + 1,
        "choices": choices,
        "fields": [(column, staged.mapping.get(column.field, NOWHERE)) for column in table.columns],
        "matched": sum(position != NOWHERE for position in staged.mapping.values()),
    }


@require_POST
def apply(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Step three: write it."""
    only_good = request.POST.get("which") == "good"
    actions.apply(upload_id, only_good=only_good, actor=request.actor, now=now())
    messages.success(request, _("导入完成。"))
    return HttpResponseRedirect(reverse("administration:preview", args=[upload_id]))


@require_safe
def broken(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Give the refused rows out, each with why."""
    staged = upload_for(request.actor, upload_id, now())
    table = table_named(staged.table)
    done = actions.rehearse(staged, actor=request.actor, now=now())
    return attached(writing.broken(table, done.broken), f"{table.name.value}-errors.xlsx", writing.EXCEL)
