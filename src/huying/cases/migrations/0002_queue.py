"""What the list of work looks up: open cases by area and by two characters of their text."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import huying.cases.models

OPEN = ["accepted", "handled", "in_hand", "reported", "suspended"]
BIGRAMS = """
CREATE FUNCTION cases_bigrams(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY(SELECT substr(words, place, 2) FROM generate_series(1, length(words) - 1) AS place)
$$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0001_initial")]

    operations = [
        migrations.RunSQL(BIGRAMS, "DROP FUNCTION cases_bigrams(text)"),
        migrations.RemoveIndex(model_name="case", name="case_open"),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(("state__in", OPEN)),
                fields=["area_code", "category", "state", "urgent"],
                name="case_open",
                opclasses=["text_pattern_ops", "int8_ops", "text_ops", "bool_ops"],
            ),
        ),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                huying.cases.models.Bigrams("text"),
                condition=models.Q(("state__in", OPEN)),
                name="case_text",
            ),
        ),
    ]
