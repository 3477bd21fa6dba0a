"""Words are looked up in the text and in the place of open cases alike."""

import django.contrib.postgres.indexes
from django.db import migrations, models

import huying.cases.models

OPEN = ["accepted", "handled", "in_hand", "reported", "suspended"]
WORDS = """
CREATE FUNCTION cases_words(words text, place text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT ARRAY(
        SELECT substr(words || ' ' || place, at, 2) FROM generate_series(1, length(words || place)) AS at
    )
$$
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0004_released_and_joined")]

    operations = [
        migrations.RunSQL(WORDS, "DROP FUNCTION cases_words(text, text)"),
        migrations.AddIndex(
            model_name="case",
            index=django.contrib.postgres.indexes.GinIndex(
                huying.cases.models.Words("text", "place_text"),
                condition=models.Q(("state__in", OPEN)),
                name="case_words",
            ),
        ),
        migrations.RemoveIndex(model_name="case", name="case_text"),
    ]
