"""People at work over HTTP: signed in by the page, then with cookie and token against forgery."""

import re
from http.cookiejar import CookieJar
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, build_opener

TOKEN_FIELD = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


def sign_in(port: int, username: str, password: str) -> str:
    """Sign in as a person does; return the header lines of every later request, each with its line end."""
    jar = CookieJar()
    opener = build_opener(HTTPCookieProcessor(jar))
    address = f"http://127.0.0.1:{port}/login/"
    page = opener.open(address).read().decode()
    found = TOKEN_FIELD.search(page)
    fields = {"csrfmiddlewaretoken": found[1] if found else "", "username": username, "password": password}
    opener.open(address, urlencode(fields | {"next": "/healthz"}).encode())
    cookies = {cookie.name: cookie.value for cookie in jar}
    if "sessionid" not in cookies:
        raise RuntimeError(f"{username} could not sign in")
    held = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return f"Cookie: {held}\r\nX-CSRFToken: {cookies['csrftoken']}\r\n"


def get(path: str, headers: str) -> bytes:
    """Return a GET as it goes over the wire."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


def post(path: str, headers: str, body: bytes) -> bytes:
    """Return a POST of JSON as it goes over the wire."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n{headers}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
