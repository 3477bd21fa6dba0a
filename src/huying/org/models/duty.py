"""Who answers for a place, who stands in, who is away, who is on duty, and what was handed over."""

from django.db import models
from django.db.models import F, Q

from huying.org.models.spans import Span
from huying.org.models.units import Staff, Unit
from huying.org.states import ChainLevel


class Responsibility(Span):
    """One person holds one level of the chain over one area, or as head over one building (A12, A18)."""

    area = models.ForeignKey(
        "places.Area", models.PROTECT, null=True, blank=True, related_name="responsibilities"
    )
    building = models.ForeignKey(
        "places.Building", models.PROTECT, null=True, blank=True, related_name="responsibilities"
    )
    level = models.CharField(max_length=16, choices=ChainLevel.choices())
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="responsibilities")
    rank = models.PositiveSmallIntegerField(default=0)  # the lowest answers first when several hold a level

    class Meta(Span.Meta):
        constraints = [
            *Span.Meta.constraints,
            models.CheckConstraint(
                name="responsibility_level_known", condition=Q(level__in=[each.value for each in ChainLevel])
            ),
            models.CheckConstraint(
                name="responsibility_one_place",
                condition=Q(area=None, building__isnull=False, level=ChainLevel.BUILDING_HEAD.value)
                | (Q(area__isnull=False, building=None) & ~Q(level=ChainLevel.BUILDING_HEAD.value)),
            ),
            models.UniqueConstraint(
                name="responsibility_once",
                fields=["area", "building", "level", "staff"],
                condition=Q(ends_at=None),
                nulls_distinct=False,
            ),
        ]


class Deputy(Span):
    """When `staff` is away, `deputy` stands in (AB角); the lowest order is asked first."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="deputies")
    deputy = models.ForeignKey(Staff, models.PROTECT, related_name="deputy_for")
    order = models.PositiveSmallIntegerField(default=0)

    class Meta(Span.Meta):
        constraints = [
            *Span.Meta.constraints,
            models.CheckConstraint(name="deputy_is_another", condition=~Q(staff=F("deputy"))),
            models.UniqueConstraint(
                name="deputy_once", fields=["staff", "deputy"], condition=Q(ends_at=None)
            ),
            models.UniqueConstraint(
                name="deputy_order_once", fields=["staff", "order"], condition=Q(ends_at=None)
            ),
        ]


class Absence(Span):
    """Somebody is away. Why is not kept: illness is nobody's business here."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="absences")


class Shift(models.Model):
    """Somebody is on duty in a unit; starts_at <= t < ends_at."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="shifts")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="shifts")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="shift_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))),
        ]
        indexes = [  # read by on_duty and the roster of a day
            models.Index(name="shift_running", fields=["unit", "ends_at"], condition=Q(cancelled_at=None))
        ]


class HandOver(models.Model):
    """What the leaving officer told the coming one. A trigger lets only the confirmation be added."""

    shift = models.OneToOneField(Shift, models.PROTECT, related_name="hand_over")  # the shift that ends
    coming = models.ForeignKey(Staff, models.PROTECT, related_name="taken_over")
    open_matters = models.TextField()
    written_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="hand_over_confirmed_after_writing",
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("written_at")),
            ),
            models.CheckConstraint(name="hand_over_says_something", condition=~Q(open_matters="")),
        ]


class BuildingVolunteer(Span):
    """A volunteer who helps the head of a building (A16)."""

    building = models.ForeignKey("places.Building", models.PROTECT, related_name="volunteers")
    staff = models.ForeignKey(Staff, models.PROTECT, related_name="volunteer_buildings")

    class Meta(Span.Meta):
        constraints = [
            *Span.Meta.constraints,
            models.UniqueConstraint(
                name="volunteer_once", fields=["building", "staff"], condition=Q(ends_at=None)
            ),
        ]
