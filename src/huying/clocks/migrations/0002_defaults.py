"""The notices of 2017 to 2026, the usual stage limits, and the rows of which there is one."""

from pathlib import Path
from uuid import uuid4

from django.db import migrations

from huying.clocks.policy import parse_toml

CALENDARS = Path(__file__).parent.parent / "calendars"
NOTICES = [
    "CN-2017.1", "CN-2018.1", "CN-2019.1", "CN-2019.2", "CN-2020.1", "CN-2020.2",
    "CN-2021.1", "CN-2022.1", "CN-2023.1", "CN-2024.1", "CN-2025.1", "CN-2026.1",
]  # fmt: skip
LIMITS = [  # stage, urgent, amount, type
    ("accept", False, 10, "urgent_minutes"),
    ("accept", True, 10, "urgent_minutes"),
    ("assign", False, 5, "urgent_minutes"),
    ("assign", True, 5, "urgent_minutes"),
    ("acknowledge", False, 30, "urgent_minutes"),
    ("acknowledge", True, 5, "urgent_minutes"),
    ("arrive", True, 20, "urgent_minutes"),
    ("verify", False, 2, "urgent_hours"),
    ("verify", True, 2, "urgent_hours"),
    ("evaluate", False, 7, "natural_days"),
    ("evaluate", True, 7, "natural_days"),
]


def seed(apps, _schema_editor):
    def model(name):
        return apps.get_model("clocks", name).objects

    for code in NOTICES:
        notice = parse_toml((CALENDARS / f"{code}.toml").read_text("utf-8"))
        edition = model("CalendarEdition").create(
            year=notice.year,
            number=notice.number,
            effective_at=notice.effective_at,
            applied_at=notice.effective_at,
            source=notice.source,
            working_periods=",".join(str(period) for period in notice.periods),
        )
        model("CalendarDay").bulk_create(
            apps.get_model("clocks", "CalendarDay")(
                edition=edition, day=day, name=rule.name, is_working=rule.is_working
            )
            for day, rule in notice.days.items()
        )
    for stage, urgent, amount, type_ in LIMITS:
        model("StageLimit").create(stage=stage, urgent=urgent, amount=amount, type=type_)
    model("Revision").create(id=1, token=uuid4())
    model("SweeperState").create(id=1)


class Migration(migrations.Migration):
    dependencies = [("clocks", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
