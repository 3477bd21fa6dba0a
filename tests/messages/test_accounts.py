"""The accounts as people, machines and the terminal see them."""

from collections.abc import Callable

import pytest
from click.testing import CliRunner
from django.conf import settings
from django.test import Client
from tests.messages.conftest import happened
from tests.messages.provider import Provider

from huying.config import middleware
from huying.database import hot
from huying.messages import commands
from huying.messages.actions import queued
from huying.messages.models import Message, Outlet
from huying.messages.tasks import deliver_next
from huying.org.models import User
from huying.org.policy import Actor, Grant
from huying.org.states import Role

Subscribe = Callable[..., Outlet]
RED = "table-danger"

pytestmark = pytest.mark.django_db


def signed_in(monkeypatch: pytest.MonkeyPatch, role: Role) -> Client:
    actor = Actor("staff:1", grants=frozenset({Grant(role)}))
    monkeypatch.setattr(middleware, "actor_of_session", lambda _request: actor)
    client = Client()
    client.force_login(User.objects.get_or_create(username="someone")[0])
    return client


@pytest.mark.parametrize("role", [Role.COMMANDER, Role.LEADER, Role.ADMINISTRATOR, Role.SUPERVISOR])
def test_an_account_that_adds_up_has_no_red_line(
    monkeypatch: pytest.MonkeyPatch, subscribe: Subscribe, role: Role
) -> None:
    subscribe("指挥室")
    hot.write(queued(happened(3)))
    answer = signed_in(monkeypatch, role).get("/accounts/")
    text = answer.content.decode()
    assert (answer.status_code, "指挥室" in text, RED in text) == (200, True, False)


def test_a_message_that_vanished_is_a_red_line(monkeypatch: pytest.MonkeyPatch, subscribe: Subscribe) -> None:
    subscribe()
    hot.write(queued(happened(3)))
    Message.objects.first().delete()  # type: ignore[union-attr]
    text = signed_in(monkeypatch, Role.SUPERVISOR).get("/accounts/").content.decode()
    assert text.count(RED) == 1


@pytest.mark.parametrize("role", [Role.GRID_WORKER, Role.UNIT_WORKER, Role.CONNECTOR])
def test_others_do_not_see_the_accounts(monkeypatch: pytest.MonkeyPatch, role: Role) -> None:
    assert signed_in(monkeypatch, role).get("/accounts/").status_code == 403


def test_nobody_signed_in_is_sent_to_the_door() -> None:
    assert Client().get("/accounts/").status_code == 302


def test_machines_read_the_same_account(subscribe: Subscribe) -> None:
    subscribe('他们叫它"群"')
    hot.write(queued(happened(3)))
    Message.objects.first().delete()  # type: ignore[union-attr]
    lines = Client().get("/metrics").content.decode().splitlines()
    outlet = '{outlet="他们叫它\\"群\\""}'
    assert f"huying_messages_created_total{outlet} 3" in lines
    assert f"huying_messages_pending{outlet} 2" in lines
    assert f"huying_messages_difference{outlet} 1" in lines


# -- the terminal ------------------------------------------------------------------------------------------


def run(command: str, *arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(getattr(commands, command), list(arguments))
    if done.exception and not isinstance(done.exception, SystemExit):
        return 2, str(done.exception)
    return done.exit_code, done.output


def test_an_outlet_is_added_tried_revived_and_closed() -> None:
    with Provider(secret="SECabc") as provider:
        url = provider.url("dingtalk")
        added = run("add", "群", "--kind", "dingtalk", "--address", url, "--secret", "wrong")
        assert added == (0, "已登记“群”。请用 huying outlet test 群 试发一条。\n")
        code, said = run("test", "群")
        assert (code, said) == (
            1,
            "拒收：安全设置不符（签名、关键词或IP）（代码 310000）：sign not match\n",
        )
        assert run("revive", "群") == (0, "已重新排队 1 条。\n")
        provider.secret = "wrong"
        assert deliver_next(worker="test")
        assert run("test", "群") == (0, "已接收：ok\n")
        assert "生成2，送达2，待发0，发送中0，未送达0" in run("list_")[1]
    assert run("close", "群") == (0, "已停用“群”。\n")
    assert "已停用" in run("list_")[1]
    assert run("revive", "群") == (2, "渠道“群”已停用。")
    assert run("test", "没有") == (2, "没有找到渠道“没有”。")


def test_secrets_are_neither_listed_nor_stored_in_clear() -> None:
    arguments = (
        "群",
        "--kind",
        "dingtalk",
        "--address",
        "https://oapi.dingtalk.com/robot/send?access_token=geheim",
    )
    run("add", *arguments, "--secret", "SECgeheim")
    assert "geheim" not in run("list_", "--json")[1]
    assert b"geheim" not in bytes(Outlet.objects.get().sealed)


@pytest.mark.parametrize(
    ("arguments", "refusal"),
    [
        (("--kind", "dingtalk", "--address", "ftp://x"), "渠道地址应以 https:// 开头，不带用户名。"),
        (("--kind", "sms", "--address", "https://x.cn/"), "短信网关需要接收号码，其他渠道不需要。"),
        (("--kind", "wecom", "--address", "https://x.cn/", "--area", "99"), "没有找到辖区“99”。"),
        (("--kind", "wecom", "--address", "https://x.cn/", "--unit", "无"), "没有找到单位“无”。"),
    ],
)
def test_what_is_not_an_outlet_is_refused_and_nothing_is_kept(
    arguments: tuple[str, ...], refusal: str
) -> None:
    assert run("add", "群", *arguments) == (2, refusal)
    assert Outlet.objects.count() == 0


def test_the_second_of_a_name_is_refused(subscribe: Subscribe) -> None:
    subscribe("群")
    arguments = ("群", "--kind", "wecom", "--address", "https://x.cn/")
    assert run("add", *arguments) == (2, "渠道“群”已经存在。")


def test_another_key_cannot_open_the_address(subscribe: Subscribe, monkeypatch: pytest.MonkeyPatch) -> None:
    subscribe("群")
    monkeypatch.setattr(settings, "SECRET_KEY", "another installation")
    code, said = run("test", "群")
    assert (code, said) == (1, "暂时失败：渠道地址无法解开（安装密钥已更换），请重新登记渠道\n")
