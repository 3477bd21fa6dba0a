"""Walks of those who patrol, the line of a walk where it was switched on, facts of buildings.

Rows change only through `actions`. Whose they are and how long they are kept: docs/rules/patrol.md.
"""

from django.db import models
from django.db.models import Q

from huying.patrol.states import FactKind


class Walk(models.Model):
    """One patrol, from setting out to coming back."""

    staff_id = models.BigIntegerField()
    area_code = models.CharField(max_length=24)  # the grid that is walked
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_tracked = models.BooleanField(default=False)  # whether points are taken now
    length_m = models.FloatField(default=0)  # of the line that was kept
    note = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(  # its index is read by queries.current
                name="walk_one_at_a_time", fields=["staff_id"], condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                name="walk_ended_is_not_tracked", condition=Q(ended_at=None) | Q(is_tracked=False)
            ),
        ]
        indexes = [
            models.Index(name="walk_of_staff", fields=["staff_id", "-started_at"]),  # queries.walks_of
            models.Index(  # queries.walks_in: what a supervisor reads
                name="walk_in_area",
                fields=["area_code", "-started_at"],
                opclasses=["text_pattern_ops", "timestamptz_ops"],
            ),
        ]


class TrackPoint(models.Model):
    """Where somebody was on a walk, while he had the line switched on."""

    walk = models.ForeignKey(Walk, on_delete=models.CASCADE, related_name="points", db_index=False)
    at = models.DateTimeField()
    lng = models.FloatField()  # WGS-84, degrees
    lat = models.FloatField()

    class Meta:
        constraints = [  # its index is read by queries.line
            models.UniqueConstraint(name="track_point_once", fields=["walk", "at"])
        ]
        indexes = [models.Index(name="track_point_age", fields=["at"])]  # actions.forget_tracks


class Fact(models.Model):
    """Something known of a building from a moment until another. What was known before is kept."""

    building_id = models.BigIntegerField()
    kind = models.CharField(max_length=12, choices=FactKind.choices())
    text = models.CharField(max_length=500)
    stated_at = models.DateTimeField()
    stated_by = models.CharField(max_length=64)  # actor key
    ended_at = models.DateTimeField(null=True)  # null = still so
    ended_by = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="fact_kind_known", condition=Q(kind__in=[kind.value for kind in FactKind])
            )
        ]
        indexes = [models.Index(name="fact_of_building", fields=["building_id", "kind"])]  # queries.facts_of
