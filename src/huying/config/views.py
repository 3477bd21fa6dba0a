"""The pages that belong to no package."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:  # noqa: ARG001  # Django's signature
    return render(request, "message.html", {"status": 404, "text": "没有找到这个页面。"}, status=404)


def broken(request: HttpRequest) -> HttpResponse:
    return render(request, "message.html", {"status": 500, "text": "系统内部错误,已记录。"}, status=500)
