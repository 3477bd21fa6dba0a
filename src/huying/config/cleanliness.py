"""Around everything: nothing unreadable comes in, and whatever the API answers in refusal is a problem."""

from collections.abc import Callable
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from huying.config.middleware import API
from huying.config.problems import PROBLEM, in_words_of, problem, refusal
from huying.config.reading import check_cookies, check_request
from huying.look.speech import said
from huying.shared.errors import Refused
from huying.shared.sentences import to_translate as _

# What Django or ninja answer by themselves, in our words; other statuses OTHERWISE
SAID = {
    HTTPStatus.NOT_FOUND: ("NotFound", _("没有找到所请求的地址。")),
    HTTPStatus.METHOD_NOT_ALLOWED: ("WrongMethod", _("这个地址不支持此请求方法。")),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("TooLarge", _("请求内容过大。")),
    HTTPStatus.INTERNAL_SERVER_ERROR: ("Internal", _("系统内部错误，已记录。")),
}
OTHERWISE = ("Malformed", _("请求无法处理。"))


class CleanlinessMiddleware:
    """Stands first. The API looks at address and headers itself (config/api.py): there it is also counted."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        is_api = request.path_info.startswith(API)
        try:
            check_cookies(request)
            if not is_api:
                check_request(request)
        except Refused as error:
            return refusal(request, error) if is_api else _plain(request, error)
        answer = self.get_response(request)
        return (
            _problem(request, answer) if is_api and answer.status_code >= HTTPStatus.BAD_REQUEST else answer
        )


def _plain(request: HttpRequest, error: Refused) -> HttpResponse:
    with in_words_of(request):
        return HttpResponse(said(error), status=error.status)


def _problem(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Return the answer as a problem, if it is none yet."""
    if answer.headers.get("Content-Type") == PROBLEM:
        return answer
    status = HTTPStatus(answer.status_code)
    made = problem(request, status, *SAID.get(status, OTHERWISE))
    for name in ("Allow", "Retry-After"):
        if name in answer.headers:
            made.headers[name] = answer.headers[name]
    return made
