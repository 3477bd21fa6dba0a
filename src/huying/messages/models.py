"""Outlets that subscribed, and the outbox. Rows change only through `actions`."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from huying.messages.states import MessageState, OutletKind, Topic


class Outlet(models.Model):
    """A channel that somebody subscribed: a group robot, an SMS gateway."""

    name = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=OutletKind.choices())
    sealed = models.BinaryField()  # address, secret and recipients, encrypted (policy/sealing.py)
    area_code = models.CharField(max_length=24, blank=True)  # serves this area and below; "" = every area
    unit_id = models.BigIntegerField(null=True)  # org.Unit it serves; null = every unit
    topics = ArrayField(models.CharField(max_length=24, choices=Topic.choices()))
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="outlet_name_once", fields=["name"]),
            models.CheckConstraint(
                name="outlet_kind_known", condition=Q(kind__in=[kind.value for kind in OutletKind])
            ),
        ]


class Pace(models.Model):
    """How fast an outlet is spoken to. A table of its own, since every delivery locks the row."""

    outlet = models.OneToOneField(Outlet, primary_key=True, on_delete=models.PROTECT)
    tokens = models.FloatField(default=0)  # requests that may be sent at filled_at
    filled_at = models.DateTimeField(null=True)  # null = never used: full
    tried_at = models.DateTimeField(null=True)  # last claim
    blocked_until = models.DateTimeField(null=True)  # after a rate limit or a failure
    failures = models.PositiveIntegerField(default=0)  # in a row


class Message(models.Model):
    """One thing to be told to one outlet: made with the case, in its transaction."""

    id = models.UUIDField(primary_key=True)  # version 7; the receiver drops what it has seen
    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, db_index=False, related_name="messages")
    topic = models.CharField(max_length=24, choices=Topic.choices())
    subject = models.CharField(max_length=64)  # public number of the case
    facts = models.JSONField()  # policy/events.py: no personal data
    created_at = models.DateTimeField()  # of the event
    state = models.CharField(
        max_length=16, choices=MessageState.choices(), default=MessageState.PENDING.value
    )
    attempt = models.PositiveIntegerField(default=0)  # fencing token: only the last claimant may complete
    forgiven = models.PositiveIntegerField(db_default=0)  # attempts before it was revived
    next_attempt_at = models.DateTimeField(db_default=Now())  # database clock: web clocks may differ
    claimed_at = models.DateTimeField(null=True)  # database clock
    claimed_by = models.CharField(max_length=100, blank=True)  # host, process id and thread
    receipt = models.CharField(max_length=200, blank=True)  # what the provider answered
    last_error = models.CharField(max_length=300, blank=True)  # one sentence
    ended_at = models.DateTimeField(null=True)  # delivered or given up

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="message_state_known", condition=Q(state__in=[state.value for state in MessageState])
            ),
            models.CheckConstraint(
                name="message_running_is_claimed",
                condition=~Q(state=MessageState.RUNNING.value) | Q(claimed_at__isnull=False, attempt__gt=0),
            ),
            models.CheckConstraint(
                name="message_ended_has_time",
                condition=Q(
                    state__in=[MessageState.PENDING.value, MessageState.RUNNING.value], ended_at__isnull=True
                )
                | Q(
                    state__in=[MessageState.DELIVERED.value, MessageState.DEAD.value], ended_at__isnull=False
                ),
            ),
        ]
        indexes = [
            models.Index(  # claiming: what of an outlet is due
                name="message_to_send",
                fields=["outlet", "next_attempt_at"],
                condition=Q(state=MessageState.PENDING.value),
            ),
            models.Index(  # the reaper: claims of dead workers
                name="message_claimed", fields=["claimed_at"], condition=Q(state=MessageState.RUNNING.value)
            ),
            models.Index(  # dead letters of an outlet, newest first: accounts, revive
                name="message_dead", fields=["outlet", "-id"], condition=Q(state=MessageState.DEAD.value)
            ),
            models.Index(name="message_of_outlet", fields=["outlet", "state"]),  # counting by state
        ]


class Tally(models.Model):
    """How many messages a statement made: written by a trigger, so that a lost row is missed.

    The worker adds rows of one outlet up to one.
    """

    outlet = models.ForeignKey(Outlet, on_delete=models.PROTECT, related_name="+")
    created = models.BigIntegerField()


class Revision(models.Model):
    """One row: a token that changes with every edit of outlets. Caches compare it."""

    token = models.UUIDField()  # random, so that a rolled-back edit never looks like a later one

    class Meta:
        constraints = [models.CheckConstraint(name="outbox_revision_single", condition=Q(id=1))]
