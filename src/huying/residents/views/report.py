"""Report: what, where, who, on one form."""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from huying.cases import actions
from huying.cases import queries as cases
from huying.cases.policy.photos import Photo
from huying.cases.states import EvidenceKind
from huying.catalogue import queries as catalogue
from huying.intake.pacing import check_pace
from huying.intake.reception import received
from huying.look.speech import said
from huying.org.policy import RESIDENT
from huying.places import queries as places
from huying.places.queries import Known
from huying.residents import queries, receipts
from huying.residents.forms import PlaceForm, ReportForm, chosen, typed
from huying.shared.errors import IllegalMove, Incomplete, KeyReused, NotFound, TooMany
from huying.shared.ids import uuid7

FIELDS = (
    "key", "text", "category_id", "building_code", "address", "lng", "lat", "occurred_from", "occurred_to",
    "name", "phone", "confidential",
)  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def home(request: HttpRequest) -> HttpResponse:
    """Show the form; take the report; or look first what is known of the place (button "look")."""
    if request.method != "POST":
        return _empty(request)
    form = ReportForm(chosen(request.POST), request.FILES)
    if "look" in request.POST:
        return _form(request, form, shown_errors=False)
    return _send(request, form) if form.is_valid() else _form(request, form, status=422)


def _empty(request: HttpRequest) -> HttpResponse:
    """Show a new form; the code of a building comes with its QR code."""
    started = {"key": str(uuid7(now())), "building_code": request.GET.get("b", "")[:32]}
    return _form(request, ReportForm(initial=started))


def _send(request: HttpRequest, form: ReportForm) -> HttpResponse:
    """File the report and its photos once, however often it comes; then show the receipt."""
    moment = now()
    try:
        check_pace(request, RESIDENT)
        sent = received(form.report, key=form.idempotency_key, actor=RESIDENT, on=localdate(moment))
        filed = actions.report(sent, actor=RESIDENT, now=moment)
    except KeyReused:
        return _sent_before(request, form)
    except (Incomplete, NotFound, TooMany) as refused:
        form.add_error("building_code" if isinstance(refused, NotFound) else None, said(refused))
        return _form(request, form, status=429 if isinstance(refused, TooMany) else 422)
    _attach(filed.number, form.cleaned_data["photos"], moment)
    answer = HttpResponseRedirect(reverse("sent", args=[filed.number]))
    receipts.keep(answer, receipts.read(request).with_case(filed.number))
    return answer


def _attach(number: str, photos: list[Photo], moment: datetime) -> None:
    actor = RESIDENT.holding(number)
    for each in photos:
        try:
            actions.attach(
                number, each, EvidenceKind.REPORT, folder=evidence_folder(), actor=actor, now=moment
            )
        except IllegalMove:  # sent again after the case was closed: the photos are there
            return


def evidence_folder() -> Path:
    return Path(settings.EVIDENCE_FOLDER)


def _sent_before(request: HttpRequest, form: ReportForm) -> HttpResponse:
    """Say that this form was sent with other words; under a new key it may be sent as another matter."""
    form.add_error(None, _("这张表刚才已经送出过，内容与现在不同。如果是另一件事，请再点一次“送出”。"))
    form.data = {**form.data.dict(), "key": str(uuid7(now()))}  # type: ignore[attr-defined]  # a QueryDict
    return _form(request, form, status=422)


def _form(
    request: HttpRequest, form: ReportForm, *, status: int = 200, shown_errors: bool = True
) -> HttpResponse:
    """Show the form as it was filled in, with what is known of its place."""
    given = {name: typed(form, name) for name in FIELDS}
    facts: dict[str, object] = {
        "said": given,
        "errors": form.errors if form.is_bound and shown_errors else {},
        "error": next(iter(form.non_field_errors()), "") if form.is_bound and shown_errors else "",
        "photos_lost": form.is_bound and bool(request.FILES),
        "categories": catalogue.choices(localdate()),
        "looked": form.is_bound and not shown_errors,
    }
    return render(request, "residents/report.html", facts | _known(request, form, given), status=status)


def _known(request: HttpRequest, form: ReportForm, given: dict[str, object]) -> dict[str, object]:
    """Return the building that was named, others that may be meant, and open cases around."""
    place = PlaceForm(form.data if form.is_bound else {"building_code": given["building_code"]})
    address = place.told("address")
    building = _building(place.told("building_code"))
    meant = places.named(address, on=localdate()) if form.is_bound and building is None else []
    return {
        "building": building,
        "building_name": building.name if building else "",
        "code_unknown": bool(place.told("building_code")) and building is None,
        "meant": meant,
        "around": _around(request, place),
    }


def _building(code: str) -> Known | None:
    try:
        return places.known(code) if code else None
    except NotFound:
        return None


def _around(request: HttpRequest, place: PlaceForm) -> list[cases.Neighbour]:
    """Return open cases around the place, without one's own."""
    try:
        spot = queries.spot(place.told("building_code"), place.told("address"), place.point(), localdate())
    except (Incomplete, NotFound):
        return []
    own = set(receipts.read(request).numbers)
    found = cases.open_around(*spot.point) if spot.point else []
    return [each for each in found if each.number not in own]


@require_POST
def places_meant(request: HttpRequest) -> HttpResponse:
    """Return the buildings that may be meant; the words never stand in an address of the site."""
    meant = places.named(PlaceForm(request.POST).told("address"), on=localdate())
    return render(request, "residents/places.html", {"meant": meant})


@require_POST
def nearby(request: HttpRequest) -> HttpResponse:
    """Return the open cases around a place, as much of each as everybody may know."""
    found = _around(request, PlaceForm(request.POST))
    return render(request, "residents/nearby.html", {"around": found})


@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Count a resident who met with the same; then show the case among his."""
    number = request.POST.get("join", "")[:40]
    held = receipts.read(request).with_join(number)
    actions.join(number, held.me, actor=held.actor(), now=now())
    answer = HttpResponseRedirect(f"{reverse('mine')}#joined")
    receipts.keep(answer, held)
    return answer
