"""Every measurement once, tiny: it runs, checks what it did, and takes everything away again."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from django.db import connection
from pytest_django.plugin import DjangoDbBlocker

from huying.benchmarks import commands, desk, growth, sweep
from huying.benchmarks.plot import Curve, draw


@pytest.fixture
def server(
    own_database: None, django_db_blocker: DjangoDbBlocker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """A server on which measurements make their own databases; afterwards none of them is left."""
    monkeypatch.setattr(desk, "WARM_SECONDS", 0.0)
    monkeypatch.setattr(growth, "LIST_SECONDS", 0.05)
    made = f"{connection.settings_dict['NAME']}_bench_{os.getpid()}"
    yield
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE datname = %s", [made])
        assert cursor.fetchall() == []


def measured(command: click.Command, *options: str) -> dict[str, object]:
    result = CliRunner().invoke(command, options, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    figures: dict[str, object] = json.loads(result.output.splitlines()[-1])
    return figures


@pytest.mark.usefixtures("server")
def test_loop_takes_cases_all_the_way() -> None:
    figures = measured(commands.loop, "--seconds", "0.5", "--concurrency", "2")
    assert figures["switches_per_step"] > 1  # the web process and the database take turns
    assert figures["cases"] >= 1  # type: ignore[operator]
    assert set(figures["step_p50_ms"]) == {  # type: ignore[call-overload]
        "report", "accept", "assign", "acknowledge", "arrive", "answer", "verify",
    }  # fmt: skip
    assert figures["control_per_second"] > figures["per_second"]  # type: ignore[operator]


@pytest.mark.usefixtures("server")
def test_sweep_fires_all_that_is_due() -> None:
    figures = measured(commands.sweep, "--running", "2000", "--due", "1500")
    assert (figures["due"], figures["running"], figures["workers"]) == (1500, 2000, 2)


@pytest.mark.usefixtures("server")
def test_a_deadline_fired_twice_or_never_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a ledger that knows one entry less must fail the measurement."""
    monkeypatch.setattr(sweep, "TOLD", sweep.TOLD + " AND subject <> 'case:HY-330109001-20261121-D7'")
    with pytest.raises(RuntimeError, match="50 due"):
        measured(commands.sweep, "--running", "100", "--due", "50")


@pytest.mark.usefixtures("server")
def test_locate_finds_the_grids_the_points_lie_in() -> None:
    figures = measured(commands.locate, "--grids", "64", "--points", "2000")
    assert (figures["grids"], figures["points"]) == (64, 2000)


@pytest.mark.usefixtures("server")
def test_desk_lists_are_all_asked() -> None:
    figures = measured(commands.desk, "--cases", "3000", "--seconds", "0.1")
    assert (figures["cases"], figures["open"]) == (3000, 300)
    assert len(figures["lists"]) == 23  # type: ignore[arg-type]


@pytest.mark.usefixtures("server")
def test_growth_measures_each_size_and_draws(tmp_path: Path) -> None:
    figures = measured(commands.growth, "--sizes", "1000,2000", "--seconds", "0.3", "--into", str(tmp_path))
    first, second = [each["cases"] for each in figures["sizes"]]  # type: ignore[attr-defined]
    assert first == 1000
    assert second >= 2000  # the reports of the first size are there, too
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "growth-desk.svg", "growth-intake.svg", "growth-loop.svg", "growth-sweep.svg",
    ]  # fmt: skip


def test_a_plot_says_what_it_shows() -> None:
    drawn = draw("受理<件/秒>", "事件数", [Curve("一", [(1e4, 900), (1e5, 950), (1e7, 5)])])
    axis = ["0", "200", "400", "600", "800", "1000", "1万", "10万", "100万", "1000万"]
    assert re.findall(r"<text[^>]*>([^<]*)</text>", drawn) == ["受理&lt;件/秒&gt;", *axis, "事件数", "一"]
    [line] = re.findall(r'points="([^"]*)"', drawn)
    points = [tuple(map(float, each.split(","))) for each in line.split()]
    assert [x for x, _ in points] == [64.0, 216.0, 520.0]  # a decade is a third of the way
    assert points[1][1] < points[0][1] < points[2][1]  # 950 above 900 above 5


@pytest.mark.usefixtures("server")
def test_live_reaches_every_viewer_once() -> None:
    figures = measured(commands.live, "--viewers", "3", "--seconds", "1", "--steps-per-second", "5")
    assert (figures["viewers"], figures["steps"], figures["events"]) == (3, 5, 15)
    assert figures["control_p50_ms"] < figures["p50_ms"]  # type: ignore[operator]
