"""What is asked of the database, trip by trip."""

import pytest

from huying.database.backend.prepared import Prepared, Question, Row

Trips = list[tuple[Question, ...]]


def noted(monkeypatch: pytest.MonkeyPatch) -> Trips:
    """Return the list to which every trip from now on is added."""
    made: Trips = []
    ask = Prepared.ask

    def note(prepared: Prepared, *questions: Question) -> list[list[Row]]:
        made.append(questions)
        return ask(prepared, *questions)

    monkeypatch.setattr(Prepared, "ask", note)
    return made
