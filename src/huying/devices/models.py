"""The register of devices. Rules are in `policy`."""

from django.db import models
from django.db.models import Q

from huying.devices.states import Condition, Kind


class Device(models.Model):
    """One camera, sensor or recorder. Video is a link to the platform that has it; none is kept here."""

    code = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12, choices=Kind.choices())
    name = models.CharField(max_length=100)
    place = models.CharField(max_length=200, blank=True)
    area_code = models.CharField(max_length=24)
    lng = models.FloatField()  # WGS-84, degrees
    lat = models.FloatField()
    heading = models.FloatField(null=True)  # degrees from north; null = all round or not known
    ai_classes = models.JSONField(default=list)  # what it recognises by itself (H04)
    stream = models.CharField(max_length=300, blank=True)  # address of the video; "" = none
    condition = models.CharField(
        max_length=8, choices=Condition.choices(), default=Condition.OFFLINE.value
    )  # as last said
    seen_at = models.DateTimeField(null=True)  # last word of it; null = never
    beat_seconds = models.PositiveIntegerField(null=True)  # how often it speaks; null = only when it changes
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="device_kind_known", condition=Q(kind__in=[each.value for each in Kind])
            ),
            models.CheckConstraint(
                name="device_condition_known", condition=Q(condition__in=[each.value for each in Condition])
            ),
            models.CheckConstraint(
                name="device_heading_in_circle",
                condition=Q(heading__isnull=True) | Q(heading__gte=0, heading__lt=360),
            ),
        ]
        indexes = [
            models.Index(  # queries: what stands in an area and below
                name="device_area",
                fields=["area_code"],
                opclasses=["text_pattern_ops"],
                condition=Q(withdrawn_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"
