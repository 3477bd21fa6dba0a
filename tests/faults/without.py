"""`huying` with one safeguard taken out: what the controls of the fault tests run.

without.py SAFEGUARD ARGUMENTS…
"""

import os
import sys
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.config.settings")
django.setup()

from huying.config import cli


def guard() -> None:
    """A sweeper that believes any clock."""
    from huying.clocks.policy import guard as rules

    rules.MAX_SKEW_SECONDS = sys.maxsize


def turn() -> None:
    """Sweepers that neither take turns nor claim a deadline before they fire it."""
    from huying.clocks import tasks
    from huying.clocks.actions import sweeping

    tasks.Sweeper.has_turn = lambda self: True
    claim = "WHERE state = 'running' AND fired_at IS NULL AND due_at <= %s"
    assert claim in sweeping._FIRE
    sweeping._FIRE = sweeping._FIRE.replace("FOR UPDATE SKIP LOCKED", "")


def pulse() -> None:
    """A watch that hears nothing and takes it for peace."""
    from huying.clocks.queries import health

    health.SILENCE = timedelta(days=365)


SAFEGUARDS = {each.__name__: each for each in (guard, turn, pulse)}


if __name__ == "__main__":
    SAFEGUARDS[sys.argv.pop(1)]()
    cli.main()
