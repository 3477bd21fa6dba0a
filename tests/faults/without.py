"""`huying` with one safeguard taken out: what the controls of the fault tests run.

without.py SAFEGUARD[,SAFEGUARD] ARGUMENTS…
"""

import os
import random
import sys
from datetime import date, timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.config.settings")
django.setup()

from huying.config import cli


def guard() -> None:
    """A sweeper that believes any clock."""
    from huying.clocks.policy import guard as rules

    rules.MAX_SKEW_SECONDS = sys.maxsize


def turn() -> None:
    """Sweepers that neither take turns nor claim a deadline before they fire it; the race is widened."""
    from huying.clocks import tasks
    from huying.clocks.actions import sweeping

    tasks.Sweeper.has_turn = lambda self: True
    claim, first, join = "FOR UPDATE SKIP LOCKED", "WITH due AS (", "FROM due WHERE"
    assert all(each in sweeping._FIRE for each in (claim, first, join))
    sweeping._FIRE = (
        sweeping._FIRE.replace(claim, "")
        .replace(first, "WITH race AS MATERIALIZED (SELECT pg_sleep(1)), due AS (")
        .replace(join, "FROM due, race WHERE")
    )


def pulse() -> None:
    """A watch that hears nothing and takes it for peace."""
    from huying.clocks.queries import health

    health.SILENCE = timedelta(days=365)


def skew() -> None:
    """A site that never asks the database for the time."""
    from huying.config import readiness

    readiness.MAX_SKEW_SECONDS = sys.maxsize


def order() -> None:
    """Two cases locked in whatever order they come."""
    from huying.cases.actions import centre

    centre.sorted = lambda pair: random.sample(sorted(pair), len(pair))


def fallback() -> None:
    """A calendar that knows only the years it has, as the usual libraries do."""
    from huying.clocks.policy import Calendar

    told = Calendar.is_workday

    def is_workday(self: Calendar, day: date) -> bool:
        if day.year not in self.editions:
            raise NotImplementedError(f"no data for {day.year}")
        return told(self, day)

    Calendar.is_workday = is_workday


def hasty() -> None:
    """Not a safeguard less: claims that are old after four seconds, so that a test need not wait a minute."""
    from huying.messages.actions import delivering

    delivering.LEASE = timedelta(seconds=4)


def reaper() -> None:
    """Couriers that leave alone what a dead one held."""
    from huying.messages import tasks

    tasks.reap = lambda now: 0


def attempt() -> None:
    """Completions that ask neither for the attempt nor for the state."""
    from huying.messages.actions import delivering

    fence = "AND message.attempt = done.attempt AND message.state = 'running'"
    assert fence in delivering._COMPLETE
    delivering._COMPLETE = delivering._COMPLETE.replace(fence, "")


def fork() -> None:
    """A signer that never asks whether the database still continues what was published."""
    from huying.ledger.actions import opening, sequencing
    from huying.ledger.queries.leaves import leaf_count

    sequencing.opened = lambda files, _signer, _note: opening._grown(leaf_count(), files.write)


SAFEGUARDS = {
    each.__name__: each for each in (guard, turn, pulse, skew, order, fallback, hasty, reaper, attempt, fork)
}


def take_out(names: str) -> None:
    """Take out safeguards by name: "hasty,reaper"."""
    for name in names.split(","):
        SAFEGUARDS[name]()


if __name__ == "__main__":
    take_out(sys.argv.pop(1))
    cli.main()
