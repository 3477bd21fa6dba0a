"""Files that were uploaded and wait to be applied."""

import uuid

from django.db import models
from django.db.models import F, Q

from huying.administration.states import TableName


class Upload(models.Model):
    """One file of one person. Deleted with all it holds when its time is over."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    table = models.CharField(max_length=24, choices=TableName.choices())
    owner = models.CharField(max_length=64)  # Actor.key: nobody else sees it
    filename = models.CharField(max_length=200)
    content = models.BinaryField()  # as it came; emptied when applied
    digest = models.CharField(max_length=64)  # SHA-256 of the content, hexadecimal
    sheet = models.PositiveSmallIntegerField(default=0)  # counted from 0
    header_row = models.IntegerField(null=True)  # counted from 0; null = none recognised
    mapping = models.JSONField(default=dict)  # field → column counted from 0, -1 = not in the file
    options = models.JSONField(default=dict)  # what else was said with the file: scheme, first day
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    outcome = models.JSONField(default=dict)  # what the application did: verdict → rows

    class Meta:
        constraints = [
            models.CheckConstraint(name="upload_expires_later", condition=Q(expires_at__gt=F("created_at"))),
            models.CheckConstraint(
                name="upload_table_known", condition=Q(table__in=[each.value for each in TableName])
            ),
        ]
        indexes = [  # read by clear_uploads
            models.Index(name="upload_by_expiry", fields=["expires_at"])
        ]
