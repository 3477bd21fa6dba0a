"""`huying token`, `account`, `duty`, `gaps`: run by whoever holds the machine, as the system."""

import json
from collections.abc import Sequence
from datetime import datetime

import click
from django.utils.timezone import localtime, now

from huying.org import actions, queries
from huying.org.policy import SYSTEM
from huying.org.policy.gaps import GapReport
from huying.org.states import MACHINE_ROLES, SCOPES, Role, Scope

_JSON = click.option("--json", "as_json", is_flag=True, help="输出JSON。")
_AREA = click.option("--area", "area_code", default="", help="辖区代码；不填为全部辖区。")
_PEOPLE = [role.value for role in Role if SCOPES[role] in (Scope.AREA, Scope.UNIT, Scope.NONE)]


@click.command("issue")
@click.argument("name")
@click.option("--source", required=True, help="上报来源代码，如 12345。")
@click.option(
    "--role", type=click.Choice(sorted(role.value for role in MACHINE_ROLES)), default=Role.CONNECTOR.value
)
@click.option("--expires", type=click.DateTime(["%Y-%m-%d"]), help="失效日期；不填为长期有效。")
@_AREA
@_JSON
def token_issue(
    name: str, source: str, role: str, expires: datetime | None, area_code: str, as_json: bool
) -> None:
    """发放令牌。密文只显示这一次，系统只保存其摘要。"""
    issued, secret = actions.issue_token(
        name,
        source,
        role=Role(role),
        area_code=area_code,
        expires_at=localtime().replace(*expires.timetuple()[:3]) if expires else None,
        now=now(),
        actor=SYSTEM,
    )
    if as_json:
        click.echo(json.dumps({"id": issued.pk, "name": name, "source": source, "secret": secret}))
        return
    click.echo(f"令牌 {issued.pk}（{name}，来源 {source}），请立即保存，以后无法再次查看：")
    click.echo(secret)


@click.command("revoke")
@click.argument("token_id", type=int)
def token_revoke(token_id: int) -> None:
    """吊销令牌。"""
    actions.revoke_token(token_id, now=now(), actor=SYSTEM)
    click.echo(f"令牌 {token_id} 已吊销。")


@click.command("open")
@click.argument("username")
@click.option("--name", required=True, help="姓名。")
@click.option("--role", type=click.Choice(_PEOPLE), default=Role.ADMINISTRATOR.value, help="角色。")
@click.option("--unit", "unit_code", default="", help="单位代码（部门人员必填）。")
@click.option("--phone", default="", help="工作电话。")
@click.password_option(prompt="密码", confirmation_prompt="再输一次")
@_AREA
def account_open(
    username: str, name: str, role: str, unit_code: str, phone: str, password: str, area_code: str
) -> None:
    """登记一名人员并开通账号：新装系统的第一个管理员由此产生。"""
    staff = actions.enrol(
        name=name,
        phone=phone,
        username=username,
        password=password,
        role=Role(role),
        area_code=area_code,
        unit_code=unit_code,
        now=now(),
        actor=SYSTEM,
    )
    click.echo(f"已开通 {username}（{Role(role).label}，人员编号 {staff.pk}）。")


@click.command("show")
@_AREA
@_JSON
def duty_show(area_code: str, as_json: bool) -> None:
    """今天的值班表；▶ 为正在值班。"""
    roster = queries.duty_today(now(), area_prefix=area_code)
    if as_json:
        click.echo(json.dumps([_rostered(each) for each in roster], ensure_ascii=False))
        return
    for each in roster:
        mark = "▶" if each.is_running else " "
        click.echo(f"{mark} {each.unit_name} {_hours(each.starts_at, each.ends_at)} {each.name} {each.phone}")
    if not roster:
        click.echo("今天没有排班。")


def _rostered(each: queries.Rostered) -> dict[str, object]:
    return {
        "unit": each.unit_code,
        "name": each.name,
        "phone": each.phone,
        "starts_at": each.starts_at.isoformat(),
        "ends_at": each.ends_at.isoformat(),
        "is_running": each.is_running,
    }


def _hours(start: datetime, end: datetime) -> str:
    return f"{localtime(start):%m-%d %H:%M}—{localtime(end):%m-%d %H:%M}"


@click.command("gaps")
@_AREA
@_JSON
@click.pass_context
def gaps(context: click.Context, area_code: str, as_json: bool) -> None:
    """责任链、值班表和交接班的空缺；有空缺时退出码为3。"""
    report = queries.gaps(now(), area_prefix=area_code)
    if as_json:
        click.echo(json.dumps(_report(report), ensure_ascii=False))
    else:
        click.echo("\n".join(_lines(report)) or "没有空缺。")
    if not report.is_empty:
        context.exit(GAPS_FOUND)


GAPS_FOUND = 3  # exit code; 2 is a refusal


def _report(report: GapReport) -> dict[str, object]:
    return {
        "at": report.at.isoformat(),
        "places": [
            {"code": gap.place.code, "name": gap.place.name, "level": gap.level, "lack": gap.lack}
            for gap in report.places
        ],
        "hours": [
            {
                "unit": gap.unit_code,
                "starts_at": gap.window.starts_at.isoformat(),
                "ends_at": gap.window.ends_at.isoformat(),
            }
            for gap in report.hours
        ],
        "hand_overs": [
            {"unit": gap.unit_code, "shift": gap.shift_id, "written": gap.written}
            for gap in report.hand_overs
        ],
        "unwatched": [street.code for street in report.unwatched],
    }


def _lines(report: GapReport) -> Sequence[str]:
    places = [f"{g.place.name}（{g.place.code}）{g.level.label}：{g.lack.label}" for g in report.places]
    hours = [f"{g.unit_name} 无人值班：{_hours(g.window.starts_at, g.window.ends_at)}" for g in report.hours]
    states = {True: "接班人未确认", False: "未交班"}
    hand_overs = [f"{g.unit_code} 班次{g.shift_id}：{states[g.written]}" for g in report.hand_overs]
    unwatched = [f"{street.name}（{street.code}）没有指挥室" for street in report.unwatched]
    return [*places, *hours, *hand_overs, *unwatched]
