"""`/log/`, the command line, metrics: what the world sees of the log."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.test import Client
from pytest_django import Settings

from huying.config.invariants import CHECKS
from huying.ledger import actions, commands, installation
from huying.ledger.actions import Fork
from huying.ledger.files import LogFiles
from huying.ledger.policy import parse_proof, verify_proof
from huying.shared.errors import Refused

NOW = datetime(2026, 4, 1, 4, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("own_database", "log")


def sequenced(count: int = 3) -> list[int]:
    ids = [
        actions.record(at=NOW, actor="staff:1", verb="note", subject="case:HY-9", payload={"n": n})
        for n in range(count)
    ]
    actions.Sequencer(installation.files(), installation.signer()).step(worker="test", now=NOW)
    return ids


def run(command: str, *arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(getattr(commands, command), arguments)
    if isinstance(result.exception, Refused):
        raise result.exception
    return result.exit_code, result.stdout


def test_the_checkpoint_is_not_kept_and_tiles_for_ever(client: Client, log: LogFiles) -> None:
    assert client.get("/log/checkpoint").status_code == 404
    sequenced()

    checkpoint, tile = client.get("/log/checkpoint"), client.get("/log/tile/0/000.p/3")

    assert checkpoint.content.decode() == log.checkpoint()
    assert checkpoint["Content-Type"] == "text/plain; charset=utf-8"
    assert "no-cache" in checkpoint["Cache-Control"]
    assert tile.content == (log.folder / "tile/0/000.p/3").read_bytes()
    assert tile["Content-Type"] == "application/octet-stream"
    assert set(tile["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}
    assert tile["Access-Control-Allow-Origin"] == "*"
    assert not tile.cookies


def test_an_entry_bundle_may_be_compressed(client: Client, log: LogFiles) -> None:
    sequenced()
    plain = client.get("/log/tile/entries/000.p/3")
    packed = client.get("/log/tile/entries/000.p/3", headers={"Accept-Encoding": "gzip"})
    assert plain.content == (log.folder / "tile/entries/000.p/3").read_bytes()
    assert (packed["Content-Encoding"], len(packed.content) < len(plain.content)) == ("gzip", True)


def test_a_partial_tile_stays_after_it_has_become_full(client: Client, log: LogFiles) -> None:
    sequenced(3)
    before = {path: client.get(f"/log/{path}").content for path in ("tile/0/000.p/3", "tile/entries/000.p/3")}
    sequenced(260)
    assert not (log.folder / "tile/0/000.p").exists()
    assert {path: client.get(f"/log/{path}").content for path in before} == before


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/../../../secret.key", "tile/0/..%2f..%2f..%2fsecret.key", "tile//etc/passwd", "tile/0/000",
        "tile/0/001.p/3", "tile/0/000.p/4", "tile/0/000.new", "checkpoint.new", "keys/log-origin", "tile/",
    ],
)  # fmt: skip
def test_nothing_else_is_served(client: Client, path: str, log: LogFiles) -> None:
    sequenced()
    (log.folder.parent / "secret.key").write_text("secret")
    assert client.get(f"/log/{path}").status_code == 404


def test_only_reading(client: Client) -> None:
    sequenced()
    assert client.post("/log/checkpoint").status_code == 405
    assert client.post("/log/tile/0/000.p/3").status_code == 405


def test_the_page_shows_name_key_and_size(client: Client) -> None:
    assert "还没有" in client.get("/log/").content.decode()
    sequenced()
    page = client.get("/log/").content.decode()
    assert installation.signer().verifier.vkey in page
    assert "3 条" in page


def test_key_shows_what_verifiers_need_and_nothing_secret() -> None:
    code, text = run("key", "--json")
    signer = installation.signer()
    assert (code, json.loads(text)) == (0, {"origin": signer.name, "vkey": signer.verifier.vkey})


def test_the_private_key_is_ours_alone(settings: Settings) -> None:
    installation.signer()
    file = installation.key_file(settings.LOG_KEYS, settings.LOG_ORIGIN)
    assert file.stat().st_mode & 0o777 == 0o600


def test_without_a_name_one_is_made_up_and_kept(settings: Settings) -> None:
    settings.LOG_ORIGIN = ""
    name = installation.origin()
    assert name.startswith("huying.internal/")
    assert installation.origin() == name


@pytest.mark.parametrize("name", ["a b", "a+b", "a\nb"])
def test_a_name_no_signature_could_carry_is_refused(settings: Settings, name: str) -> None:
    settings.LOG_ORIGIN = name
    with pytest.raises(Refused, match="HUYING_LOG_ORIGIN"):
        installation.signer()


def test_status_says_who_works_and_what_is_published() -> None:
    code, text = run("status")
    assert (code, "没有运行中的编号任务" in text) == (1, True)
    sequenced(0)
    code, text = run("status")
    assert (code, "最近一次公布" in text) == (0, False)
    sequenced()
    code, text = run("status", "--json")
    found = json.loads(text)
    assert (code, found["leaves"], found["published"], found["waiting"], found["is_well"]) == (
        0,
        3,
        3,
        0,
        True,
    )


def test_status_and_metrics_show_a_halt(client: Client) -> None:
    sequenced()
    assert "huying_ledger_halted 0" in client.get("/metrics").content.decode()
    actions.halt(Fork("已公布9条，数据库中只有3条"), worker="test")
    code, text = run("status")
    assert (code, "已停止签署" in text, "只有3条" in text) == (1, True, True)
    metrics = client.get("/metrics").content.decode().splitlines()
    assert {"huying_ledger_halted 1", "huying_ledger_leaves 3", "huying_ledger_published 3"} <= set(metrics)
    assert [line for line in CHECKS["ledger"](NOW) if "停止签署" in line]


def test_verify_tells_and_exits(log: LogFiles) -> None:
    sequenced()
    assert run("verify")[0] == 0
    (log.folder / "tile/0/000.p/3").unlink()
    code, text = run("verify", "--json")
    assert (code, json.loads(text)["problems"]) == (1, ["日志文件缺失：tile/0/000.p/3"])


def test_prove_gives_a_file_for_each_step(tmp_path: Path) -> None:
    ids = sequenced()
    code, _ = run("prove", "HY-9", "--folder", str(tmp_path / "proofs"))
    files = sorted((tmp_path / "proofs").iterdir())
    assert (code, [file.name for file in files]) == (0, [f"HY-9-{number}.tlog-proof" for number in ids])
    signer = installation.signer()
    for file in files:
        verify_proof(parse_proof(file.read_text()), signer.name, [signer.verifier])
    assert [row["entry"] for row in json.loads(run("prove", "case:HY-9", "--json")[1])] == ids


def test_prove_refuses_what_is_not_there() -> None:
    with pytest.raises(Refused, match="没有找到"):
        run("prove", "HY-404")
    actions.record(at=NOW, actor="staff:1", verb="note", subject="case:HY-10")
    with pytest.raises(Refused, match="一分钟"):
        run("prove", "HY-10")


def test_rebuild_brings_a_lost_folder_back(log: LogFiles) -> None:
    with pytest.raises(Refused, match="没有找到检查点"):
        run("rebuild")
    sequenced()
    note = log.checkpoint()
    log.folder.rename(log.folder.with_name("gone"))
    assert run("rebuild")[0] == 0
    assert log.checkpoint() == note
