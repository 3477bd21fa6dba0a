import json
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from django.utils.timezone import now

from huying.org import actions, commands, queries
from huying.org.models import ApiToken, User
from huying.org.policy import SYSTEM
from huying.org.states import Role, UnitKind
from huying.shared.errors import Incomplete, NotFound

from .conftest import GRID, OTHER_STREET, STREET, Town, sid


def run(command: object, *arguments: str) -> Result:
    return CliRunner().invoke(command, arguments, catch_exceptions=False)  # type: ignore[arg-type]


def test_a_token_is_issued_shown_once_and_revoked(town: Town) -> None:
    result = run(commands.token_issue, "市热线", "--source", "12345", "--json")
    issued = json.loads(result.output)
    assert (issued["name"], issued["source"]) == ("市热线", "12345")
    actor = queries.actor_for_token(issued["secret"])
    assert actor is not None
    assert (actor.source, actor.roles) == ("12345", {Role.CONNECTOR})
    assert run(commands.token_revoke, str(issued["id"])).output == f"令牌 {issued['id']} 已吊销。\n"
    with pytest.raises(NotFound):
        run(commands.token_revoke, str(issued["id"]))


def test_a_token_that_expires(town: Town) -> None:
    output = run(commands.token_issue, "旧", "--source", "s", "--expires", "2020-01-01").output
    assert queries.actor_for_token(output.splitlines()[1]) is None
    assert ApiToken.objects.get().expires_at is not None


def test_the_first_administrator_chooses_the_password(town: Town) -> None:
    result = run(commands.account_open, "root", "--name", "管理员", "--password", "Correct-2026")
    assert result.exit_code == 0
    user = User.objects.get(username="root")
    assert user.check_password("Correct-2026")
    assert not user.is_superuser
    assert queries.actor_for_user(user).roles == {Role.ADMINISTRATOR}
    with pytest.raises(Incomplete):
        run(commands.account_open, "weak", "--name", "弱", "--password", "12345678")


def test_the_roster_of_today(town: Town) -> None:
    assert run(commands.duty_show).output == "今天没有排班。\n"
    start = now() - timedelta(minutes=1)
    actions.schedule_shift("ZHS", sid(town.chen), start, start + timedelta(hours=8), now=start, actor=SYSTEM)
    line = run(commands.duty_show, "--area", STREET).output
    assert line.startswith("▶ 综合信息指挥室 ")
    assert line.endswith(" 陈值班 0571-8203\n")
    (shift,) = json.loads(run(commands.duty_show, "--json").output)
    assert (shift["unit"], shift["name"], shift["is_running"]) == ("ZHS", "陈值班", True)


def test_gaps_are_listed_and_told_by_the_exit_code(town: Town) -> None:
    result = run(commands.gaps, "--area", GRID)
    assert result.exit_code == 3
    assert result.output.splitlines() == [
        f"第一网格（{GRID}）网格长：未落实责任人",
        f"第一网格（{GRID}）网格员：未落实责任人",
        f"3幢（{GRID}B3）楼长：未落实责任人",
    ]
    report = json.loads(run(commands.gaps, "--json").output)
    assert (len(report["places"]), [hour["unit"] for hour in report["hours"]]) == (7, ["ZHS"])


def test_no_gaps(town: Town) -> None:
    result = run(commands.gaps, "--area", OTHER_STREET)
    assert (result.exit_code, result.output) == (3, f"北干街道（{OTHER_STREET}）没有指挥室\n")
    actions.ensure_unit(
        code="BG",
        name="区指挥中心",
        kind=UnitKind.COMMAND_CENTRE,
        area_code="330109",
        now=now(),
        actor=SYSTEM,
    )
    result = run(commands.gaps, "--area", OTHER_STREET)
    assert (result.exit_code, result.output) == (0, "没有空缺。\n")
