from django.db import migrations

# A draft may be changed freely; a collected edition only gains rows; a published one stays as it is.
# Of an edition in force only its last day may still be set.
FREEZE = """
CREATE FUNCTION catalogue_frozen_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    old_state text;
    new_state text;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT state INTO old_state FROM catalogue_edition WHERE id = OLD.edition_id;
        IF old_state <> 'draft' THEN
            RAISE EXCEPTION '% of an edition in force may not be changed', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        SELECT state INTO new_state FROM catalogue_edition WHERE id = NEW.edition_id;
        IF new_state = 'published' THEN
            RAISE EXCEPTION '% of a published edition may not be changed', TG_TABLE_NAME
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        RETURN NEW;
    END IF;
    RETURN OLD;
END $$;

CREATE FUNCTION catalogue_frozen_condition() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    row_state text;
BEGIN
    SELECT edition.state INTO row_state
    FROM catalogue_category category JOIN catalogue_edition edition ON edition.id = category.edition_id
    WHERE category.id = CASE TG_OP WHEN 'DELETE' THEN OLD.category_id ELSE NEW.category_id END;
    IF row_state <> 'draft' THEN
        RAISE EXCEPTION '% of an edition in force may not be changed', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE FUNCTION catalogue_frozen_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> 'draft' AND (TG_OP = 'DELETE' OR to_jsonb(OLD) - 'effective_to' <> to_jsonb(NEW) - 'effective_to')
    THEN
        RAISE EXCEPTION 'an edition in force may not be changed'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;

CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON catalogue_category
    FOR EACH ROW EXECUTE FUNCTION catalogue_frozen_row();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON catalogue_dutyitem
    FOR EACH ROW EXECUTE FUNCTION catalogue_frozen_row();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON catalogue_condition
    FOR EACH ROW EXECUTE FUNCTION catalogue_frozen_condition();
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON catalogue_edition
    FOR EACH ROW EXECUTE FUNCTION catalogue_frozen_edition();
"""
THAW = """
DROP TRIGGER frozen ON catalogue_category;
DROP TRIGGER frozen ON catalogue_dutyitem;
DROP TRIGGER frozen ON catalogue_condition;
DROP TRIGGER frozen ON catalogue_edition;
DROP FUNCTION catalogue_frozen_row();
DROP FUNCTION catalogue_frozen_condition();
DROP FUNCTION catalogue_frozen_edition();
"""


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]

    operations = [migrations.RunSQL(FREEZE, THAW)]
