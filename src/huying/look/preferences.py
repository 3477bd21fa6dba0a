"""How somebody wants to read: light or dark, ordinary or large letters. Kept in two cookies, no account."""

from dataclasses import dataclass
from typing import TypeVar

from django.http import HttpRequest

from huying.shared.words import Word

Choice = TypeVar("Choice", bound=Word)

YEAR_SECONDS = 365 * 24 * 3600


class Theme(Word):
    """Light or dark."""

    AUTO = "auto", "跟随系统"
    LIGHT = "light", "浅色"
    DARK = "dark", "深色"


class Text(Word):
    """The size of letters and targets."""

    ORDINARY = "ordinary", "标准字"
    LARGE = "large", "大字（适老）"


@dataclass(frozen=True, slots=True)
class Preferences:
    theme: Theme = Theme.AUTO
    text: Text = Text.ORDINARY


def preferences(request: HttpRequest) -> Preferences:
    """Return what the cookies say; what they cannot say is as for somebody new."""
    theme, text = request.COOKIES.get("theme", ""), request.COOKIES.get("text", "")
    return Preferences(_one_of(Theme, theme, Theme.AUTO), _one_of(Text, text, Text.ORDINARY))


def _one_of(words: type[Choice], value: str, otherwise: Choice) -> Choice:
    return words(value) if value in set(words) else otherwise


def look(request: HttpRequest) -> dict[str, object]:
    """Context of every page."""
    return {"look": preferences(request), "themes": list(Theme), "text_sizes": list(Text)}
