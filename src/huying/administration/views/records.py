"""Lists of records, one record with its history, a new one; the same pages for every table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from huying.administration import actions, forms, queries, writing
from huying.administration.actions import Outdated
from huying.administration.policy.columns import CLEAR, Column
from huying.administration.policy.reach import is_within, reach, require_reach
from huying.administration.tables import Cells, Records, Table, table_named
from huying.administration.views.frame import page
from huying.administration.views.panels import panels
from huying.org.policy import Actor
from huying.org.requests import ActorRequest
from huying.shared.errors import NotFound, Refused
from huying.shared.sentences import Sentence

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. was: what it said when that was made; theirs: what it was made since."""

    column: Column
    value: str
    was: str
    is_fixed: bool
    theirs: str | None = None

    @property
    def words(self) -> list[str]:
        return [word.label for word in self.column.words or ()]


def readable(actor: Actor, table: Table) -> Records:
    """Return the records somebody may look at. Raises NotSignedIn, or NotPermitted."""
    reached = require_reach(actor, table.seen_by, doing=Sentence("查看{table}", table=table.name.label))
    return table.present(reached, now())


def may_change(actor: Actor, table: Table) -> bool:
    return bool(reach(actor, table.roles))


@require_http_methods(["GET", "HEAD", "POST"])  # a name that is looked for stays out of addresses and logs
def records(request: ActorRequest, table: str) -> HttpResponse:
    """List the records of a table, those that say what is looked for."""
    of = table_named(table)
    sought, under = request.POST.get("q", "").strip()[:100], request.GET.get("in", "")[:24]
    found = [cells for cells in readable(request.actor, of).values() if _says(cells, sought, under)]
    pages = Paginator(found, PER_PAGE)
    here = pages.get_page(request.POST.get("page", 1))
    listed = [column for column in of.columns if column.listed]
    facts = {
        "table": of,
        "columns": listed,
        "rows": [
            (cells["ref"], [(column, cells.get(column.field, "")) for column in listed]) for cells in here
        ],
        "page": here,
        "sought": sought,
        "under": under,
        "may_change": may_change(request.actor, of),
    }
    return page(request, "records", of.name, facts)


def _says(cells: Cells, sought: str, under: str) -> bool:
    if under and not is_within(cells.get("code") or cells.get("area") or cells.get("place", ""), (under,)):
        return False
    words = sought.casefold().split()
    text = " ".join(value for field, value in cells.items() if field != "ref").casefold()
    return all(word in text for word in words)


@require_http_methods(["GET", "HEAD", "POST"])
def record(request: ActorRequest, table: str, ref: str) -> HttpResponse:
    """Show one record, who did what to it, and let it be changed."""
    of = table_named(table)
    cells = _found(readable(request.actor, of), of, ref)
    if request.method != "POST":
        return _record(request, of, cells, _fields(of, cells))
    typed, was = request.POST.dict(), forms.seen(request.POST)
    try:
        changes = actions.edit(
            of, ref, seen=was, said=forms.said(request.POST, of), actor=request.actor, now=now()
        )
    except Outdated as outdated:
        fields = _fields(of, outdated.present, typed, was)
        return _record(request, of, dict(outdated.present), fields, refused=outdated)
    except Refused as refused:
        return _record(request, of, cells, _fields(of, cells, typed, was), refused=refused)
    said = "、".join(change.heading for change in changes)
    messages.success(request, _("已保存：%(said)s。") % {"said": said} if said else _("没有改变。"))
    return HttpResponseRedirect(request.path)


def _found(records: Records, table: Table, ref: str) -> dict[str, str]:
    found = next((cells for cells in records.values() if cells.get("ref") == ref), None)
    if found is None:
        raise NotFound(what=table.name.label, key=ref)
    return found


def _fields(
    table: Table, present: Cells, typed: Mapping[str, str] | None = None, was: Cells | None = None
) -> list[Field]:
    """Return the fields of a form; after a refusal with what was typed, and what others made of it since."""
    fields = []
    for column in (each for each in table.columns if each.read_back):
        now_says = present.get(column.field, "")
        before = now_says if was is None else was.get(column.field, "")
        value = now_says if typed is None else typed.get(column.field, now_says)
        theirs = now_says if now_says != before else None
        fields.append(Field(column, value, now_says, column.is_fixed or column.field in table.key, theirs))
    return fields


def shown_record(
    request: ActorRequest,
    table: Table,
    ref: str,
    *,
    refused: Refused | None = None,
    once: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Show a record again after something else was done on its page.

    once: what is shown in this answer and never again: a first password. Raises NotFound.
    """
    cells = _found(readable(request.actor, table), table, ref)
    return _record(request, table, cells, _fields(table, cells), refused=refused, once=once)


def _record(
    request: ActorRequest,
    table: Table,
    cells: Cells,
    fields: Sequence[Field],
    *,
    refused: Refused | None = None,
    once: Mapping[str, str] | None = None,
) -> HttpResponse:
    facts = {
        "table": table,
        "cells": cells,
        "title": cells.get("name") or cells.get("ref"),
        "code": cells.get("code") or cells.get("number", ""),
        "fields": fields,
        "history": queries.history(table.subjects(cells)),
        "panels": panels(request.actor, table, cells, now()),
        "may_change": may_change(request.actor, table),
        "refused": refused,
        "once": once,
    }
    answer = page(request, "record", table.name, facts, status=refused.status if refused else 200)
    answer["Cache-Control"] = "no-store"  # names, phones, and once a password
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: ActorRequest, table: str) -> HttpResponse:
    """Make one record by hand."""
    of = table_named(table)
    require_reach(request.actor, of.roles, doing=Sentence("新增{table}", table=of.name.label))
    refused: Refused | None = None
    typed = request.POST.dict()
    if request.method == "POST":
        try:
            said = of.filler(reach(request.actor, of.roles), now())(forms.said(request.POST, of))
            ref = actions.add(
                of, {f: v for f, v in said.items() if v != CLEAR}, actor=request.actor, now=now()
            )
            messages.success(request, _("已新增。"))
            return HttpResponseRedirect(reverse("administration:record", args=[table, ref]))
        except Refused as raised:
            refused = raised
    fields = [
        Field(c, typed.get(c.field, request.GET.get(c.field, "")[:64]), "", False)
        for c in of.columns
        if c.read_back
    ]
    status = refused.status if refused else 200
    return page(request, "new", of.name, {"table": of, "fields": fields, "refused": refused}, status=status)


FORMATS = {"xlsx": (writing.xlsx, writing.EXCEL), "csv": (writing.csv_text, "text/csv; charset=utf-8")}


@require_safe
def export(request: ActorRequest, table: str, form: str) -> HttpResponse:
    """Give a table out as a file that can be brought in again."""
    of = table_named(table)
    reached = require_reach(request.actor, of.roles, doing=Sentence("导出{table}", table=of.name.label))
    if form not in FORMATS:
        raise NotFound(what="格式", key=form)
    write, kind = FORMATS[form]
    return attached(write(of, of.present(reached, now()).values()), f"{of.name.value}.{form}", kind)


@require_safe
def template(request: ActorRequest, table: str) -> HttpResponse:
    """Give an empty table out, with a hint for each column."""
    of = table_named(table)
    require_reach(request.actor, of.roles, doing=Sentence("导入{table}", table=of.name.label))
    return attached(writing.template(of), f"{of.name.value}-template.xlsx", writing.EXCEL)


def attached(content: bytes, filename: str, kind: str) -> HttpResponse:
    """Return a file that is saved and never shown by the browser."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    response["Cache-Control"] = "no-store"
    return response
