"""My cases: those whose receipt this browser holds, each a thread."""

from collections.abc import Callable
from datetime import timedelta

import segno
from django.conf import settings
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from huying.cases import actions
from huying.cases import queries as cases
from huying.cases.actions.once import once
from huying.cases.policy.moves import possible
from huying.cases.policy.photos import photo_path
from huying.cases.policy.receipts import is_receipt, receipt_code
from huying.cases.policy.reports import Verdict
from huying.cases.states import EvidenceKind, Satisfaction, State, Verb
from huying.clocks import queries as clocks
from huying.clocks.states import LimitType, Stage
from huying.look.speech import said
from huying.look.time import roughly
from huying.residents import queries, receipts
from huying.residents.forms import EvaluateForm, OpenForm, ReopenForm, SayForm, typed
from huying.residents.views.report import evidence_folder
from huying.shared.errors import NotFound, Refused
from huying.shared.ids import uuid7

BLANK = {"text": "", "reason": "", "opinion": ""}  # what is typed on a thread
_UNITS = {LimitType.URGENT_MINUTES: timedelta(minutes=1), LimitType.URGENT_HOURS: timedelta(hours=1)}


@require_http_methods(["GET", "HEAD", "POST"])
def index(request: HttpRequest) -> HttpResponse:
    """List what this browser holds; take the number and code of a receipt kept elsewhere."""
    if request.method != "POST":
        return _index(request, OpenForm())
    form = OpenForm(request.POST)
    if not form.is_valid():
        return _index(request, form, status=422)
    number, code = form.cleaned_data["number"].strip().upper(), form.cleaned_data["code"]
    if not is_receipt(number, code, settings.SECRET_KEY.encode()):
        form.add_error("code", _("编号与回执码不相符。"))
        return _index(request, form, status=404)
    held = receipts.read(request).with_case(number)
    cases.get_for(held.actor(), number)
    answer = HttpResponseRedirect(reverse("thread", args=[number]))
    receipts.keep(answer, held)
    return answer


def _index(request: HttpRequest, form: OpenForm, *, status: int = 200) -> HttpResponse:
    held = receipts.read(request)
    mine = cases.page(held.actor(), cases.Filter(), size=receipts.MOST).cases if held.numbers else []
    facts = {
        "mine": [(each, State(each.state)) for each in mine],
        "joined": cases.followed(held.joined) if held.joined else [],
        "errors": form.errors if form.is_bound else {},
        "said": {name: typed(form, name) for name in ("number", "code")},
    }
    return render(request, "residents/mine.html", facts, status=status)


