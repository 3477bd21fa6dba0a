"""Which urgent cases wait is asked with every page of the desk."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_words"),
        ("catalogue", "0003_condition_units"),
        ("org", "0002_guards"),
        ("places", "0002_footprint"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("state__in", ["reported", "accepted"]),
                    ("urgent", True),
                ),
                fields=["area_code"],
                name="case_alarm",
                opclasses=["text_pattern_ops"],
            ),
        ),
    ]
