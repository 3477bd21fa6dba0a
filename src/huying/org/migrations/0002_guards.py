"""What a column constraint cannot say: no circle among units, and a hand-over is only ever confirmed."""

from django.db import migrations

NO_CIRCLE = """
CREATE FUNCTION org_unit_refuse_circle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- one change of parents at a time: two halves of a circle must see each other
    PERFORM pg_advisory_xact_lock(hashtext('org_unit_parents'));
    IF EXISTS (
        WITH RECURSIVE above (id) AS (
            SELECT unnest(ARRAY[NEW.line_parent_id, NEW.local_parent_id])
            UNION
            SELECT unnest(ARRAY[u.line_parent_id, u.local_parent_id]) FROM org_unit u JOIN above USING (id)
        )
        SELECT 1 FROM above WHERE id = NEW.id
    ) THEN
        RAISE EXCEPTION 'unit % would be its own ancestor', NEW.code
            USING ERRCODE = 'check_violation', CONSTRAINT = 'unit_no_circle';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER org_unit_no_circle BEFORE INSERT OR UPDATE OF line_parent_id, local_parent_id ON org_unit
    FOR EACH ROW WHEN (NEW.line_parent_id IS NOT NULL OR NEW.local_parent_id IS NOT NULL)
    EXECUTE FUNCTION org_unit_refuse_circle();
"""
NO_CIRCLE_AWAY = """
DROP TRIGGER org_unit_no_circle ON org_unit;
DROP FUNCTION org_unit_refuse_circle();
"""

ONLY_CONFIRMED = """
CREATE FUNCTION org_handover_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a hand-over is never changed, only confirmed once'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'hand_over_only_confirmed';
END $$;
CREATE TRIGGER org_handover_never_deleted BEFORE DELETE ON org_handover
    FOR EACH ROW EXECUTE FUNCTION org_handover_refuse_change();
CREATE TRIGGER org_handover_only_confirmed BEFORE UPDATE ON org_handover
    FOR EACH ROW WHEN (
        OLD.confirmed_at IS NOT NULL OR NEW.confirmed_at IS NULL
        OR (OLD.id, OLD.shift_id, OLD.coming_id, OLD.open_matters, OLD.written_at)
            IS DISTINCT FROM (NEW.id, NEW.shift_id, NEW.coming_id, NEW.open_matters, NEW.written_at)
    ) EXECUTE FUNCTION org_handover_refuse_change();
"""
ONLY_CONFIRMED_AWAY = """
DROP TRIGGER org_handover_never_deleted ON org_handover;
DROP TRIGGER org_handover_only_confirmed ON org_handover;
DROP FUNCTION org_handover_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("org", "0001_initial")]

    operations = [
        migrations.RunSQL(NO_CIRCLE, NO_CIRCLE_AWAY),
        migrations.RunSQL(ONLY_CONFIRMED, ONLY_CONFIRMED_AWAY),
    ]
