"""What pages are made of: words, clocks, icons, the card of a case, the line of its steps."""

from datetime import datetime

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import now

from huying.look import speech, time
from huying.shared.words import Word

register = template.Library()


@register.filter
def label(word: Word | str) -> str:
    """Return the word of an enum in the reader's language; "" for an empty field."""
    return speech.said(word) if isinstance(word, Word) else word


@register.filter
def said(thing: object) -> str:
    """Return a sentence, an office or a refusal in the reader's language."""
    return speech.said(thing)


@register.simple_tag
def icon(name: str, text: str = "") -> SafeString:
    """Return a picture of the sprite (web/icons.txt). text: what it says to who cannot see it."""
    address = f"{static('built/icons.svg')}#{name}"
    if text:
        return format_html(
            '<svg class="icon" role="img" aria-label="{}"><use href="{}"></use></svg>', text, address
        )
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}"></use></svg>', address)


@register.inclusion_tag("look/clock.html")
def clock(
    due_at: datetime | None, stage: str = "", why: str = "", since: datetime | None = None
) -> dict[str, object]:
    """Show how much time is left, of which limit, and why: colour always with words.

    due_at None: no clock runs. since: when it started. The page counts on by itself (web/src/look/clocks.ts).
    """
    at = now()
    return {
        "due_at": due_at,
        "stage": stage,
        "why": why,
        "since": since,
        "tone": time.tone(due_at, at, since) if due_at else "",
        "left": time.left(due_at, at) if due_at else "",
    }
