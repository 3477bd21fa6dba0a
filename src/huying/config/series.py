"""Metrics with a label: the accounts and the side jobs, each read once for all of its metrics."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from huying.config.models import JobRun
from huying.intake import queries as intake
from huying.ledger import queries as ledger
from huying.messages import queries as messages
from huying.messages.tasks import read_clock


@dataclass(frozen=True, slots=True)
class Source:
    """What metrics are read from.

    name: the attribute behind the label; metrics: name → (meaning, attribute).
    """

    label: str
    name: str
    read: Callable[[], Sequence[Any]]
    metrics: Mapping[str, tuple[str, str]]


SOURCES = (
    Source(
        "outlet",
        "name",
        messages.accounts,
        {
            "huying_messages_created_total": ("Messages made.", "created"),
            "huying_messages_delivered": ("Messages the provider took.", "delivered"),
            "huying_messages_pending": ("Messages to be sent.", "pending"),
            "huying_messages_running": ("Messages being sent.", "running"),
            "huying_messages_dead": ("Messages given up.", "dead"),
            "huying_messages_difference": (
                "Created less delivered, pending, running and dead; must be 0.",
                "difference",
            ),
        },
    ),
    Source(
        "source",
        "source",
        lambda: intake.accounts(read_clock()),
        {
            "huying_reports_difference": (
                "Received within a week less accepted, duplicate, rejected and failed.",
                "difference",
            ),
            "huying_reports_lost": (
                "Reports acknowledged within a week and not stored; must be 0.",
                "lost",
            ),
        },
    ),
    Source(
        "witness",
        "name",
        ledger.witnesses,
        {
            "huying_ledger_witness_behind": ("Published entries a witness has not cosigned.", "behind"),
            "huying_ledger_witness_forked": ("1 when a witness says that the log forks.", "is_forked"),
        },
    ),
    Source(
        "job",
        "name",
        lambda: list(JobRun.objects.exclude(finished_at=None).order_by("name")),
        {
            "huying_job_well": ("1 when the last run of a job found nothing wrong.", "is_well"),
            "huying_job_found": ("What the last run of a job counted.", "number"),
            "huying_job_finished_seconds": ("When a job last ended, in seconds since 1970.", "finished_at"),
        },
    ),
)


def lines() -> list[str]:
    """Return every series as Prometheus reads it. Source: Prometheus text format 0.0.4."""
    return [line for source in SOURCES for line in _of(source)]


def _of(source: Source) -> list[str]:
    rows, found = source.read(), []
    for metric, (meaning, attribute) in source.metrics.items():
        kind = "counter" if metric.endswith("_total") else "gauge"
        found += [f"# HELP {metric} {meaning}", f"# TYPE {metric} {kind}"]
        for row in rows:
            label = f'{source.label}="{_escaped(getattr(row, source.name))}"'
            found.append(f"{metric}{{{label}}} {_number(getattr(row, attribute)):.15g}")
    return found


def _number(value: Any) -> float:
    return value.timestamp() if hasattr(value, "timestamp") else float(value)


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
