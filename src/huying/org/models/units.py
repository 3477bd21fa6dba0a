"""Units, their posts, and the people who fill them."""

from django.db import models
from django.db.models import F, Q

from huying.org.models.spans import Span
from huying.org.states import AppointmentKind, Employment, UnitKind


class Unit(models.Model):
    """One organisation. A station has a line parent (its department) and a local one (the street): D25."""

    code = models.CharField(max_length=64, unique=True)  # public, never used again
    name = models.CharField(max_length=128)
    kind = models.CharField(max_length=24, choices=UnitKind.choices())
    line_parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="line_children"
    )  # 条
    local_parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="local_children"
    )  # 块
    area = models.ForeignKey("places.Area", models.PROTECT, null=True, blank=True, related_name="units")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unit_kind_known", condition=Q(kind__in=[each.value for each in UnitKind])
            ),
            models.CheckConstraint(name="unit_code_and_name_given", condition=~Q(code="") & ~Q(name="")),
            models.CheckConstraint(  # longer circles are refused by a trigger
                name="unit_not_its_own_parent",
                condition=~Q(line_parent=F("id")) & ~Q(local_parent=F("id")),
            ),
        ]
        indexes = [  # read by the search for the duty room of an area
            models.Index(name="unit_kind_area", fields=["kind", "area"], condition=Q(closed_at=None))
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.code}）"


class BranchBuilding(models.Model):
    """A stairwell party branch covers this building; one branch may cover several (A09)."""

    branch = models.ForeignKey(Unit, models.CASCADE, related_name="branch_buildings")
    building = models.ForeignKey("places.Building", models.CASCADE, related_name="party_branches")

    class Meta:
        constraints = [
            models.UniqueConstraint(name="branch_building_once", fields=["branch", "building"]),
        ]


class Post(models.Model):
    """A seat in a unit, filled by appointment."""

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="posts")
    name = models.CharField(max_length=64)
    is_head = models.BooleanField(default=False)  # who holds it leads the unit

    class Meta:
        constraints = [models.UniqueConstraint(name="post_once_in_unit", fields=["unit", "name"])]


class Staff(models.Model):
    """Somebody who works for a unit, with or without an account."""

    user = models.OneToOneField("org.User", models.SET_NULL, null=True, blank=True, related_name="staff")
    number = models.CharField(max_length=32, unique=True, null=True, blank=True)  # the employer's own number
    name = models.CharField(max_length=64)
    phone = models.CharField(
        max_length=32, blank=True
    )  # the work phone: shown to the public for grid workers
    employment = models.CharField(max_length=12, choices=Employment.choices())
    workload_weight = models.DecimalField(
        max_digits=3, decimal_places=2, default=1
    )  # share of a full-time worker
    is_party_member = models.BooleanField(
        null=True, blank=True
    )  # null = not stated; only counted (A19), never listed
    left_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="staff_named", condition=~Q(name="")),
            models.CheckConstraint(
                name="staff_employment_known", condition=Q(employment__in=[each.value for each in Employment])
            ),
            models.CheckConstraint(
                name="staff_weight_is_a_share", condition=Q(workload_weight__gt=0, workload_weight__lte=1)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Appointment(Span):
    """A person fills a post; one may fill several at a time (D23)."""

    staff = models.ForeignKey(Staff, models.PROTECT, related_name="appointments")
    post = models.ForeignKey(Post, models.PROTECT, related_name="appointments")
    kind = models.CharField(max_length=12, choices=AppointmentKind.choices())

    class Meta(Span.Meta):
        constraints = [
            *Span.Meta.constraints,
            models.CheckConstraint(
                name="appointment_kind_known", condition=Q(kind__in=[each.value for each in AppointmentKind])
            ),
            models.UniqueConstraint(
                name="appointment_once", fields=["staff", "post"], condition=Q(ends_at=None)
            ),
            models.UniqueConstraint(
                name="appointment_one_substantive",
                fields=["staff"],
                condition=Q(ends_at=None, kind=AppointmentKind.SUBSTANTIVE.value),
            ),
        ]


class Training(models.Model):
    """A course passed, on the way to the all-round grid worker (A32)."""

    staff = models.ForeignKey(Staff, models.CASCADE, related_name="trainings")
    subject = models.CharField(max_length=64)
    passed_on = models.DateField()
    valid_until = models.DateField(null=True, blank=True)  # null = does not expire

    class Meta:
        constraints = [
            models.UniqueConstraint(name="training_once_a_day", fields=["staff", "subject", "passed_on"]),
        ]
