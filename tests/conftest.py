"""What every test may use."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import setup_databases, teardown_databases
from pytest_django.plugin import DjangoDbBlocker

from huying.config import environment
from huying.database.cluster import Cluster

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("HUYING_TEST_DATA") or ROOT.parent / "shared" / "data")
NO_SKIPS = os.environ.get("HUYING_NO_SKIPS") == "1"

_session = ExitStack()


def pytest_sessionstart() -> None:
    if not environment.DATABASE_URL:
        _session.enter_context(Cluster(environment.HOME).lease())


def pytest_unconfigure() -> None:
    _session.close()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if seed := getattr(config.option, "randomly_seed", None):
        terminalreporter.write_line(f"again in this order: pytest --randomly-seed={seed}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    return _refuse_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    return _refuse_skip(report)


def _refuse_skip(
    report: pytest.TestReport | pytest.CollectReport,
) -> pytest.TestReport | pytest.CollectReport:
    """With HUYING_NO_SKIPS=1 a test that was not run has failed."""
    if NO_SKIPS and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, which HUYING_NO_SKIPS forbids: {report.longrepr}"
    return report


@pytest.fixture(scope="session", autouse=True)
def _own_door(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What tests send must not be counted with what came to a site in the same data folder."""
    settings.DOOR_FOLDER = tmp_path_factory.mktemp("door")


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real input; the test is skipped where it is not there."""
    if not DATA.is_dir():
        pytest.skip(f"real input is not at {DATA}; name its folder in HUYING_TEST_DATA")
    return DATA


@pytest.fixture(scope="session")
def test_database(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database, also in a run of nothing but tests with connections of their own.

    pytest-django makes it only for tests marked `django_db`; without it such a run would meet real data.
    """
    if str(connection.settings_dict["NAME"]).startswith("test_"):
        yield
        return
    with django_db_blocker.unblock():
        before = setup_databases(verbosity=0, interactive=False)
    yield
    with django_db_blocker.unblock():
        teardown_databases(before, verbosity=0)


@pytest.fixture
def own_database(test_database: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """A copy of the test database for a test with several connections that really commit.

    Truncating tables afterwards, as Django would, is what the ledger refuses; the copy is dropped instead.
    """
    template = connection.settings_dict["NAME"]
    own = f"{template}_{os.getpid()}"
    with django_db_blocker.unblock():
        connection.close()
        with connection._nodb_cursor() as cursor:
            cursor.execute(f'CREATE DATABASE "{own}" TEMPLATE "{template}"')
        connection.settings_dict["NAME"] = own  # also what other threads connect to
        try:
            yield
        finally:
            connection.close()
            connection.settings_dict["NAME"] = template
            with connection._nodb_cursor() as cursor:
                cursor.execute(f'DROP DATABASE "{own}" WITH (FORCE)')


@pytest.fixture(autouse=True)
def _forget() -> None:
    """A rolled-back test leaves things in the memory of the process."""
    from huying.cases import presentation  # not before Django is set up
    from huying.config import signing_in
    from huying.dispatch import queries as dispatch
    from huying.intake import pacing
    from huying.org import queries as org

    signing_in.forget()
    pacing.forget()
    org.forget_actors()
    presentation.forget_owners()
    dispatch.forget()
