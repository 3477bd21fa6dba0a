"""What dispatch remembers: who was proposed and who was chosen, and what was learned from it."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class RoutingDecision(models.Model):
    """What the centre decided beside what it was advised: the material of the override rate."""

    case_id = models.BigIntegerField()
    case_number = models.CharField(max_length=40)
    category_id = models.BigIntegerField()  # catalogue.Category, as filed at that moment
    area_code = models.CharField(max_length=20, blank=True)
    proposed = models.JSONField(default=list)  # [{unit_id, unit, probability, reasons}], best first
    model_revision = models.CharField(max_length=40, blank=True)
    proposed_unit_id = models.BigIntegerField(null=True)  # the first proposal; null = nothing was proposed
    chosen_unit_id = models.BigIntegerField()  # the lead unit
    co_unit_ids = ArrayField(models.BigIntegerField(), default=list)
    overridden = models.BooleanField(default=False)
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(proposed_unit_id__isnull=True, overridden=False)
                | Q(proposed_unit_id=F("chosen_unit_id"), overridden=False)
                | (
                    Q(proposed_unit_id__isnull=False, overridden=True)
                    & ~Q(proposed_unit_id=F("chosen_unit_id"))
                ),
                name="routingdecision_overridden_is_true_to_the_units",
            ),
        ]
        indexes = [
            models.Index("case_id", name="routingdecision_case"),  # read by the case page
            models.Index("at", name="routingdecision_at"),  # read by queries.override_rate
        ]


class ToldApart(models.Model):
    """Two cases that look alike and are not: somebody looked, and they are not shown to each other again."""

    one = models.BigIntegerField()  # cases.Case, the lower id
    other = models.BigIntegerField()
    at = models.DateTimeField()
    actor = models.CharField(max_length=40)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="toldapart_once", fields=["one", "other"]),  # read by queries.twins
            models.CheckConstraint(name="toldapart_in_order", condition=Q(one__lt=F("other"))),
        ]
        indexes = [models.Index("other", name="toldapart_other")]  # read by queries.twins


class Learned(models.Model):
    """One row: the newest model, learned by a worker, used by every web process."""

    revision = models.CharField(max_length=40)  # of the history it was learned from
    learned_at = models.DateTimeField()
    content = models.BinaryField()  # policy/keeping.py

    class Meta:
        constraints = [models.CheckConstraint(name="learned_single", condition=Q(id=1))]


class LearnedSubjects(models.Model):
    """One row: the words of past cases by category, learned by a worker, used by every web process."""

    learned_at = models.DateTimeField()
    content = models.BinaryField()  # policy/categorising.py

    class Meta:
        constraints = [models.CheckConstraint(name="learnedsubjects_single", condition=Q(id=1))]
