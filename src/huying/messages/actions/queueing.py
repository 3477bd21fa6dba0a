"""From what happened to rows of the outbox, for the statement that writes what happened."""

from collections.abc import Sequence

from huying.database import hot
from huying.messages.policy.events import Event
from huying.messages.queries import subscribers
from huying.messages.states import MessageState
from huying.shared.ids import uuid7

TABLE = "outbox_message"
_NONE = hot.Rows(TABLE, ())


def queued(events: Sequence[Event]) -> hot.Rows:
    """Return a message for each event and each outlet that wants it; no rows when nobody does.

    Written by the caller in the statement and transaction of what happened. Asks the database at most once
    a second.
    """
    wanted = subscribers()
    if not wanted:
        return _NONE
    rows = [message(each.outlet_id, event) for event in events for each in wanted if each.wants(event)]
    return hot.Rows(TABLE, rows) if rows else _NONE


def message(outlet_id: int, event: Event) -> hot.Row:
    """Return the row of one message; the database sets when it is due: now, by its own clock."""
    return {
        "id": uuid7(event.at),
        "outlet_id": outlet_id,
        "topic": event.verb,
        "subject": event.number,
        "facts": event.facts(),
        "created_at": event.at,
        "state": MessageState.PENDING,
        "attempt": 0,
        "claimed_by": "",
        "receipt": "",
        "last_error": "",
    }
