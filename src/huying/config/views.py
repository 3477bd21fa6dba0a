"""The pages that belong to no package."""

from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LogoutView
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from huying.config.workplaces import landing
from huying.intake import queries as intake
from huying.look.speech import said
from huying.messages import queries as messages
from huying.messages.states import ACCOUNT_READERS
from huying.org import actions as org_actions
from huying.org import queries as org
from huying.org.requests import ActorRequest
from huying.shared.errors import Incomplete, NotPermitted


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


@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def password(request: ActorRequest) -> HttpResponse:
    """Let somebody choose a new password; only this session goes on."""
    error = ""
    if request.method == "POST":
        old, new, again = (request.POST.get(name, "") for name in ("old", "new", "again"))
        try:
            if new != again:
                raise Incomplete(reason="两次输入的新密码不同")
            user = org_actions.change_password(old, new, now=now(), actor=request.actor)
        except Incomplete as refused:
            error = said(refused)
        else:
            update_session_auth_hash(request, user)
            return HttpResponseRedirect(f"{reverse('password')}?saved")
    facts = {"error": error, "saved": not error and "saved" in request.GET}
    return render(request, "password.html", facts, status=422 if error else 200)


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
