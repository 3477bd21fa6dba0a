"""Every statement that makes messages leaves their number: a message that vanished is missed."""

from uuid import uuid4

from django.db import migrations

COUNT = """
CREATE FUNCTION outbox_count_created() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO outbox_tally (outlet_id, created) SELECT outlet_id, count(*) FROM fresh GROUP BY outlet_id;
    RETURN NULL;
END $$;
CREATE TRIGGER outbox_message_counted AFTER INSERT ON outbox_message REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_count_created();
"""
FORGET = """
DROP TRIGGER outbox_message_counted ON outbox_message;
DROP FUNCTION outbox_count_created();
"""


def seed(apps, _schema_editor):
    apps.get_model("outbox", "Revision").objects.create(id=1, token=uuid4())


class Migration(migrations.Migration):
    dependencies = [("outbox", "0001_initial")]
    operations = [
        migrations.RunSQL(COUNT, FORGET),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
