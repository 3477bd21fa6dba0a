"""The `huying` command: the table, the exit codes, what a mistake looks like."""

import os
import subprocess
import sys
from importlib import import_module

import click
import pytest

from huying.config import cli
from huying.config.cli import COMMANDS, GROUPS, Entry, Need
from huying.shared.errors import IllegalMove


@click.command()
def refuses() -> None:
    raise IllegalMove(state="已结案", verb="指派")


@click.command()
def breaks() -> None:
    raise ValueError("inside")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    entries = {name: Entry(f"{__name__}:{name}", name, Need.NOTHING) for name in ("refuses", "breaks")}
    monkeypatch.setattr(cli, "COMMANDS", entries)
    monkeypatch.delenv("HUYING_DEBUG", raising=False)


@pytest.mark.parametrize("entry", COMMANDS.values(), ids=COMMANDS.keys())
def test_every_row_names_a_command(entry: Entry) -> None:
    module, name = entry.target.split(":")
    assert isinstance(getattr(import_module(module), name), click.Command)


def test_every_group_has_a_help_line() -> None:
    assert {name.split()[0] for name in COMMANDS if " " in name} <= set(GROUPS)


def test_help_does_not_wait_for_django() -> None:
    script = (
        "import sys; from huying.config import cli; cli._run(['--help']); sys.exit('django' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0
    assert "启动全部" in done.stdout


@pytest.mark.usefixtures("table")
def test_a_refusal_is_one_line_and_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli._run(["refuses"]) == cli.REFUSED
    assert capsys.readouterr().err == "已结案状态下不能执行“指派”。\n"


@pytest.mark.usefixtures("table")
def test_our_own_fault_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli._run(["breaks"]) == cli.INTERNAL
    assert capsys.readouterr().err == "内部错误：ValueError('inside')（设置 HUYING_DEBUG=1 可查看详情）\n"


@pytest.mark.usefixtures("table")
def test_the_trace_is_shown_to_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUYING_DEBUG", "1")
    with pytest.raises(ValueError, match="inside"):
        cli._run(["breaks"])


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["web", "--port", "0"], ["migrate", "--nonsense"]]
)
def test_misuse_is_exit_code_2(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-m", "huying", *arguments], capture_output=True, text=True)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_a_server_that_is_not_there_is_refused_in_words() -> None:
    nowhere = os.environ | {"HUYING_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"}
    done = subprocess.run(
        [sys.executable, "-m", "huying", "migrate"], env=nowhere, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("无法连接数据库")
    assert "Traceback" not in done.stderr
