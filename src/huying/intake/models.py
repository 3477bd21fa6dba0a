"""What was turned away at the door, and how much came to it. No personal data."""

from django.db import models
from django.db.models import Q

from huying.intake.states import Outcome


class Rejected(models.Model):
    """One thing that was turned away. Of what was sent only marks are kept, never the words."""

    at = models.DateTimeField()
    source = models.CharField(max_length=64)  # as of a case; "anonymous" with an invalid token
    way = models.CharField(max_length=64)  # "POST /reports", "import pingshan"
    line = models.PositiveIntegerField(null=True)  # of a bulk request or a file
    status = models.PositiveSmallIntegerField()  # HTTP
    reason = models.CharField(max_length=32)  # code of the refusal
    sentence = models.CharField(max_length=300)  # what the sender read, without what he had written himself
    key_mark = models.BinaryField(max_length=32, null=True)  # HMAC-SHA-256 of the idempotency key
    body_mark = models.BinaryField(max_length=32, null=True)  # HMAC-SHA-256 of the body; null: never read
    size = models.BigIntegerField()  # bytes of the body as announced or read

    class Meta:
        indexes = [
            models.Index(name="rejected_source", fields=["source", "-at"]),  # reject: the cap of an hour
            models.Index(name="rejected_at", fields=["-at"]),  # queries.rejected; actions.forget
        ]


class Tally(models.Model):
    """How often something had an outcome: one row for a source, a day, an outcome and a reason."""

    source = models.CharField(max_length=64)
    day = models.DateField()  # in China
    outcome = models.CharField(max_length=12, choices=Outcome.choices())
    reason = models.CharField(max_length=32, blank=True)  # code of the refusal; "" for what is no refusal
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(  # by day: queries.accounts reads a window
                name="tally_once", fields=["day", "source", "outcome", "reason"]
            ),
            models.CheckConstraint(
                name="tally_outcome_known", condition=Q(outcome__in=[word.value for word in Outcome])
            ),
            models.CheckConstraint(
                name="tally_reason_of_a_refusal",
                condition=Q(outcome=Outcome.REJECTED.value) ^ Q(reason=""),
            ),
        ]


class Journal(models.Model):
    """How far a file of counts has been added to the tallies (`intake/counting.py`)."""

    name = models.CharField(max_length=64, unique=True)
    folded = models.BigIntegerField(default=0)  # bytes
    is_done = models.BooleanField(default=False)  # its writer is gone and nothing is left in it
    at = models.DateTimeField()
