"""The append-only log. A trigger refuses UPDATE, DELETE and TRUNCATE (migrations 0002 and 0004)."""

from django.db import models
from django.db.models import Q


class TransactionId(models.Field):  # type: ignore[type-arg]
    """The 64-bit number of a transaction of PostgreSQL; never given twice by one cluster."""

    def db_type(self, connection: object) -> str:  # noqa: ARG002  # Django's signature
        return "xid8"


class CurrentTransaction(models.Func):
    """The transaction that writes."""

    function = "pg_current_xact_id"
    arity = 0
    output_field = TransactionId()


class Entry(models.Model):
    """One thing somebody did."""

    at = models.DateTimeField()
    actor = models.CharField(max_length=64)  # pseudonym: "staff:12", "system"
    verb = models.CharField(max_length=32)
    subject = models.CharField(max_length=80)  # public id: "case:HY-…"
    before = models.CharField(max_length=32, blank=True)
    after = models.CharField(max_length=32, blank=True)
    commitment = models.BinaryField(max_length=32)  # HMAC-SHA-256(salt, payload)
    # Ids are given before commit, so they say nothing about who is seen first; with this the sequencer finds
    # what was committed since it last looked.
    written_by = TransactionId(db_default=CurrentTransaction(), editable=False)

    class Meta:
        indexes = [
            models.Index(name="ledger_entry_subject", fields=["subject", "id"]),  # history of one thing
            models.Index(name="ledger_entry_written", fields=["written_by", "id"]),  # read by the sequencer
        ]


class Opening(models.Model):
    """What opens a commitment. Deleting a row erases the payload and leaves the log valid."""

    entry = models.OneToOneField(Entry, primary_key=True, on_delete=models.PROTECT)
    salt = models.BinaryField(max_length=32)
    payload = models.TextField()  # canonical JSON, byte for byte as committed


class Leaf(models.Model):
    """The place of an entry in the tree: dense from 0, in the order the sequencer met them."""

    number = models.BigIntegerField(primary_key=True)
    # Entries can't go away (trigger); a foreign key would lock each entry's row for nothing.
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, db_constraint=False)
    hash = models.BinaryField(max_length=32)  # SHA-256(0x00 || canonical JSON of the entry)

    class Meta:
        constraints = [models.CheckConstraint(name="ledger_leaf_number", condition=Q(number__gte=0))]


class Checkpoint(models.Model):
    """A root we have signed. The file in the log's folder is what the world has seen."""

    origin = models.CharField(max_length=200)  # names the log; a new one after a restore behind the last
    size = models.BigIntegerField()
    root = models.BinaryField(max_length=32)
    note = models.TextField()  # the signed note, as published
    at = models.DateTimeField()  # of this machine's clock; not signed

    class Meta:
        constraints = [
            models.UniqueConstraint(name="ledger_checkpoint_once", fields=["origin", "size"]),
            models.CheckConstraint(name="ledger_checkpoint_size", condition=Q(size__gt=0)),
        ]


class Cosignature(models.Model):
    """A witness's signature under a checkpoint. Checked before it comes here."""

    # Checkpoints can't go away (trigger). An index of its own would repeat the one below.
    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    vkey = models.CharField(max_length=300)  # of the witness
    line = models.TextField()  # as it stands in the published note
    at = models.DateTimeField()  # the witness's clock; signed by it

    class Meta:
        # Its index is read by the sequencer, which publishes the lines.
        constraints = [models.UniqueConstraint(name="ledger_cosignature_once", fields=["checkpoint", "vkey"])]


class WitnessState(models.Model):
    """How a witness last answered."""

    origin = models.CharField(max_length=200)  # of the log
    vkey = models.CharField(max_length=300)
    size = models.BigIntegerField(default=0)  # of the last checkpoint it cosigned
    asked_at = models.DateTimeField()  # this machine's clock
    problem = models.TextField(blank=True)  # why it last gave no cosignature
    forked_at = models.DateTimeField(null=True)  # since when it says that the log forks

    class Meta:
        constraints = [models.UniqueConstraint(name="ledger_witness_once", fields=["origin", "vkey"])]


class SequencerState(models.Model):
    """One row: the sequencer's pulse, and whether it refuses to sign."""

    beat_at = models.DateTimeField(null=True)  # database clock
    worker = models.CharField(max_length=100, blank=True)  # host and process id
    origin = models.CharField(max_length=200, blank=True)
    published = models.BigIntegerField(default=0)  # leaves under the last published checkpoint
    published_at = models.DateTimeField(null=True)  # database clock
    complete_below = TransactionId(null=True)  # what older transactions wrote has its leaf
    halted_at = models.DateTimeField(null=True)  # null = signing
    reason = models.TextField(blank=True)  # why it refuses

    class Meta:
        constraints = [models.CheckConstraint(name="ledger_sequencer_single", condition=Q(id=1))]
