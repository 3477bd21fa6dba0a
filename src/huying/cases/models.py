"""What is kept of a case. Rows change only through `actions.py`."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from huying.cases.states import (
    LIVE,
    OPEN,
    AssignmentState,
    Channel,
    EvidenceKind,
    Part,
    RequestKind,
    RequestState,
    ReturnReason,
    Satisfaction,
    State,
)
from huying.catalogue.states import Level

# Migrations hold plain values, so that a renamed word does not change an old migration.
_OPEN = sorted(state.value for state in OPEN)
_WAITING = [State.REPORTED.value, State.ACCEPTED.value]  # nobody has been called
_LIVE = sorted(state.value for state in LIVE)


class Bigrams(models.Func):
    """Every two neighbouring characters of a text: what searches looked up before Words (migration 0002)."""

    function = "cases_bigrams"  # made by migration 0002
    output_field = ArrayField(models.TextField())


class Words(models.Func):
    """The same of a text and a place together: one index answers where a word stands in either."""

    function = "cases_words"  # made by migration 0005
    output_field = ArrayField(models.TextField())


def _known(
    name: str, words: type[State] | type[AssignmentState] | type[RequestState]
) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(state__in=[word.value for word in words]))


class Case(models.Model):
    """One matter somebody raised, from report to close."""

    number = models.CharField(max_length=40)  # HY-330109001-20261121-00042
    state = models.CharField(max_length=16, choices=State.choices())
    source = models.CharField(max_length=48)  # who sent it: "resident", "staff:12", "token:3", "pingshan"
    source_key = models.CharField(max_length=200)  # the sender's own key; with source unique for ever
    fingerprint = models.BinaryField(max_length=32)  # SHA-256 of what was sent
    channel = models.CharField(max_length=16, choices=Channel.choices())
    reported_by = models.CharField(max_length=64)  # actor key
    imported = models.BooleanField(default=False)  # history: ran its course elsewhere

    text = models.TextField()
    category = models.ForeignKey("catalogue.Category", null=True, on_delete=models.PROTECT, db_index=False)
    condition = models.ForeignKey("catalogue.Condition", null=True, on_delete=models.PROTECT, db_index=False)
    level = models.CharField(max_length=16, choices=Level.choices(), default=Level.GRID.value)
    urgent = models.BooleanField(default=False)

    area_code = models.CharField(max_length=24)  # deepest certain area; codes are nested
    place_certain = models.BooleanField(default=True)  # False: a person must look
    place_text = models.CharField(max_length=300, blank=True)
    estate = models.ForeignKey("places.Estate", null=True, on_delete=models.PROTECT, db_index=False)
    building = models.ForeignKey("places.Building", null=True, on_delete=models.PROTECT, db_index=False)
    lng = models.FloatField(null=True)  # WGS-84, degrees
    lat = models.FloatField(null=True)

    found_at = models.DateTimeField()
    occurred_from = models.DateTimeField(null=True)
    occurred_to = models.DateTimeField(null=True)
    reported_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    assigned_at = models.DateTimeField(null=True)  # first assignment
    arrived_at = models.DateTimeField(null=True)  # first arrival
    handled_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)  # null for imported history that does not tell

    limit_amount = models.PositiveIntegerField(null=True)  # of the category, frozen at acceptance
    limit_type = models.CharField(max_length=16, blank=True)
    due_at = models.DateTimeField(null=True)  # as imported history tells; running cases have deadlines
    lead_unit = models.ForeignKey(
        "org.Unit", null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
    in_time = models.BooleanField(null=True)  # set when closed; null = not known
    resolved_level = models.CharField(max_length=16, choices=Level.choices(), blank=True)
    self_handled = models.BooleanField(default=False)
    round = models.PositiveSmallIntegerField(default=1)  # +1 by each rework and reopening
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="merged", db_index=False
    )
    moves_made = models.PositiveIntegerField(default=1)
    joined = models.PositiveIntegerField(default=0, db_default=0)  # how many others met with the same

    class Meta:
        constraints = [
            models.UniqueConstraint(name="case_number_once", fields=["number"]),
            models.UniqueConstraint(name="case_reported_once", fields=["source", "source_key"]),
            _known("case_state_known", State),
            models.CheckConstraint(
                name="case_closed_has_time",
                condition=~Q(state=State.CLOSED.value) | Q(imported=True) | Q(closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="case_in_hand_has_lead",
                condition=~Q(state__in=[State.IN_HAND.value, State.HANDLED.value, State.SUSPENDED.value])
                | Q(imported=True)
                | Q(self_handled=True)
                | Q(lead_unit__isnull=False),
            ),
            models.CheckConstraint(
                name="case_merged_has_target",
                condition=~Q(state=State.MERGED.value) | Q(merged_into__isnull=False),
            ),
            models.CheckConstraint(
                name="case_accepted_is_filed",
                condition=Q(state__in=[State.REPORTED.value, State.DECLINED.value, State.MERGED.value])
                | Q(imported=True)
                | Q(self_handled=True)
                | Q(category__isnull=False),
            ),
        ]
        indexes = [
            # queries.visible: everything in an area and below, newest first
            models.Index(
                name="case_area", fields=["area_code", "-id"], opclasses=["text_pattern_ops", "int8_ops"]
            ),
            models.Index(  # queries.queue: open cases of an area, narrowed without a look at the rows
                name="case_open",
                fields=["area_code", "category", "state", "urgent"],
                opclasses=["text_pattern_ops", "int8_ops", "text_ops", "bool_ops"],
                condition=Q(state__in=_OPEN),
            ),
            GinIndex(  # queries.queue: words of two characters and more, in open cases
                Words("text", "place_text"), name="case_words", condition=Q(state__in=_OPEN)
            ),
            models.Index(  # the alarms of the desk: urgent, and nobody called yet
                name="case_alarm",
                fields=["area_code"],
                opclasses=["text_pattern_ops"],
                condition=Q(urgent=True, state__in=_WAITING),
            ),
            models.Index(name="case_reported", fields=["reported_at"]),  # statistics of a period
            models.Index(  # what was merged into a case
                name="case_merged", fields=["merged_into"], condition=Q(merged_into__isnull=False)
            ),
            models.Index(
                name="case_reported_by", fields=["reported_by"], condition=~Q(imported=True)
            ),  # own reports
            models.Index(
                name="case_point", fields=["lat", "lng"], condition=Q(lat__isnull=False)
            ),  # duplicates
        ]


class Serial(models.Model):
    """The last number given out in a street on a day."""

    area_code = models.CharField(max_length=24)
    day = models.DateField()
    last = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(name="serial_once", fields=["area_code", "day"])]


class Reporter(models.Model):
    """Who reported. Personal data: shown masked, opened with a reason, erasable."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT)
    name = models.CharField(max_length=64, blank=True)
    phone = models.CharField(max_length=32, blank=True)
    confidential = models.BooleanField(default=False)


