"""What happens to every line of an import, whatever it brings."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from huying.ledger.policy import Entry
from huying.places.policy.rows import Imported, Outcome, RowError
from huying.shared.errors import Refused


class Run:
    """What happened to every line of one import; `keys` are its lines with what must be unique in each."""

    def __init__(self, actor: str, now: datetime, keys: Sequence[tuple[str, str]]) -> None:
        self.actor = actor
        self.now = now
        self.lines = [line for line, _ in keys]
        self.reasons = _repeated(keys)
        self.outcomes: dict[str, Outcome] = {}
        self.entries: list[Entry] = []  # for the ledger, written once at the end

    def attempt(self, line: str, put: Callable[[], Outcome]) -> None:
        """Put one line in, or note why not. `put` undoes itself when it refuses."""
        if line in self.reasons:
            return
        try:
            self.outcomes[line] = put()
        except Refused as refused:
            self.reasons[line] = RowError.of(line, refused).reason

    def note(self, verb: str, subject: str, **payload: object) -> None:
        """Keep what one line did for the ledger."""
        self.entries.append(Entry(self.now, self.actor, verb, subject, payload=payload))

    @property
    def errors(self) -> list[RowError]:
        return [RowError(line, self.reasons[line]) for line in self.lines if line in self.reasons]

    def result(self, warnings: Sequence[str] = ()) -> Imported:
        counts = Counter(self.outcomes.values())
        return Imported(
            counts["created"], counts["changed"], counts["unchanged"], tuple(warnings), tuple(self.errors)
        )


def _repeated(keys: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the lines whose key an earlier line has, and why they are refused."""
    first: dict[str, str] = {}
    return {line: f"与{first[key]}重复（{key}）" for line, key in keys if first.setdefault(key, line) != line}
