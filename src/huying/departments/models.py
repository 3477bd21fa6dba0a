"""Who of a unit goes to which case on which day. Rows change only through `actions.py`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class Visit(models.Model):
    """One case in the day plan of a unit. It tells when to go, not what was done: that is in the case."""

    unit_id = models.BigIntegerField()
    case_number = models.CharField(max_length=40)
    day = models.DateField()
    at = models.TimeField(null=True)  # null = some time that day
    goes = ArrayField(models.BigIntegerField(), default=list)  # ids of staff
    note = models.CharField(max_length=200, blank=True)
    planned_at = models.DateTimeField()
    planned_by = models.CharField(max_length=64)  # actor key

    class Meta:
        constraints = [  # its index is read by queries.visits: the day of a unit
            models.UniqueConstraint(name="visit_once_a_day", fields=["unit_id", "day", "case_number"])
        ]