class Assignment(models.Model):
    """One unit called to one case in one round."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="assignments")
    unit = models.ForeignKey("org.Unit", on_delete=models.PROTECT, db_index=False, related_name="+")
    part = models.CharField(max_length=8, choices=Part.choices())
    state = models.CharField(
        max_length=16, choices=AssignmentState.choices(), default=AssignmentState.CALLED.value
    )
    round = models.PositiveSmallIntegerField(default=1)
    final = models.BooleanField(default=False)  # designated after a dispute: cannot be returned
    called_at = models.DateTimeField()
    called_by = models.CharField(max_length=64)
    acknowledged_at = models.DateTimeField(null=True)
    arrived_at = models.DateTimeField(null=True)
    arrival_m = models.FloatField(null=True)  # distance from the place of the case, metres
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            _known("assignment_state_known", AssignmentState),
            models.UniqueConstraint(
                name="assignment_live_once",
                fields=["case", "unit"],
                condition=Q(state__in=_LIVE),
            ),
        ]
        indexes = [
            models.Index(
                name="assignment_unit", fields=["unit", "-id"]
            ),  # a unit's cases (visible, day plan)
        ]


class Request(models.Model):
    """A unit asks to return, extend, pass on or suspend; the clock runs on until somebody else decides."""

    assignment = models.ForeignKey(Assignment, on_delete=models.PROTECT, related_name="requests")
    kind = models.CharField(max_length=16, choices=RequestKind.choices())
    state = models.CharField(
        max_length=16, choices=RequestState.choices(), default=RequestState.PENDING.value
    )
    reason_code = models.CharField(max_length=16, choices=ReturnReason.choices(), blank=True)
    reason = models.TextField()
    amount = models.PositiveIntegerField(null=True)  # extension, in the unit of the limit
    to_unit = models.ForeignKey("org.Unit", null=True, on_delete=models.PROTECT, related_name="+")  # transfer
    asked_at = models.DateTimeField()
    asked_by = models.CharField(max_length=64)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        constraints = [
            _known("request_state_known", RequestState),
            models.UniqueConstraint(
                name="request_pending_once",
                fields=["assignment", "kind"],
                condition=Q(state=RequestState.PENDING.value),
            ),
        ]


class Move(models.Model):
    """One step in the life of a case: who, when, what, why."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="history", db_index=False)
    seq = models.PositiveIntegerField()
    verb = models.CharField(max_length=16)
    before = models.CharField(max_length=16, blank=True)
    after = models.CharField(max_length=16)
    at = models.DateTimeField()
    actor = models.CharField(max_length=64)  # pseudonym
    opinion = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    public = models.BooleanField(default=False)  # part of what the resident sees
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT, db_index=False)
    entry = models.OneToOneField("ledger.Entry", on_delete=models.PROTECT)

    class Meta:
        constraints = [models.UniqueConstraint(name="move_in_order", fields=["case", "seq"])]


