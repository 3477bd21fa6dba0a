"""Stories done through the real actions: nothing is broken, nothing fires early, and policies show."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db.models import F

from huying.cases import queries as cases
from huying.cases.models import Case, Move
from huying.cases.states import Verb
from huying.clocks import queries as clocks
from huying.clocks.models import Deadline
from huying.ledger import queries as ledger
from huying.org import queries as org
from huying.places import queries as places
from huying.shared.errors import Incomplete
from huying.simulation import blueprint
from huying.simulation.commands import change_rules, parsed
from huying.simulation.people import behaviour

from .conftest import ROSTERED, START, Play, build

WEEK = timedelta(days=7)


def broken(folder: Path) -> list[str]:
    at = cases.latest_moment() or START
    return [*cases.violations(at, folder), *clocks.violations(at), *ledger.violations()]


def test_every_verb_is_done_and_no_promise_is_broken(
    play: Play, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("return", "transfer", "extension", "suspension", "withdrawn"):
        monkeypatch.setitem(behaviour()["requests"], kind, 0.2)
    for group, key in (
        ("check", "failed"),
        ("resident", "dissatisfied"),
        ("grid", "escalate"),
        ("centre", "reveal"),
    ):
        monkeypatch.setitem(behaviour()[group], key, 0.2)
    monkeypatch.setitem(behaviour()["arrivals"], "duplicate", 0.2)
    monkeypatch.setitem(behaviour()["centre"], "decline", 0.08)
    monkeypatch.setitem(behaviour()["resident"], "evaluates", 0.9)

    result = play(days=2, a_day=50)

    by_others = {Verb.IMPORT, Verb.LAPSE, Verb.PUBLISH, Verb.UNPUBLISH, Verb.JOIN}
    assert set(Move.objects.values_list("verb", flat=True)) == set(Verb) - by_others
    assert broken(folder) == []
    assert fires_in_time()
    assert result.tally.reported == Case.objects.count() > 60


def fires_in_time() -> bool:
    """Tell whether what was missed was fired, never early and at most a minute late."""
    fired = Deadline.objects.filter(fired_at__isnull=False)
    early = fired.filter(fired_at__lt=F("due_at"))
    late = fired.filter(fired_at__gt=F("due_at") + timedelta(seconds=60))
    return fired.exists() and not early.exists() and not late.exists()


def test_equal_seeds_give_equal_results_and_a_shorter_limit_more_misses(play: Play) -> None:
    base, again = play(START), play(START + WEEK)
    change_rules(parsed(("accept=3",)), at=START + 2 * WEEK)
    hurried = play(START + 2 * WEEK)

    assert base.done.verbs == again.done.verbs
    assert (base.tally, base.paces) == (again.tally, again.paces)
    late = {name: result.stages["accept"].late for name, result in (("base", base), ("hurried", hurried))}
    assert late["hurried"] > late["base"]
    assert hurried.tally.reported == base.tally.reported


def test_the_street_has_no_gap_and_a_second_building_changes_nothing(play: Play) -> None:
    report = org.gaps(START, until=ROSTERED)
    assert (report.places, report.hours, report.unwatched) == ((), (), ())
    found = places.coverage(blueprint.street_code(), on=START.date())
    assert (found.communities, found.grids, found.buildings) == (2, 8, 64)
    entries = ledger.count()
    build()
    assert ledger.count() == entries


@pytest.mark.parametrize("change", ["accept", "accept=0", "accept=x", "colour=3"])
def test_a_change_nobody_understands_is_refused(change: str) -> None:
    with pytest.raises(Incomplete):
        parsed((change,))
