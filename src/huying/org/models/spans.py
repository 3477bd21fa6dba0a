"""Rows that hold for a while: from a moment on, until another or until further notice."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class Span(models.Model):
    """Holds at t when starts_at <= t < ends_at."""

    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True, blank=True)  # null = until further notice

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_ends_after_start",
                condition=Q(ends_at=None) | Q(ends_at__gt=models.F("starts_at")),
            )
        ]


def holds(at: datetime | Now, path: str = "") -> Q:
    """Return the condition that a span holds at `at`; path: lookup of the span, e.g. "post__"."""
    open_ended = Q(**{f"{path}ends_at": None})
    return Q(**{f"{path}starts_at__lte": at}) & (open_ended | Q(**{f"{path}ends_at__gt": at}))
