"""Found the small street for the browser tests, as a process of its own: people, two days of cases, logins.

Its database is empty and migrated. Writes user name → password as JSON.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.config.settings")
django.setup()

from django.conf import settings
from django.utils.timezone import now

from huying.clocks.policy.calendar import midnight
from huying.config.logins import ADMINISTRATOR, demo_logins
from huying.simulation import blueprint, run, street
from huying.simulation.demo import NAME
from huying.simulation.people import Scenario
from huying.simulation.preparing import minutes, prepare_street

DAYS = 2
REPORTS_PER_DAY = 30.0

at = now()
start = midnight((at - timedelta(days=DAYS)).date())
prepare_street(start, at, blueprint.small_size())
run.run(
    Scenario(DAYS + 1, REPORTS_PER_DAY, seed=1, limits=minutes()),
    blueprint.ground(blueprint.small_size(), street.SEED),
    start=start,
    end=at,
    name=NAME,
    folder=settings.EVIDENCE_FOLDER,
    progress=lambda _done: None,
)
rows = [line.split() for line in demo_logins(now=at).splitlines()[1:]]
logins = {row[0]: row[1] for row in rows}
if ADMINISTRATOR not in logins:
    raise SystemExit(f"no administrator in {sorted(logins)}")
Path(sys.argv[1]).write_text(json.dumps(logins))
