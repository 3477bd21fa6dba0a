"""Every thing that came to the door has one outcome; the account fails when a case is missing."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from tests.cases.conftest import NOW, Cast, founded

from huying.config import settings as values
from huying.intake import actions, counting
from huying.intake.models import Journal, Rejected, Tally
from huying.intake.policy.rejections import scrubbed
from huying.intake.queries import Account, accounts
from huying.intake.states import Outcome

pytestmark = pytest.mark.django_db


@pytest.fixture
def door(tmp_path: Path, settings: object) -> Iterator[Path]:
    settings.DOOR_FOLDER = tmp_path / "door"  # type: ignore[attr-defined]
    yield tmp_path / "door"
    counting.close()


@pytest.fixture
def cast(db: None) -> Cast:
    return founded()


def count(outcome: Outcome, number: int = 1, **reasons: int) -> None:
    counting.count("resident", outcome, number, reasons=reasons, at=NOW)


def only() -> Account:
    (account,) = accounts(NOW)
    return account


def test_an_account_that_is_right(door: Path, cast: Cast) -> None:
    """Ten received: three filed, two of them sent twice, four refused for two reasons, one answered 503."""
    count(Outcome.RECEIVED, 10)
    for _ in range(3):
        cast.reported()
    count(Outcome.ACCEPTED, 3)
    count(Outcome.DUPLICATE, 2)
    count(Outcome.REJECTED, Malformed=3, KeyReused=1)
    count(Outcome.FAILED)
    assert actions.fold(door, now=NOW) == 6
    assert only() == Account("resident", 10, 3, 2, {"KeyReused": 1, "Malformed": 3}, failed=1, acknowledged=3)
    assert only().is_balanced


def test_control_a_case_that_vanished_is_seen(door: Path, cast: Cast) -> None:
    count(Outcome.RECEIVED)
    count(Outcome.ACCEPTED)
    actions.fold(door, now=NOW)
    assert (only().lost, only().difference, only().is_balanced) == (1, 1, False)


def test_control_a_case_that_came_past_the_door_is_seen(door: Path, cast: Cast) -> None:
    count(Outcome.RECEIVED)
    cast.reported()
    cast.reported()
    actions.fold(door, now=NOW)
    assert (only().difference, only().is_balanced) == (-1, False)


def test_what_never_comes_by_the_door_has_nothing_to_compare(cast: Cast) -> None:
    cast.reported(source="simulation")
    assert accounts(NOW) == [Account("simulation", None, 1, 0, {})]
    assert accounts(NOW)[0].is_balanced


def test_a_line_is_added_once_however_often_it_is_folded(door: Path) -> None:
    count(Outcome.RECEIVED)
    assert [actions.fold(door, now=NOW) for _ in range(3)] == [1, 0, 0]
    count(Outcome.RECEIVED)
    assert actions.fold(door, now=NOW) == 1
    assert Tally.objects.get().count == 2


def test_the_file_of_a_process_that_is_gone_is_removed(door: Path) -> None:
    count(Outcome.RECEIVED, 2)
    count(Outcome.ACCEPTED)
    actions.fold(door, now=NOW)
    assert len(list(door.iterdir())) == 1
    counting.close()
    assert actions.fold(door, now=NOW) == 0
    assert list(door.iterdir()) == []
    assert Journal.objects.count() == 0
    assert only().broken_off == 1


def test_a_file_that_came_back_is_not_added_again(door: Path) -> None:
    """The worker died between the commit and the removal of the file."""
    count(Outcome.RECEIVED, 3)
    counting.close()
    (path,) = door.iterdir()
    lines = path.read_bytes()
    Journal.objects.create(name=path.name, folded=len(lines), is_done=True, at=NOW)
    assert actions.fold(door, now=NOW) == 0
    assert Tally.objects.count() == 0
    assert list(door.iterdir()) == []


COUNT_AND_DIE = """
import os, signal, sys
from datetime import datetime
from django.conf import settings
settings.configure(DOOR_FOLDER=sys.argv[1])
from huying.intake import counting
from huying.intake.states import Outcome
at = datetime.fromisoformat(sys.argv[2])
counting.count("resident", Outcome.RECEIVED, 5, at=at)
counting.count("resident", Outcome.REJECTED, reasons={"Malformed": 4}, at=at)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_counts_outlive_a_killed_process(door: Path, cast: Cast) -> None:
    """Five received, four answered, killed: one broken off, whether it is stored or not."""
    child = subprocess.run([sys.executable, "-c", COUNT_AND_DIE, str(door), NOW.isoformat()], check=False)
    assert child.returncode == -signal.SIGKILL
    actions.fold(door, now=NOW)
    assert (only().received, only().broken_off, only().difference) == (5, 1, 1)
    assert only().is_balanced
    cast.reported()
    assert only().is_balanced
    cast.reported()
    assert not only().is_balanced


def test_a_flood_leaves_a_hundred_records(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huying.intake.actions.rejecting._full_until", {})
    kept = [reject(at=second) for second in range(150)]
    assert (sum(kept), Rejected.objects.count()) == (100, 100)
    assert reject(source="12345", at=150)
    assert reject(at=3_700)


def reject(source: str = "resident", at: int = 0, **changes: object) -> bool:
    said = {"way": "POST /reports", "reason": "Malformed", "sentence": "请求内容有误：text 太长。"} | changes
    return actions.reject(source, now=NOW + timedelta(seconds=at), **said)  # type: ignore[arg-type]


def test_a_record_holds_nothing_of_what_was_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huying.intake.actions.rejecting._full_until", {})
    canaries = "林小燕", "13812345678", "清风苑3幢"
    reject(
        key="13812345678",
        body="林小燕 13812345678 清风苑3幢".encode(),
        sentence="没有找到楼栋“清风苑3幢”，联系人“林小燕”，电话13812345678。",
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT intake_rejected::text FROM intake_rejected")
        (row,) = cursor.fetchone()
    assert not [word for word in canaries if word in row or word.encode().hex() in row]
    assert "没有找到楼栋“…”，联系人“…”，电话…。" in row


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("请求内容有误：text 太长。", "请求内容有误：text 太长。"),
        ("幂等键“110101199003070011”已用于内容不同的请求。", "幂等键“…”已用于内容不同的请求。"),
        ("第3行：电话 +86-13812345678 有误", "第3行：电话 … 有误"),
        ("最多 2000 个字符", "最多 2000 个字符"),
    ],
)
def test_what_is_kept_of_a_sentence(sentence: str, kept: str) -> None:
    assert scrubbed(sentence) == kept


def test_records_are_forgotten_after_a_month() -> None:
    reject(source="old", at=-31 * 86_400)
    reject(source="new")
    assert actions.forget(now=NOW) == 1
    assert Rejected.objects.get().source == "new"


def test_the_counts_lie_in_the_data_folder() -> None:
    assert values.DOOR_FOLDER.parent == values.EVIDENCE_FOLDER.parent
