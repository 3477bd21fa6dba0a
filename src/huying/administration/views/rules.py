"""What rules everywhere: limits of the stages, work calendars, catalogues; and where reports come from."""

from datetime import date, datetime
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from huying.administration import actions, forms, queries, rulebooks
from huying.administration.models import Upload
from huying.administration.policy.reach import require_reach
from huying.administration.states import TableName
from huying.administration.views.frame import ADMINISTRATORS, page
from huying.catalogue import queries as catalogues
from huying.catalogue.states import EditionState
from huying.clocks import actions as clocks
from huying.clocks import queries as clock_rules
from huying.clocks.policy import Limit, due_at
from huying.clocks.states import LimitType, Stage
from huying.intake import queries as intake
from huying.org.requests import ActorRequest
from huying.shared.errors import Incomplete, NotFound, Refused
from huying.shared.sentences import Sentence

LONGEST_LIMIT = 10_000
READING = "查看规则"


@require_http_methods(["GET", "HEAD", "POST"])
def limits(request: ActorRequest) -> HttpResponse:
    """Show how long each stage may take and why; let the administrator of the whole change it."""
    require_reach(request.actor, ADMINISTRATORS, doing=READING)
    moment = now()
    refused: Refused | None = None
    if request.method == "POST":
        try:
            _set_limit(request, moment)
            messages.success(request, _("时限已更改，今后开始的计时按新时限；已在计时的不变。"))
            return HttpResponseRedirect(request.path)
        except Refused as raised:
            refused = raised
    known = clock_rules.stage_limits()
    calendar = clock_rules.calendar(moment)
    rows = [
        (stage, urgent, limit, due_at(moment, limit, calendar) if limit else None)
        for stage in Stage
        for urgent in (False, True)
        for limit in [known.get((stage.value, urgent))]
    ]
    subjects = [f"stage:{stage.value}{':urgent' if urgent else ''}" for stage, urgent, _limit, _due in rows]
    facts = {
        "rows": rows,
        "stages": list(Stage),
        "types": list(LimitType),
        "history": queries.history(subjects),
        "may_change": queries.administers_whole(request.actor, moment),
        "refused": refused,
    }
    return page(request, "limits", "limits", facts, status=refused.status if refused else 200)


def _set_limit(request: ActorRequest, moment: datetime) -> None:
    queries.require_whole(request.actor, moment, doing="设置时限")
    reason = request.POST.get("reason", "").strip()
    if not reason:
        raise Incomplete(reason="请写明更改时限的依据或原因")
    stage = next((each for each in Stage if each.value == request.POST.get("stage")), None)
    kind = next((each for each in LimitType if each.value == request.POST.get("type")), None)
    if stage is None or kind is None:
        raise Incomplete(reason="请选择阶段和计时方式")
    amount = forms.number(request.POST, "amount", 0, LONGEST_LIMIT)
    limit = Limit(amount, kind) if amount > 0 else None
    urgent = request.POST.get("urgent") == "yes"
    clocks.set_stage_limit(stage, urgent, limit, actor=request.actor, now=moment, reason=reason[:200])


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: ActorRequest) -> HttpResponse:
    """Show the calendar editions; take the file of a new notice."""
    require_reach(request.actor, ADMINISTRATORS, doing=READING)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            made = _staged(request, TableName.CALENDAR, ("source", "first"))
            rulebooks.notice_of(made)
            return HttpResponseRedirect(reverse("administration:calendar_preview", args=[made.pk]))
        except Refused as raised:
            refused = raised
    facts = {
        "editions": clock_rules.calendar_editions(),
        "warnings": clock_rules.calendar_warnings(now()),
        "may_change": queries.administers_whole(request.actor, now()),
        "refused": refused,
    }
    return page(request, "calendar", "calendar", facts, status=refused.status if refused else 200)


def _staged(request: ActorRequest, kind: TableName, options: tuple[str, ...]) -> Upload:
    sent = request.FILES.get("file")
    if sent is None:
        raise Incomplete(reason="请选择一个文件")
    said = {name: request.POST.get(name, "").strip()[:200] for name in options}
    if said.get("first"):
        _day(said["first"])
    moment = now()
    return actions.stage_rulebook(kind, sent.name or "", sent.read(), said, actor=request.actor, now=moment)


