"""What every page of administration has around it: the sections somebody may open."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from huying.administration.policy.reach import reach
from huying.administration.states import TableName
from huying.administration.tables import TABLES
from huying.org.policy import Actor
from huying.org.requests import ActorRequest
from huying.org.states import GRANTS, Role, Verb

ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the list at the side. table: the tables that belong to it."""

    name: str
    icon: str
    title: Any  # lazily translated
    address: str
    roles: frozenset[Role]
    tables: tuple[TableName, ...] = ()


def _of(table: TableName, title: Any, *more: TableName, icon: str = "") -> Section:
    of = TABLES[table]
    address = reverse("administration:records", args=[table.value])
    return Section(table.value, icon or of.icon, title, address, of.seen_by, (table, *more))


def sections() -> tuple[Section, ...]:
    """Return all sections in the order of the page."""
    return (
        Section(
            "overview", "home", _("总览"), reverse("administration:overview"), GRANTS[Verb.ENROL_VOLUNTEER]
        ),
        _of(TableName.AREAS, _("辖区")),
        _of(TableName.BUILDINGS, _("楼栋"), TableName.ESTATES),
        _of(TableName.UNITS, _("单位"), icon="building-community"),
        _of(TableName.PEOPLE, _("人员与账号")),
        _of(TableName.POSTS, _("责任落实")),
        Section(
            "roster",
            "calendar",
            _("值班"),
            reverse("administration:roster"),
            GRANTS[Verb.SCHEDULE_SHIFT],
            (TableName.ROSTER,),
        ),
        Section("catalogue", "list-check", _("事项"), reverse("administration:catalogue"), ADMINISTRATORS),
        Section("calendar", "history", _("日历"), reverse("administration:calendar"), ADMINISTRATORS),
        Section("limits", "clock", _("时限"), reverse("administration:limits"), ADMINISTRATORS),
        Section("sources", "antenna", _("来源"), reverse("administration:sources"), ADMINISTRATORS),
    )


def shown_to(actor: Actor) -> list[Section]:
    """Return the sections somebody may open."""
    return [section for section in sections() if reach(actor, section.roles)]


def page(
    request: ActorRequest, template: str, here: str, facts: Mapping[str, object], *, status: int = 200
) -> HttpResponse:
    """Render a page within the frame. here: name of the section, or of one of its tables."""
    found = shown_to(request.actor)
    current = next((each for each in found if here == each.name or here in each.tables), None)
    frame = {"sections": found, "section": current.name if current else ""}
    return render(request, f"administration/{template}.html", {**frame, **facts}, status=status)
