"""The append-only log. A trigger refuses UPDATE, DELETE and TRUNCATE (migration 0002)."""

from django.db import models


class Entry(models.Model):
    """One thing somebody did. Leaf numbers of the Merkle tree get a table of their own."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=64)  # pseudonym: "staff:12", "system"
    verb = models.CharField(max_length=32)
    subject = models.CharField(max_length=80)  # public id: "case:HY-…"
    before = models.CharField(max_length=32, blank=True)
    after = models.CharField(max_length=32, blank=True)
    commitment = models.BinaryField(max_length=32)  # HMAC-SHA-256(salt, payload)

    class Meta:
        indexes = [
            models.Index(name="ledger_entry_subject", fields=["subject", "id"]),  # history of one thing
        ]


class Opening(models.Model):
    """What opens a commitment. Deleting a row erases the payload and leaves the log valid."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    salt = models.BinaryField(max_length=32)
    payload = models.TextField()  # canonical JSON, byte for byte as committed