def _day(said: str) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Incomplete(reason=Sentence("“{said}”不是日期", said=said)) from None


@require_http_methods(["GET", "HEAD", "POST"])
def calendar_preview(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Show what a notice says and how many deadlines it would move; publish it."""
    moment = now()
    staged = _own(request, upload_id, TableName.CALENDAR, moment)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            actions.publish_calendar(upload_id, actor=request.actor, now=moment)
            return HttpResponseRedirect(request.path)
        except Refused as raised:
            refused = raised
    facts: dict[str, object] = {"upload": staged, "refused": refused, "step": 3 if staged.applied_at else 2}
    if not staged.applied_at:
        notice = rulebooks.notice_of(staged)
        touched, moved = clock_rules.would_move(notice, now=moment) if not notice.problems else (0, 0)
        days = sorted(notice.days.items())
        facts |= {
            "notice": notice,
            "holidays": [(day, rule.name) for day, rule in days if not rule.is_working],
            "makeup_days": [(day, rule.name) for day, rule in days if rule.is_working],
            "touched": touched,
            "moved": moved,
        }
    return page(request, "calendar_preview", "calendar", facts, status=refused.status if refused else 200)


def _own(request: ActorRequest, upload_id: UUID, kind: TableName, moment: datetime) -> Upload:
    staged = queries.upload_for(request.actor, upload_id, moment)
    if staged.table != kind:
        raise NotFound(what="导入文件", key=str(upload_id)[:8])
    return staged


@require_http_methods(["GET", "HEAD", "POST"])
def catalogue(request: ActorRequest) -> HttpResponse:
    """Show the editions of the catalogues; take the file of a new one."""
    require_reach(request.actor, ADMINISTRATORS, doing=READING)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            made = _staged(request, TableName.CATALOGUE, ("scheme", "name", "first", "limit"))
            rulebooks.sheet_of(made)
            rulebooks.draft_of(made, now())
            return HttpResponseRedirect(reverse("administration:catalogue_preview", args=[made.pk]))
        except Refused as raised:
            refused = raised
    facts = {
        "editions": [(each, EditionState(each.state)) for each in catalogues.all_editions()],
        "may_change": queries.administers_whole(request.actor, now()),
        "refused": refused,
    }
    return page(request, "catalogue", "catalogue", facts, status=refused.status if refused else 200)


@require_http_methods(["GET", "HEAD", "POST"])
def catalogue_preview(request: ActorRequest, upload_id: UUID) -> HttpResponse:
    """Show what a catalogue would bring and which rows could not be read; publish it."""
    moment = now()
    staged = _own(request, upload_id, TableName.CATALOGUE, moment)
    refused: Refused | None = None
    if request.method == "POST":
        try:
            only_good = request.POST.get("which") == "good"
            actions.publish_catalogue(upload_id, only_good=only_good, actor=request.actor, now=moment)
            return HttpResponseRedirect(request.path)
        except Refused as raised:
            refused = raised
    facts: dict[str, object] = {"upload": staged, "refused": refused, "step": 3 if staged.applied_at else 2}
    if not staged.applied_at:
        facts |= {"sheet": rulebooks.sheet_of(staged), "draft": rulebooks.draft_of(staged, moment)}
    return page(request, "catalogue_preview", "catalogue", facts, status=refused.status if refused else 200)


@require_safe
def edition(request: ActorRequest, edition_id: int) -> HttpResponse:
    """Show one edition: every category with its limit, and when a case of it is filed."""
    require_reach(request.actor, ADMINISTRATORS, doing=READING)
    found = catalogues.edition(edition_id)
    facts = {
        "edition": found,
        "tree": catalogues.tree(found),
        "conditions": catalogues.conditions_by_category(found),
        "history": queries.history([f"catalogue:{found.scheme}@{found.effective_from}"]),
    }
    return page(request, "edition", "catalogue", facts)


@require_safe
def sources(request: ActorRequest) -> HttpResponse:
    """Show where reports come from: each source with what it sent in the last days."""
    require_reach(request.actor, ADMINISTRATORS, doing=READING)
    return page(request, "sources", "sources", {"sources": intake.accounts(now())})
