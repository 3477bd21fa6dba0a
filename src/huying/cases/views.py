"""The plain pages: what is going on, and what a receipt opens."""

import segno
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_http_methods, require_safe
from django.views.decorators.vary import vary_on_headers

from huying.cases import queries
from huying.cases.forms import FilterForm, ReceiptForm
from huying.cases.policy.receipts import is_receipt
from huying.cases.presentation import case_out, case_row, move_out
from huying.cases.proofs import proof_file
from huying.cases.verifying import words
from huying.ledger import queries as ledger
from huying.org.policy import Actor
from huying.org.requests import ActorRequest


@require_safe
@login_required
@conditional_page
@vary_on_headers("HX-Request")
def case_list(request: ActorRequest) -> HttpResponse:
    """Show cases, newest first; a page that follows what happens asks for its rows alone."""
    actor = request.actor
    form = FilterForm(request.GET)
    chosen = form.filter(now())
    page = queries.page(actor, chosen, before=form.before_id())
    rows = [case_row(case) for case in page.cases]
    following = _address(request, "before", page.next_before)
    part = "#rows" if "HX-Request" in request.headers else ""
    shown = {"form": form, "cases": rows, "next": following, "total": _total(actor, chosen)}
    return render(request, f"cases/list.html{part}", shown)


def _total(actor: Actor, chosen: queries.Filter) -> int | None:
    """Return how many cases a narrowed list has; None for the list of everything, which nobody counts."""
    return None if chosen == queries.Filter() else queries.count(actor, chosen)


def _address(request: ActorRequest, name: str, place: object) -> str:
    """Return the address of the next page with the same filter; "" after the last."""
    if place is None:
        return ""
    query = request.GET.copy()
    query[name] = str(place)
    return f"?{query.urlencode()}"


@require_safe
def verify(request: HttpRequest) -> HttpResponse:
    """Show the page that checks a proof in the browser; nothing that is checked comes here."""
    keys = "\n".join(ledger.vkeys())
    return render(request, "cases/verify.html", {"keys": keys, "words": words()})


@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: ActorRequest) -> HttpResponse:
    """Ask for number and receipt code, then show the receipt; the code never stands in an address."""
    form = ReceiptForm(request.POST or None)
    if not form.is_valid():
        return render(request, "cases/receipt.html", {"form": form})
    number, code = form.cleaned_data["number"], form.cleaned_data["code"]
    if not is_receipt(number, code, settings.SECRET_KEY.encode()):
        form.add_error(None, _("编号与回执码不相符。"))
        return render(request, "cases/receipt.html", {"form": form}, status=404)
    actor = request.actor.holding(number)
    case = queries.get_for(actor, number)
    if "proof" in request.POST:
        first = queries.public_timeline(case).values_list("entry_id", flat=True)[0]
        return proof_file(int(first), number)
    address = request.build_absolute_uri(reverse("verify")) + f"#{number}"
    steps = [move_out(step, masked=True) for step in queries.public_timeline(case)]
    shown = {"case": case_out(queries.whole(actor, number), at=now()), "steps": steps, "code": code}
    return render(request, "cases/receipt.html", shown | {"qr": segno.make(address).svg_data_uri(scale=4)})
