"""The page where people of the street sign in, and how often somebody may try (docs/rules/org.md §6)."""

from typing import Any

from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse

from huying.org.requests import caller
from huying.shared.pace import Pace

QUARTER = 15 * 60.0  # seconds
_by_name_and_address = Pace(10, seconds=QUARTER)
_by_address = Pace(50, seconds=QUARTER)  # many names tried from one place; an office has one address
_by_name = Pace(100, seconds=4 * QUARTER)  # from many places; more than anybody mistypes


class SignIn(LoginView):
    """Counts failures only: who knows his password is never kept waiting by his own."""

    template_name = "login.html"

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Sign in. Raises TooMany before the password is looked at."""
        for pace, key in self._paces():
            pace.require_left(key)
        return super().post(request, *args, **kwargs)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        """Count the failure, show the form again."""
        for pace, key in self._paces():
            pace.count(key)
        return super().form_invalid(form)

    def _paces(self) -> tuple[tuple[Pace, str], ...]:
        name, address = self.request.POST.get("username", "").casefold()[:150], caller(self.request)
        pair = f"{name} {address}" if address else ""
        return (_by_name_and_address, pair), (_by_address, address), (_by_name, name)


def forget() -> None:
    """Let everybody try anew."""
    for pace in (_by_name_and_address, _by_address, _by_name):
        pace.forget()