@require_POST
def forget(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  # what every view is called with
    """Take every receipt off this device: for a phone that was lent."""
    answer = HttpResponseRedirect(reverse("mine"))
    receipts.drop(answer)
    return answer


@require_safe
def sent(request: HttpRequest, number: str) -> HttpResponse:
    """Show the number, the receipt to keep, and what happens next."""
    found = queries.talk(receipts.read(request).actor(), number)
    code = receipt_code(number, settings.SECRET_KEY.encode())
    # behind the #: the code reaches no server and no log
    address = request.build_absolute_uri(reverse("mine")) + f"#{number}.{code}"
    facts = {
        "thread": found,
        "code": " ".join(code[at : at + 4] for at in range(0, len(code), 4)),
        "qr": segno.make(address, error="m").svg_data_uri(scale=4, border=2),
        "accept_within": _within(Stage.ACCEPT, urgent=found.case["urgent"]),
        "assign_within": _within(Stage.ASSIGN, urgent=found.case["urgent"]),
    }
    return render(request, "residents/sent.html", facts)


def _within(stage: Stage, *, urgent: bool) -> str:
    """Return how long a stage may take, in the reader's language; "" when it has no clock or counts days."""
    limit = clocks.stage_limit(stage, urgent)
    unit = _UNITS.get(limit.type) if limit else None
    return roughly(limit.amount * unit) if limit and unit else ""


@require_safe
def thread(request: HttpRequest, number: str) -> HttpResponse:
    return _thread(request, number)


def _thread(request: HttpRequest, number: str, *, status: int = 200, **forms: object) -> HttpResponse:
    """Show the case as a conversation; forms: what was sent and could not be taken."""
    actor = receipts.read(request).actor()
    found = queries.talk(actor, number)
    may = possible(actor, found.state, found.case["area_code"], number, ())
    facts = {
        "thread": found,
        "may_evaluate": Verb.EVALUATE in may and found.may_evaluate_until is not None,
        "satisfactions": list(Satisfaction),
        "key": str(uuid7(now())),
        "may_attach": Verb.ATTACH in may,
        "refused": "",
        "said": BLANK,
        "errors": {},
    }
    return render(request, "residents/thread.html", facts | forms, status=status)


def _act(request: HttpRequest, number: str, act: Callable[[], object]) -> HttpResponse:
    """Do it and go back to the thread; a refusal is shown there."""
    queries.talk(receipts.read(request).actor(), number)
    try:
        act()
    except NotFound:
        raise
    except Refused as refused:
        return _thread(request, number, status=refused.status, refused=said(refused))
    return HttpResponseRedirect(f"{reverse('thread', args=[number])}#last")


@require_POST
def say(request: HttpRequest, number: str) -> HttpResponse:
    """Add words and photos; the same form sent twice says it once."""
    actor, form, moment = receipts.read(request).actor(), SayForm(request.POST, request.FILES), now()
    if not form.is_valid():
        typed_in = BLANK | {"text": typed(form, "text")}
        return _thread(request, number, status=422, errors=form.errors, said=typed_in)
    text, photos = form.cleaned_data["text"], form.cleaned_data["photos"]

    def note() -> bytes:
        actions.note(number, text, actor=actor, now=moment)
        return b"{}"

    def act() -> None:
        if text:
            once(str(form.cleaned_data["key"]), {"case": number, "note": text}, note, actor=actor, now=moment)
        for each in photos:
            actions.attach(
                number, each, EvidenceKind.REPORT, folder=evidence_folder(), actor=actor, now=moment
            )

    return _act(request, number, act)


@require_POST
def evaluate(request: HttpRequest, number: str) -> HttpResponse:
    """Take the judgement; "dissatisfied" opens another round by itself."""
    actor, form = receipts.read(request).actor(), EvaluateForm(request.POST)
    if not form.is_valid():
        typed_in = BLANK | {"opinion": typed(form, "text")}
        return _thread(request, number, status=422, errors=form.errors, said=typed_in)
    verdict = Verdict(Satisfaction(form.cleaned_data["satisfaction"]), True, form.cleaned_data["text"])
    return _act(request, number, lambda: actions.evaluate(number, verdict, actor=actor, now=now()))


@require_POST
def reopen(request: HttpRequest, number: str) -> HttpResponse:
    """ "Not solved": the case goes into another round."""
    actor, form = receipts.read(request).actor(), ReopenForm(request.POST)
    if not form.is_valid():
        return _thread(request, number, status=422, errors=form.errors)
    reason = form.cleaned_data["reason"]
    return _act(request, number, lambda: actions.reopen(number, actor=actor, now=now(), reason=reason))


@require_safe
def photo(request: HttpRequest, number: str, sha256: str) -> FileResponse:
    """Send a photo of the thread to who holds the receipt."""
    found = queries.talk(receipts.read(request).actor(), number)
    if not found.shows(sha256):
        raise NotFound(what="凭证", key=sha256)
    path = photo_path(evidence_folder(), sha256)
    answer = FileResponse(path.open("rb"), content_type="image/jpeg")
    answer["Content-Security-Policy"] = "sandbox"
    answer["Cache-Control"] = "private, max-age=86400, immutable"
    return answer
