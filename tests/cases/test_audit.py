"""Each promise broken on purpose, behind the back of the actions, must be found and named."""

from pathlib import Path

import pytest
from django.db import connection

from huying.cases import actions, queries
from huying.cases.policy.photos import photo_path
from huying.cases.states import EvidenceKind, RequestKind
from huying.clocks import queries as clocks
from huying.ledger import queries as ledger
from huying.shared.errors import NotFound
from huying.simulation.photos import photo

from .conftest import NOW, Cast

# What is broken, and the sentence that must name it. {number}: a closed case; {open}: one in hand.
DAMAGES = {
    "the same report twice": (
        "ALTER TABLE cases_case DROP CONSTRAINT case_reported_once;"
        "UPDATE cases_case SET source_key = 'key-0'",
        "被登记了2次",
    ),
    "a step cut out of the middle": (
        "DELETE FROM cases_move USING cases_case"
        " WHERE cases_case.id = case_id AND seq = 3 AND number = '{number}'",
        "{number}的第4步编号不连续",
    ),
    "a last step that led elsewhere": (
        "UPDATE cases_case SET state = 'handled' WHERE number = '{number}'",
        "{number}的第7步与案件现在的状态不符",
    ),
    "a step that is not allowed": (
        "UPDATE cases_move SET verb = 'decline' WHERE verb = 'acknowledge'",
        "{number}的第4步不是允许的步骤",
    ),
    "a history that begins in the middle": (
        "UPDATE cases_move SET verb = 'accept' WHERE seq = 1",
        "{number}的第1步不是以上报开始",
    ),
    "states that do not follow": (
        "UPDATE cases_move SET before = 'handled' WHERE verb = 'assign'",
        "{number}的第3步与上一步的状态不衔接",
    ),
    "a wrong count of steps": (
        "UPDATE cases_case SET moves_made = 9 WHERE number = '{number}'",
        "{number}的第7步与记录的步数不符",
    ),
    "a step by somebody else than the log says": (
        "UPDATE cases_move SET actor = 'staff:99' WHERE verb = 'accept'",
        "{number}的第2步与存证条目",
    ),
    "an entry nobody made a step for": (
        "INSERT INTO ledger_entry (at, actor, verb, subject, before, after, commitment)"
        " VALUES (now(), 'staff:1', 'accept', 'case:{number}', 'reported', 'accepted', '')",
        "（case:{number}）没有对应的案件步骤",
    ),
    "a number nobody gave": (
        "UPDATE cases_case SET number = 'HY-330109001-20260401-00009' WHERE number = '{open}'",
        "的案号有误",
    ),
    "a counter that fell behind": ("UPDATE cases_serial SET last = 1", "最大号2，已发1"),
    "somebody still at work on a closed case": (
        "UPDATE cases_assignment SET state = 'acknowledged' FROM cases_case"
        " WHERE cases_case.id = case_id AND number = '{number}'",
        "{number}处于closed，却有在办的指派",
    ),
    "nobody at work on a case in hand": (
        "UPDATE cases_assignment SET state = 'withdrawn' FROM cases_case"
        " WHERE cases_case.id = case_id AND number = '{open}'",
        "{open}处于in_hand，却没有在办的指派",
    ),
    "a request left behind": (
        "UPDATE cases_assignment SET state = 'answered'",
        "待审批，其指派却已结束",
    ),
    "a decision that the request does not know": (
        "UPDATE cases_move SET verb = 'approve' WHERE verb = 'request'",
        "已有审批步骤approve，申请却处于pending",
    ),
    "the handler checks himself": (
        "ALTER TABLE ledger_entry DISABLE TRIGGER USER;"
        "UPDATE cases_move SET actor = 'staff:2' WHERE verb = 'verify';"
        "UPDATE ledger_entry SET actor = 'staff:2' WHERE verb = 'verify'",
        "{number}由办理人staff:2自己核查",
    ),
    "a unit without its clock": (
        "UPDATE clocks_deadline SET stage = 'verify', assignment_id = NULL"
        " WHERE stage = 'dispose' AND state = 'running'",
        "{open}由市政科在办，却没有处置时限",
    ),
    "a clock that outlived its case": (
        "UPDATE clocks_deadline SET stage = 'verify' WHERE stage = 'evaluate'",
        "{number}已结束，核查时限却仍在计时",
    ),
}


def _execute(statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for statement in statements.split(";"):
            cursor.execute(statement)


@pytest.fixture
def numbers(cast: Cast, tmp_path: Path) -> dict[str, str]:
    closed, open_ = cast.closed(), cast.in_hand()
    actions.request(open_, RequestKind.EXTENSION, actor=cast.zhao, now=NOW, reason="等待配件", amount=1)
    return {"number": closed, "open": open_}


def _found(folder: Path) -> list[str]:
    return [each for each in queries.violations(NOW, folder) if "无人负责" not in each]


def test_nothing_is_broken_by_the_actions(numbers: dict[str, str], tmp_path: Path) -> None:
    assert _found(tmp_path) == []
    assert [*ledger.violations(), *clocks.violations(NOW)] == []


@pytest.mark.parametrize("what", DAMAGES)
def test_damage_is_found(what: str, numbers: dict[str, str], tmp_path: Path) -> None:
    damage, sentence = DAMAGES[what]
    _execute(damage.format(**numbers))
    wanted = sentence.format(**numbers)
    assert [each for each in _found(tmp_path) if wanted in each], _found(tmp_path)


def test_an_open_case_without_anybody_is_found(numbers: dict[str, str], tmp_path: Path) -> None:
    """The small cast has no chain of responsibility and no duty room."""
    found = [each for each in queries.violations(NOW, tmp_path) if "无人负责" in each]
    assert len(found) == 1
    assert "市政科" in found[0]


def test_a_lost_and_a_changed_photo_are_found(cast: Cast, numbers: dict[str, str], tmp_path: Path) -> None:
    sent = [photo(0), photo(1)]
    for each in sent:
        actions.attach(numbers["open"], each, EvidenceKind.AFTER, folder=tmp_path, actor=cast.zhao, now=NOW)
    assert _found(tmp_path) == []
    photo_path(tmp_path, sent[0].sha256).unlink()
    photo_path(tmp_path, sent[1].sha256).write_bytes(b"another")
    assert sorted(_found(tmp_path)) == sorted(
        [f"照片{sent[0].sha256[:12]}…的文件缺失", f"照片{sent[1].sha256[:12]}…的文件与其哈希值不符"]
    )


def test_a_called_unit_adds_photos_and_a_stranger_unit_does_not(
    cast: Cast, numbers: dict[str, str], tmp_path: Path
) -> None:
    actions.attach(numbers["open"], photo(2), EvidenceKind.AFTER, folder=tmp_path, actor=cast.zhao, now=NOW)
    with pytest.raises(NotFound):
        actions.attach(
            numbers["open"], photo(3), EvidenceKind.AFTER, folder=tmp_path, actor=cast.qian, now=NOW
        )


def test_a_forged_opening_is_found(numbers: dict[str, str]) -> None:
    _execute(
        "ALTER TABLE ledger_opening DISABLE TRIGGER USER;"
        "UPDATE ledger_opening SET payload = '{{}}'"
        " WHERE entry_id = (SELECT min(entry_id) FROM ledger_opening)".replace("{{}}", "{}")
    )
    assert len(list(ledger.violations())) == 1
