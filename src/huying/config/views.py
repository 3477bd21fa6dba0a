"""The pages that belong to no package."""

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from huying.config.workplaces import landing
from huying.intake import queries as intake
from huying.messages import queries as messages
from huying.messages.states import ACCOUNT_READERS
from huying.org import queries as org
from huying.org.requests import ActorRequest
from huying.shared.errors import NotPermitted


class Logout(LogoutView):
    """The session ends, also where this process remembers it."""

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        answer = super().post(request, *args, **kwargs)
        org.forget_actors()
        return answer


@require_safe
@login_required
def work(request: ActorRequest) -> HttpResponse:
    """Send somebody to the place where he works."""
    return HttpResponseRedirect(landing(request.actor))


@require_safe
@login_required
def accounts(request: ActorRequest) -> HttpResponse:
    """Show whether everything received and every message made is accounted for."""
    if not request.actor.roles & ACCOUNT_READERS:
        raise NotPermitted(verb="查看账目")
    facts = {
        "sources": intake.accounts(now()),
        "outlets": messages.accounts(),
        "dead": messages.dead_letters(),
    }
    return render(request, "accounts.html", facts)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    return render(request, "message.html", {"status": 404, "text": _("没有找到这个页面。")}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "message.html", {"status": 500, "text": _("系统内部错误，已记录。")}, status=500)
