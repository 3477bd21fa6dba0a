"""`huying outlet`: run by whoever holds the machine, as the system."""

import json
from dataclasses import asdict

import click
from django.conf import settings
from django.utils.timezone import now

from huying.messages import actions, queries
from huying.messages.actions import NewOutlet
from huying.messages.policy.sealing import Access
from huying.messages.states import USUAL, Outcome, OutletKind, Topic
from huying.messages.tasks import deliver, name, read_clock
from huying.org.policy import SYSTEM

ASK = "-"
FAILED = 1  # exit code: the provider did not take it
_TOPICS = [topic.value for topic in Topic if topic is not Topic.TRIAL]
_JSON = click.option("--json", "as_json", is_flag=True, help="输出JSON。")


@click.command()
@click.argument("outlet")
@click.option(
    "--kind", required=True, type=click.Choice([kind.value for kind in OutletKind]), help="渠道类型。"
)
@click.option("--address", prompt="地址（机器人的 webhook）", hide_input=True, help="不写则询问。")
@click.option("--secret", default="", help="加签密钥或短信网关的令牌；写 - 则询问。")
@click.option("--to", multiple=True, help="短信的接收号码，可多次。")
@click.option("--topic", "topics", multiple=True, type=click.Choice(_TOPICS), help="订阅什么；默认为常用的。")
@click.option("--area", "area_code", default="", help="只要这个辖区的。")
@click.option("--unit", "unit_code", default="", help="只要与这个单位有关的。")
def add(
    outlet: str,
    kind: str,
    address: str,
    secret: str,
    to: tuple[str, ...],
    topics: tuple[str, ...],
    area_code: str,
    unit_code: str,
) -> None:
    """登记一个通知渠道：钉钉、企业微信、飞书群机器人，短信网关，或 Apprise 支持的其他渠道。"""
    if secret == ASK:
        secret = click.prompt("密钥", hide_input=True)
    new = NewOutlet(
        outlet,
        OutletKind(kind),
        Access(address.strip(), secret, to),
        [Topic(topic) for topic in topics] or USUAL,
        area_code,
        unit_code,
    )
    actions.add_outlet(
        new,
        actor=SYSTEM,
        now=now(),
        key=settings.SECRET_KEY.encode(),
        allow_private=settings.MESSAGES_ALLOW_PRIVATE,
    )
    click.echo(f"已登记“{outlet}”。请用 huying outlet test {outlet} 试发一条。")


@click.command("list")
@_JSON
def list_(as_json: bool) -> None:
    """列出渠道与各自的账。"""
    accounts = {each.name: each for each in queries.accounts()}
    rows = queries.outlets()
    if as_json:
        facts = [asdict(row) | asdict(accounts[row.name]) for row in rows]
        click.echo(json.dumps(facts, ensure_ascii=False, default=str))
        return
    for row in rows:
        topics = "、".join(topic.label for topic in row.topics)
        where = f"{row.area_code or '全部辖区'}{f'，单位{row.unit_id}' if row.unit_id else ''}"
        account = accounts[row.name]
        click.echo(f"{row.name}（{row.kind.label}，{where}{'' if row.active else '，已停用'}）：{topics}")
        click.echo(
            f"  生成{account.created}，送达{account.delivered}，待发{account.pending}，"
            f"发送中{account.running}，未送达{account.dead}"
        )
    if not rows:
        click.echo("还没有渠道；用 huying outlet add 登记。")


@click.command()
@click.argument("outlet")
def test(outlet: str) -> None:
    """试发一条，并显示服务方的答复；没有送达时以1退出。"""
    verdict = deliver(actions.trial(outlet, worker=name(), now=read_clock()))
    is_well = verdict.outcome is Outcome.DELIVERED
    click.secho(f"{verdict.outcome.label}：{verdict.text}", fg="green" if is_well else "red")
    if not is_well:
        raise SystemExit(FAILED)


@click.command()
@click.argument("outlet")
def revive(outlet: str) -> None:
    """把未送达的通知重新排队。"""
    count = actions.revive(outlet, actor=SYSTEM, now=now())
    click.echo(f"已重新排队 {count} 条。")


@click.command()
@click.argument("outlet")
def close(outlet: str) -> None:
    """停用渠道：不再排队，待发的记为未送达。"""
    actions.close_outlet(outlet, actor=SYSTEM, now=now())
    click.echo(f"已停用“{outlet}”。")
