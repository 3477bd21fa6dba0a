from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.db import DatabaseError, connection, transaction

from huying.ledger import actions, queries
from huying.ledger.models import Entry, Opening
from huying.ledger.policy import Entry as Act
from huying.ledger.policy import commit

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 4, 1, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


def accept() -> int:
    return actions.record(
        at=NOW, actor="staff:1", verb="accept", subject="case:HY-1", before="reported", after="accepted",
        payload={"phone": "13800000000"},
    )  # fmt: skip


def test_an_entry_holds_the_act_and_only_a_commitment_of_its_payload() -> None:
    entry = Entry.objects.get(pk=accept())
    opening = Opening.objects.get(entry=entry)

    assert (entry.actor, entry.verb, entry.subject, entry.before, entry.after) == (
        "staff:1", "accept", "case:HY-1", "reported", "accepted",
    )  # fmt: skip
    assert opening.payload == '{"phone":"13800000000"}'
    assert bytes(entry.commitment) == commit(bytes(opening.salt), opening.payload)


def test_two_equal_payloads_have_different_commitments() -> None:
    first, second = (Entry.objects.get(pk=accept()) for _ in range(2))
    assert bytes(first.commitment) != bytes(second.commitment)


def test_many_entries_keep_their_order() -> None:
    ids = actions.record_many([Act(NOW, "system", f"verb{n}", "case:HY-2") for n in range(100)])

    assert [entry.verb for entry in queries.history("case:HY-2")] == [f"verb{n}" for n in range(100)]
    assert ids == sorted(ids)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE ledger_entry SET actor = 'nobody'",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_entry CASCADE",
        "UPDATE ledger_opening SET payload = '{}'",
        "TRUNCATE ledger_opening",
    ],
)
def test_the_database_refuses_to_change_what_is_recorded(change: str) -> None:
    accept()
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            cursor.execute(change)
    assert Entry.objects.count() == 1


def test_a_forged_payload_is_found_and_an_erased_one_is_no_violation() -> None:
    entry_id = accept()
    forged = Opening(entry_id=accept(), salt=b"0" * 32, payload="{}")
    Opening.objects.filter(entry_id=forged.entry_id).delete()
    assert list(queries.violations()) == []

    forged.save(force_insert=True)
    assert list(queries.violations()) == [f"存证条目{forged.entry_id}的内容与其承诺值不符"]
    assert entry_id != forged.entry_id
