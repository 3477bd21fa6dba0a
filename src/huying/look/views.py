"""The switch of theme, letters and language that stands on every page, and the end of a tour."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.utils.translation import check_for_language
from django.views.decorators.http import require_POST

from huying.look import actions
from huying.look.preferences import YEAR_SECONDS, Text, Theme
from huying.look.tours import NAMES

COOKIES: dict[str, set[str]] = {
    "theme": set(Theme),
    "text": set(Text),
    settings.LANGUAGE_COOKIE_NAME: {code for code, _ in settings.LANGUAGES if check_for_language(code)},
}


@require_POST
def prefer(request: HttpRequest) -> HttpResponse:
    """Keep what was chosen and go back to where it was chosen; an unknown choice changes nothing."""
    answer = HttpResponseRedirect(_back(request))
    for name, known in COOKIES.items():
        chosen = request.POST.get(name, "")
        if chosen in known:
            answer.set_cookie(
                name, chosen, max_age=YEAR_SECONDS, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE
            )
    return answer


@require_POST
@login_required
def finish_tour(request: HttpRequest) -> HttpResponse:
    """Remember that somebody has seen a tour; one that does not exist is none."""
    name = request.POST.get("tour", "")
    if name not in NAMES or request.user.pk is None:
        return HttpResponse(status=404)
    actions.finish_tour(request.user.pk, name, now=now())
    return HttpResponse(status=204)


def _back(request: HttpRequest) -> str:
    """Return the page asked from, if it is one of ours."""
    back = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return back if ours else "/"
