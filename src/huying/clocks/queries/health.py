"""Are the clocks kept? What operators look at and `huying invariants` asks."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from huying.clocks.models import Deadline, DeadlinePause, SweeperState
from huying.clocks.policy import SHANGHAI
from huying.clocks.queries.rules import calendar
from huying.clocks.states import OPEN_STATES, DeadlineState, Stage

LATE_FIRING = timedelta(seconds=60)
SILENCE = timedelta(seconds=30)  # a pulse comes every half second; far below the two minutes promised
NOTICE_MONTH = 11  # the State Council publishes next year's notice between October and December


def calendar_warnings(now: datetime) -> list[str]:
    """Name the years whose calendar is needed and missing: this year, and from 1 November the next."""
    local = now.astimezone(SHANGHAI)
    needed = [local.year, local.year + 1] if local.month >= NOTICE_MONTH else [local.year]
    known = calendar(now)
    return [
        f"缺少{year}年节假日安排，相关时限暂按周一至周五推算；请用 huying import calendar 导入"
        for year in needed
        if year not in known.editions
    ]


def sweeper_state() -> SweeperState:
    """Return the sweeper's row: pulse, and since when and by how much it distrusts the clock."""
    return SweeperState.objects.get(pk=1)


@dataclass(frozen=True, slots=True)
class SweeperHealth:
    """Whether deadlines are being fired; `text` says why not."""

    is_well: bool
    text: str
    beat_at: datetime | None
    halted_at: datetime | None
    overdue_unfired: int  # deadlines waiting more than a minute


def sweeper_health(now: datetime) -> SweeperHealth:
    """Look at the sweeper from another process. It is dead when no pulse came for 30 s."""
    state = sweeper_state()
    waiting = _unfired(now).count()
    text = _complaint(state, waiting, now)
    return SweeperHealth(not text, text or "时限巡查正常", state.beat_at, state.halted_at, waiting)


def _complaint(state: SweeperState, waiting: int, now: datetime) -> str:
    if state.halted_at:
        return f"时钟跳变{state.skew_seconds:+.0f}秒，时限巡查已停止；请核对时间后执行 huying clocks resume"
    if state.beat_at is None or now - state.beat_at > SILENCE:
        return "时限巡查没有心跳，请检查后台进程"
    return f"{waiting}个到期时限未触发" if waiting else ""


def violations(now: datetime) -> list[str]:
    """Say every broken promise of the clocks as a sentence; an empty list is what must come out."""
    return [*_not_fired(now), *_early(), *_doubled(), *_pauses_amiss(), *_ends_amiss()]


def _unfired(now: datetime) -> QuerySet[Deadline]:
    return Deadline.objects.filter(
        state=DeadlineState.RUNNING, fired_at__isnull=True, due_at__lt=now - LATE_FIRING
    )


def _not_fired(now: datetime) -> list[str]:
    return [_about(deadline, "到期超过60秒仍未触发") for deadline in _unfired(now)]


def _early() -> list[str]:
    early = Deadline.objects.filter(Q(fired_at__lt=F("due_at")) | Q(warned_at__lt=F("started_at")))
    return [_about(deadline, "提前触发") for deadline in early]


def _doubled() -> list[str]:
    open_ = Deadline.objects.filter(state__in=OPEN_STATES)
    groups = open_.values("case_number", "stage", "assignment_id").annotate(times=Count("id"))
    return [
        f"{group['case_number']}的{Stage(group['stage']).label}时限重复计时{group['times']}次"
        for group in groups.filter(times__gt=1)
    ]


def _pauses_amiss() -> list[str]:
    standing = DeadlinePause.objects.filter(ended_at__isnull=True).values("deadline_id")
    paused = Q(state=DeadlineState.PAUSED)
    lost = Deadline.objects.filter(paused).exclude(pk__in=standing)
    left = Deadline.objects.filter(~paused, pk__in=standing)
    return [_about(each, "处于暂停却没有暂停记录") for each in lost] + [
        _about(each, "没有暂停却留有未结束的暂停记录") for each in left
    ]


def _ends_amiss() -> list[str]:
    late = Deadline.objects.filter(state=DeadlineState.LATE, fired_at__isnull=True)
    met = Deadline.objects.filter(state=DeadlineState.MET, ended_at__gt=F("due_at"))
    return [_about(each, "超时完成却未触发") for each in late] + [
        _about(each, "到期后完成却记为按时") for each in met
    ]


def _about(deadline: Deadline, text: str) -> str:
    return f"{deadline.case_number}的{Stage(deadline.stage).label}时限（编号{deadline.pk}）{text}"
