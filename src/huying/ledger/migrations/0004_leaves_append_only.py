"""Leaves and checkpoints are as unchangeable as entries."""

from django.db import migrations

PROTECT = """
CREATE TRIGGER ledger_leaf_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_leaf
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_checkpoint_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
"""
RELEASE = """
DROP TRIGGER ledger_checkpoint_append_only ON ledger_checkpoint;
DROP TRIGGER ledger_leaf_append_only ON ledger_leaf;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_tree")]
    operations = [migrations.RunSQL(PROTECT, RELEASE)]