class Evidence(models.Model):
    """One photo: re-encoded without metadata; what the metadata said is kept beside it."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evidence")
    assignment = models.ForeignKey(Assignment, null=True, on_delete=models.PROTECT)
    kind = models.CharField(max_length=16, choices=EvidenceKind.choices())
    sha256 = models.CharField(max_length=64)  # of the file kept, hex; also its name
    original_sha256 = models.CharField(max_length=64)  # of the file sent, hex
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    taken_at = models.DateTimeField(null=True)  # claim of the device
    lng = models.FloatField(null=True)  # claim of the device, WGS-84
    lat = models.FloatField(null=True)
    added_at = models.DateTimeField()
    added_by = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="evidence_once", fields=["case", "original_sha256", "kind"])
        ]


class Evaluation(models.Model):
    """What the resident says of the result, one for each round."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="evaluations")
    round = models.PositiveSmallIntegerField()
    satisfaction = models.CharField(max_length=16, choices=Satisfaction.choices())
    solved = models.BooleanField()
    text = models.TextField(blank=True)
    called_back = models.BooleanField(default=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(name="evaluation_once", fields=["case", "round"])]


class Release(models.Model):
    """What everybody may read of a case: a text without persons and a place made coarse."""

    case = models.OneToOneField(Case, primary_key=True, on_delete=models.PROTECT)
    text = models.TextField()
    lng = models.FloatField(null=True)  # middle of a cell of the raster, WGS-84; policy/release.py
    lat = models.FloatField(null=True)
    released_at = models.DateTimeField()
    released_by = models.CharField(max_length=64)
    withdrawn_at = models.DateTimeField(null=True)  # null = everybody may read it

    class Meta:
        indexes = [
            models.Index(  # queries.released: what is public, newest first
                name="release_public", fields=["-released_at"], condition=Q(withdrawn_at__isnull=True)
            )
        ]


class Joined(models.Model):
    """Somebody met with the same trouble as a case that was already there."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="joins", db_index=False)
    by = models.CharField(max_length=64)  # a digest that names nobody and is another for each case
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="joined_once", fields=["case", "by"])]


class Answered(models.Model):
    """What was answered to a write that carried an idempotency key: a repetition gets the same answer."""

    actor = models.CharField(max_length=64)
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)  # SHA-256 of verb and body
    answer = models.TextField(
        null=True
    )  # JSON, byte for byte; null only inside the transaction that makes it
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(name="answered_once", fields=["actor", "key"])]
