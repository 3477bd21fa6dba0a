"""Categories, their filing conditions and the duty lists, by edition."""

from django.db import models
from django.db.models import F, Q

from huying.catalogue.states import IN_FORCE, LIMIT_TYPES, DutyList, EditionState, Kind, Level, Part
from huying.shared.words import Word

_LIMIT_CHOICES = [(value, value) for value in LIMIT_TYPES]


def _values(words: type[Word]) -> list[str]:
    return [word.value for word in words]


def _limit_is_whole(name: str) -> models.CheckConstraint:
    """Both halves of a limit or neither."""
    return models.CheckConstraint(
        name=name,
        condition=Q(limit_amount=None, limit_type="") | Q(limit_amount__gt=0, limit_type__in=LIMIT_TYPES),
    )


class Edition(models.Model):
    """One version of one catalogue. Cases refer to its rows, so a later edition never changes them.

    Once in force, a trigger refuses to change or remove its rows, and to add any when it is published.
    """

    scheme = models.CharField(max_length=40)  # which catalogue: "GB/T 30428 运城", "pingshan"
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=12, choices=EditionState.choices(), default=EditionState.DRAFT.value)
    effective_from = models.DateField()
    effective_to = models.DateField(null=True)  # last day in force; null = until a later edition begins
    source = models.CharField(max_length=200, blank=True)  # file or document it came from
    digest = models.BinaryField(default=b"")  # SHA-256 of the rows as read; tells a repeated import
    default_limit_amount = models.PositiveIntegerField(default=5)  # for a category that states no limit
    default_limit_type = models.CharField(max_length=16, choices=_LIMIT_CHOICES, default="work_days")

    class Meta:
        constraints = [
            # read by queries.category and queries.edition: the edition of a scheme on a day
            models.UniqueConstraint(name="edition_start_once", fields=["scheme", "effective_from"]),
            models.CheckConstraint(
                name="edition_ends_after_start",
                condition=Q(effective_to=None) | Q(effective_to__gte=F("effective_from")),
            ),
            models.CheckConstraint(name="edition_state_known", condition=Q(state__in=_values(EditionState))),
            models.CheckConstraint(
                name="edition_default_limit",
                condition=Q(default_limit_amount__gt=0, default_limit_type__in=LIMIT_TYPES),
            ),
        ]

    @property
    def in_force(self) -> bool:
        return self.state in IN_FORCE


class Category(models.Model):
    """One node of the tree main > sub > leaf. A case refers to the deepest one known."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="categories")
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=8, choices=Kind.choices())
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    root = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+"
    )  # main category; null = itself
    depth = models.PositiveSmallIntegerField()  # 1 = main category
    position = models.PositiveIntegerField()  # order in the source
    level = models.CharField(max_length=12, choices=Level.choices(), blank=True)  # "" = the parent's
    self_handling = models.BooleanField(default=False)  # a grid worker may close it on the spot
    urgent = models.BooleanField(default=False)
    limit_amount = models.PositiveIntegerField(null=True)  # stated for the category itself
    limit_type = models.CharField(max_length=16, choices=_LIMIT_CHOICES, blank=True)

    class Meta:
        constraints = [
            # read by queries.category and actions.ensure_category
            models.UniqueConstraint(name="category_code_once", fields=["edition", "code"]),
            models.UniqueConstraint(
                name="category_name_once", fields=["edition", "kind", "parent", "name"], nulls_distinct=False
            ),
            models.CheckConstraint(
                name="category_root_is_main",
                condition=Q(depth=1, parent=None, root=None)
                | Q(depth__gt=1, parent__isnull=False, root__isnull=False),
            ),
            models.CheckConstraint(name="category_kind_known", condition=Q(kind__in=_values(Kind))),
            models.CheckConstraint(name="category_level_known", condition=Q(level__in=["", *_values(Level)])),
            _limit_is_whole("category_limit_whole"),
        ]


class Condition(models.Model):
    """When a case of the category is filed and closed, how long that may take, and who does it."""

    category = models.ForeignKey(Category, models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField()  # order within the category; the gravest comes first
    filing = models.TextField()  # 立案条件
    closing = models.TextField(blank=True)  # 结案条件
    limit_amount = models.PositiveIntegerField()
    limit_type = models.CharField(max_length=16, choices=_LIMIT_CHOICES)
    limit_text = models.CharField(max_length=60)  # as the source states it
    urgent = models.BooleanField(default=False)
    lead_text = models.TextField(blank=True)  # 处置单位 as the source states it
    supervisor_text = models.TextField(blank=True)  # 主管部门
    co_text = models.TextField(blank=True)  # 协同单位
    line = models.PositiveIntegerField()  # of the source file

    class Meta:
        constraints = [
            # read by queries.filing and queries.conditions
            models.UniqueConstraint(name="condition_number_once", fields=["category", "number"]),
            models.CheckConstraint(
                name="condition_limit", condition=Q(limit_amount__gt=0, limit_type__in=LIMIT_TYPES)
            ),
        ]


class ConditionUnit(models.Model):
    """The unit that a name in a condition's texts stands for. Kept apart, because units come and go."""

    condition = models.ForeignKey(Condition, models.CASCADE, related_name="units")
    unit = models.ForeignKey("org.Unit", models.PROTECT, related_name="+")
    part = models.CharField(max_length=12, choices=Part.choices())

    class Meta:
        constraints = [
            # read by queries.condition_units
            models.UniqueConstraint(name="condition_unit_once", fields=["condition", "part", "unit"]),
            models.CheckConstraint(name="condition_unit_part", condition=Q(part__in=_values(Part))),
        ]


class DutyItem(models.Model):
    """One line of a duty list: who leads and who must answer for a kind of matter in an area."""

    edition = models.ForeignKey(Edition, models.PROTECT, related_name="duty_items")
    kind = models.CharField(max_length=8, choices=DutyList.choices())
    section = models.CharField(max_length=20)  # "§3.2"
    name = models.CharField(max_length=200)
    category_scheme = models.CharField(max_length=40)  # the catalogue `category_code` belongs to
    category_code = models.CharField(max_length=40)  # this category and everything below it
    area_prefix = models.CharField(max_length=24, blank=True)  # code of an area; "" = everywhere
    lead_unit_code = models.CharField(max_length=64)
    co_unit_codes = models.JSONField(default=list)  # units that must answer as well, in order
    level = models.CharField(max_length=12, choices=Level.choices(), blank=True)
    limit_amount = models.PositiveIntegerField(null=True)  # null = the category's limit
    limit_type = models.CharField(max_length=16, choices=_LIMIT_CHOICES, blank=True)
    basis = models.TextField(blank=True)  # law or document it rests on
    line = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="duty_section_once", fields=["edition", "kind", "section"]),
            models.CheckConstraint(name="duty_kind_known", condition=Q(kind__in=_values(DutyList))),
            models.CheckConstraint(name="duty_level_known", condition=Q(level__in=["", *_values(Level)])),
            _limit_is_whole("duty_limit_whole"),
        ]
        indexes = [  # read by queries.duty_items
            models.Index(name="duty_by_category", fields=["category_scheme", "category_code"]),
        ]
