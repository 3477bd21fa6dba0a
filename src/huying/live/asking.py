"""One request to the stream: what it brings along, and whether a page of ours sent it."""

from collections.abc import Callable, MutableMapping
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.http.request import split_domain_port, validate_host

MOST_POSITION = 4_000  # characters
HANG_UP = "huying.hang_up"  # in the scope: a function that ends the connection at once


class Asked:
    """session: key of the session cookie; after: what the browser was told last; both "" when absent."""

    __slots__ = ("_headers", "after", "hang_up", "method", "path", "session")

    def __init__(self, scope: MutableMapping[str, Any]) -> None:
        self._headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.hang_up: Callable[[], None] = scope.get(HANG_UP, lambda: None)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        shown = self._headers.get("last-event-id") or query.get("after", [""])[0]
        self.after = shown[:MOST_POSITION]
        self.session = _cookie(self._headers.get("cookie", ""), settings.SESSION_COOKIE_NAME)

    @property
    def host(self) -> str:
        """Return the name under which we are called, without the port."""
        return split_domain_port(self._headers.get("host", ""))[0]

    def is_ours(self, page_port: int | None) -> bool:
        """Tell whether the name is ours and the page that asks, if it says so, is of our own site."""
        origin = self._headers.get("origin")
        if not validate_host(self.host, settings.ALLOWED_HOSTS or [".localhost", "127.0.0.1", "[::1]"]):
            return False
        return origin is None or self._is_same(origin) or self._is_page(origin, page_port)

    def cross_origin(self, page_port: int | None) -> list[tuple[bytes, bytes]]:
        """Return the headers that let a page of the site, on its own port, read the answer."""
        origin = self._headers.get("origin", "")
        if not self._is_page(origin, page_port):
            return []
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-allow-credentials", b"true"),
            (b"vary", b"Origin"),
        ]

    def _is_same(self, origin: str) -> bool:
        return urlsplit(origin).netloc == self._headers.get("host")

    def _is_page(self, origin: str, page_port: int | None) -> bool:
        return page_port is not None and origin == f"http://{self.host}:{page_port}"


def _cookie(header: str, name: str) -> str:
    try:
        found = SimpleCookie(header).get(name)
    except CookieError:
        return ""
    return found.value if found else ""
