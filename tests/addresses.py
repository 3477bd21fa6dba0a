"""Every address of the site, out of the URLconf and the API's document: what is new is found by itself."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from django.urls import get_resolver
from django.urls.resolvers import URLResolver

API = "api/v1/"
PLACE = re.compile(r"<(?:\w+:)?(\w+)>|\{(\w+)\}")


@cache
def pages() -> tuple[str, ...]:
    """Return each pattern outside of the API as it stands in the addresses: `cases/<str:number>/`."""
    return tuple(sorted(each for each in _patterns(get_resolver()) if not each.startswith(API)))


@cache
def operations() -> tuple[tuple[str, str], ...]:
    """Return (method, pattern) of the API: `("GET", "api/v1/cases/{number}")`."""
    from huying.config.api import api

    paths: dict[str, Any] = api.get_openapi_schema()["paths"]
    return tuple(
        (method.upper(), path.lstrip("/")) for path, methods in sorted(paths.items()) for method in methods
    )


def filled(pattern: str, known: Mapping[str, object]) -> str:
    """Return the address of a pattern. Raises KeyError with the name of a part nobody has an example for."""
    return "/" + PLACE.sub(lambda found: str(known[found[1] or found[2]]), pattern)


def parts(pattern: str) -> set[str]:
    return {found[1] or found[2] for found in PLACE.finditer(pattern)}


def _patterns(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for each in resolver.url_patterns:
        here = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, here)
        else:
            yield here
