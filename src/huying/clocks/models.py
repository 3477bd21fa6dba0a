"""Calendars, limits and the deadlines that run under them."""

from django.db import models
from django.db.models import F, Q

from huying.clocks.states import OPEN_STATES, DeadlineState, LimitType, Stage


class CalendarEdition(models.Model):
    """One notice of the State Council about one year; the newest in force replaces the older ones."""

    year = models.PositiveSmallIntegerField()
    number = models.PositiveSmallIntegerField()  # 1 = first notice of the year
    effective_at = models.DateTimeField()  # announced; counts from this moment
    source = models.CharField(max_length=200)  # number of the notice
    working_periods = models.CharField(
        max_length=100
    )  # "08:00-12:00,14:00-18:00"; the last end closes business
    published_at = models.DateTimeField(null=True)  # imported; null = shipped with the software
    applied_at = models.DateTimeField(null=True)  # no running deadline is left behind; null = not yet

    class Meta:
        constraints = [
            models.UniqueConstraint(name="calendar_edition_once", fields=["year", "number"]),
        ]


class CalendarDay(models.Model):
    """A day that differs from, or is named within, the plain Monday-to-Friday week."""

    edition = models.ForeignKey(CalendarEdition, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()  # may lie in the neighbouring year: New Year's Day borrows from December
    name = models.CharField(max_length=40)  # the holiday: 国庆节
    is_working = models.BooleanField()  # True = make-up day

    class Meta:
        constraints = [models.UniqueConstraint(name="calendar_day_once", fields=["edition", "day"])]


class StageLimit(models.Model):
    """How long a stage may take. No row = no clock for that stage."""

    stage = models.CharField(max_length=16, choices=Stage.choices())
    urgent = models.BooleanField()
    amount = models.PositiveIntegerField()  # in units of `type`
    type = models.CharField(max_length=16, choices=LimitType.choices())

    class Meta:
        constraints = [
            models.UniqueConstraint(name="stage_limit_once", fields=["stage", "urgent"]),
            models.CheckConstraint(name="stage_limit_positive", condition=Q(amount__gt=0)),
            models.CheckConstraint(name="stage_limit_stage_known", condition=Q(stage__in=list(Stage))),
            models.CheckConstraint(name="stage_limit_type_known", condition=Q(type__in=list(LimitType))),
        ]


class Revision(models.Model):
    """One row: a token that changes with every edit of calendars or stage limits. Caches compare it."""

    token = models.UUIDField()  # random, so that a rolled-back edit never looks like a later one

    class Meta:
        constraints = [models.CheckConstraint(name="clocks_revision_single", condition=Q(id=1))]


class Deadline(models.Model):
    """A promise that runs. `due_at` follows from start, limit, extensions, pauses and calendar."""

    case_id = models.BigIntegerField()
    case_number = models.CharField(max_length=64)
    area_code = models.CharField(max_length=24, db_default="")  # of the case when it started: who is told
    assignment_id = models.BigIntegerField(null=True)  # null = the stage of the case itself
    unit_id = models.BigIntegerField(null=True)  # whose assignment it is: who is told
    stage = models.CharField(max_length=16, choices=Stage.choices())
    limit_amount = models.PositiveIntegerField()  # without extensions, in units of limit_type
    limit_type = models.CharField(max_length=16, choices=LimitType.choices())
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # null while paused
    warn_at = models.DateTimeField(null=True)  # null while paused
    calendar_edition = models.CharField(
        max_length=200, blank=True
    )  # "CN-2019.2 CN-2020.1"; blank = not needed
    provisional = models.BooleanField(default=False)  # counted through a year without calendar
    state = models.CharField(max_length=16, choices=DeadlineState.choices(), default=DeadlineState.RUNNING)
    warned_at = models.DateTimeField(null=True)
    fired_at = models.DateTimeField(null=True)  # the miss was recorded; once, for ever
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(  # also read by stop(), pause() and queries.running()
                name="deadline_one_open",
                fields=["case_id", "stage", "assignment_id"],
                condition=Q(state__in=list(OPEN_STATES)),
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="deadline_state_known", condition=Q(state__in=list(DeadlineState))),
            models.CheckConstraint(name="deadline_stage_known", condition=Q(stage__in=list(Stage))),
            models.CheckConstraint(name="deadline_limit_known", condition=Q(limit_type__in=list(LimitType))),
            models.CheckConstraint(name="deadline_limit_positive", condition=Q(limit_amount__gt=0)),
            models.CheckConstraint(
                name="deadline_running_is_due",
                condition=~Q(state=DeadlineState.RUNNING) | Q(due_at__isnull=False, warn_at__isnull=False),
            ),
            models.CheckConstraint(
                name="deadline_paused_not_due",
                condition=~Q(state=DeadlineState.PAUSED) | Q(due_at__isnull=True, fired_at__isnull=True),
            ),
            models.CheckConstraint(
                name="deadline_never_early",
                condition=Q(fired_at__isnull=True) | Q(fired_at__gte=F("due_at")),
            ),
            models.CheckConstraint(
                name="deadline_open_or_ended",
                condition=Q(state__in=list(OPEN_STATES), ended_at__isnull=True)
                | (~Q(state__in=list(OPEN_STATES)) & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(  # every miss has been fired, and only misses are late
                name="deadline_late_is_fired",
                condition=~Q(state__in=[DeadlineState.MET, DeadlineState.LATE])
                | Q(state=DeadlineState.LATE, fired_at__isnull=False)
                | Q(state=DeadlineState.MET, fired_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(  # read by sweep(): what has just run out
                name="deadline_to_fire",
                fields=["due_at"],
                condition=Q(state=DeadlineState.RUNNING, fired_at__isnull=True),
            ),
            models.Index(  # read by sweep(): what is about to run out
                name="deadline_to_warn",
                fields=["warn_at"],
                condition=Q(state=DeadlineState.RUNNING, fired_at__isnull=True, warned_at__isnull=True),
            ),
            models.Index(  # read by queries.stretch(): the list of work, overdue first
                name="deadline_next",
                fields=["due_at", "case_id"],
                condition=Q(state=DeadlineState.RUNNING) & ~Q(stage=Stage.EVALUATE),
            ),
            models.Index(name="deadline_of_case", fields=["case_id"]),  # read by queries.of_case()
        ]


class DeadlinePause(models.Model):
    """A time during which the clock stood still, after approval."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="pauses")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # null = still standing

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="deadline_one_open_pause", fields=["deadline"], condition=Q(ended_at__isnull=True)
            ),
            models.CheckConstraint(
                name="deadline_pause_forward",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at")),
            ),
        ]


class DeadlineExtension(models.Model):
    """More time, approved."""

    deadline = models.ForeignKey(Deadline, on_delete=models.CASCADE, related_name="extensions")
    amount = models.PositiveIntegerField()  # in units of the deadline's limit_type
    granted_at = models.DateTimeField()
    granted_by = models.CharField(max_length=64)  # Actor.key

    class Meta:
        constraints = [models.CheckConstraint(name="deadline_extension_positive", condition=Q(amount__gt=0))]


class SweeperState(models.Model):
    """One row: the sweeper's pulse, and whether it has stopped because the clocks disagree."""

    beat_at = models.DateTimeField(null=True)  # database clock
    worker = models.CharField(max_length=100, blank=True)  # host and process id
    halted_at = models.DateTimeField(null=True)  # null = sweeping
    skew_seconds = models.FloatField(default=0)  # wall clock minus ticks since the anchor
    anchor_wall = models.DateTimeField(null=True)  # database clock at the anchor
    anchor_ticks = models.FloatField(null=True)  # seconds since boot at the anchor
    anchor_boot = models.CharField(max_length=64, blank=True)  # the boot those ticks belong to
    agreed_ticks = models.FloatField(null=True)  # ticks since which halted clocks agree again

    class Meta:
        constraints = [models.CheckConstraint(name="sweeper_state_single", condition=Q(id=1))]
