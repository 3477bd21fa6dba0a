"""What pages of the grid tell the phone."""

from django import template
from django.urls import reverse

from huying.patrol.offline import OFFLINE_PAGES

register = template.Library()


@register.simple_tag
def offline_pages() -> str:
    """Return the addresses of the pages a phone keeps, with spaces between."""
    return " ".join(reverse(name) for name in OFFLINE_PAGES)
