"""The tree of areas and what stands in it. Rules are in `policy/`."""

from django.db import models
from django.db.models import F, Q

from huying.places.states import AreaLevel, Datum, EstateClass, Scene, SiteKind, SiteStatus


class CodeRule(models.Model):
    """How area codes below `prefix` are built; the rule with the longest matching prefix holds."""

    prefix = models.CharField(max_length=24, unique=True, blank=True)
    lengths = models.JSONField()  # {"street": 9, ...}: characters of a whole code, by level
    pattern = models.CharField(max_length=100)  # regular expression of a whole code
    source = models.CharField(max_length=200, blank=True)


class Area(models.Model):
    """One node of the tree. A child's code starts with its parent's; no code is ever used again."""

    # unique: also read by every scope check as LIKE 'prefix%' (Django adds the pattern index)
    code = models.CharField(max_length=24, unique=True)
    name = models.CharField(max_length=100)
    level = models.CharField(max_length=12, choices=AreaLevel.choices())
    parent = models.ForeignKey(
        "self", models.PROTECT, to_field="code", db_column="parent_code", null=True, related_name="children"
    )
    aliases = models.JSONField(default=list, blank=True)  # other names people write
    area_m2 = models.FloatField(null=True, blank=True)  # as published; boundaries carry their own
    opened_on = models.DateField(null=True, blank=True)  # null = since ever
    voided_on = models.DateField(null=True, blank=True)  # first day without it
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="area_level_known", condition=Q(level__in=[level.value for level in AreaLevel])
            ),
            models.CheckConstraint(
                name="area_code_starts_with_parent",
                condition=Q(parent__isnull=True) | Q(code__startswith=F("parent")) & ~Q(code=F("parent")),
            ),
            models.CheckConstraint(
                name="area_void_has_reason", condition=Q(voided_on__isnull=True) | ~Q(void_reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"


class Boundary(models.Model):
    """The outline of an area from `valid_from` (included) to `valid_to` (excluded, null = still)."""

    area = models.ForeignKey(Area, models.CASCADE, related_name="boundaries")
    geometry = models.BinaryField()  # WKB of a polygon or multipolygon, always WGS-84, degrees
    datum = models.CharField(max_length=8, choices=Datum.choices())  # what the source was drawn in
    area_m2 = models.FloatField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="boundary_days_in_order",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            models.UniqueConstraint(name="boundary_starts_once", fields=["area", "valid_from"]),
            models.UniqueConstraint(
                name="boundary_open_once", fields=["area"], condition=Q(valid_to__isnull=True)
            ),
        ]


class Estate(models.Model):
    """A named whole of buildings: residential estate, apartments, office block, park or building site."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="estates")  # usually a community
    name = models.CharField(max_length=100)
    aliases = models.JSONField(default=list, blank=True)
    scene = models.CharField(max_length=12, choices=Scene.choices(), default=Scene.RESIDENTIAL.value)
    estate_class = models.CharField(max_length=12, choices=EstateClass.choices(), blank=True)
    lng = models.FloatField(null=True, blank=True)  # WGS-84
    lat = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="estate_name_once_per_area", fields=["area", "name"]),
            models.CheckConstraint(
                name="estate_scene_known", condition=Q(scene__in=[scene.value for scene in Scene])
            ),
            models.CheckConstraint(
                name="estate_class_known",
                condition=Q(estate_class__in=["", *(each.value for each in EstateClass)]),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Building(models.Model):
    """One building of a grid. Its code is never used again after it is pulled down."""

    estate = models.ForeignKey(Estate, models.PROTECT, null=True, blank=True, related_name="buildings")
    area = models.ForeignKey(Area, models.PROTECT, related_name="buildings")  # the grid, or what is known
    code = models.CharField(max_length=32, unique=True)
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=200, blank=True)  # road and door number
    lng = models.FloatField(null=True, blank=True)  # WGS-84
    lat = models.FloatField(null=True, blank=True)
    floors = models.PositiveSmallIntegerField(null=True, blank=True)
    footprint = models.BinaryField(null=True, blank=True)  # WKB of a polygon, WGS-84; null = only a point
    voided_on = models.DateField(null=True, blank=True)
    void_reason = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="building_name_once_per_estate",
                fields=["estate", "name"],
                condition=Q(voided_on__isnull=True),
            ),
            models.CheckConstraint(
                name="building_void_has_reason", condition=Q(voided_on__isnull=True) | ~Q(void_reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.code}"


class Entrance(models.Model):
    """A stairwell (单元) of a building."""

    building = models.ForeignKey(Building, models.CASCADE, related_name="entrances")
    name = models.CharField(max_length=20)

    class Meta:
        constraints = [models.UniqueConstraint(name="entrance_once", fields=["building", "name"])]


class ServiceSite(models.Model):
    """A place that serves residents: service centre, culture home."""

    area = models.ForeignKey(Area, models.PROTECT, related_name="sites")
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=SiteKind.choices())
    status = models.CharField(max_length=12, choices=SiteStatus.choices())
    address = models.CharField(max_length=200, blank=True)
    opening_hours = models.CharField(max_length=200, blank=True)
    lng = models.FloatField(null=True, blank=True)  # WGS-84
    lat = models.FloatField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="site_name_once_per_area", fields=["area", "name"])]


class Revision(models.Model):
    """One row whose token changes with every write; processes compare it to keep their memory fresh."""

    token = models.UUIDField()

    class Meta:
        constraints = [models.CheckConstraint(name="revision_is_one_row", condition=Q(pk=1))]
