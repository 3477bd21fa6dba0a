"""The `huying` command: a table of subcommands, imported when they are called."""

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import wraps
from importlib import import_module
from types import FrameType

import click

from huying.shared.errors import Refused

REFUSED = 2  # exit code of a user's mistake, as click's own usage errors
INTERNAL = 1
INTERRUPTED = 130


class Need(Enum):
    """What must stand before a command runs."""

    NOTHING = auto()
    SERVER = auto()  # a database server that is safe, in whatever state its tables are
    TABLES = auto()  # the same, migrated


@dataclass(frozen=True, slots=True)
class Entry:
    """One subcommand. target: "module:name" of a click command."""

    target: str
    help: str
    need: Need = Need.TABLES


COMMANDS: Mapping[str, Entry] = {
    "up": Entry("huying.config.commands:up", "启动全部：数据库、网站、后台任务"),
    "web": Entry("huying.config.commands:web", "只启动网站"),
    "live": Entry("huying.config.commands:live", "只启动实时推送"),
    "worker": Entry("huying.config.commands:worker", "只启动后台任务（时限巡查等）"),
    "demo": Entry("huying.config.commands:demo", "准备示范街道并启动"),
    "migrate": Entry("huying.config.commands:migrate", "更新数据库结构", Need.SERVER),
    "import catalogue": Entry(
        "huying.catalogue.commands:import_", "导入清单（立结案标准、热线分类、事件树、职责清单）"
    ),
    "import areas": Entry("huying.places.commands:areas", "导入辖区与边界（GeoJSON、CSV、XLSX）"),
    "import estates": Entry("huying.places.commands:estates", "导入小区"),
    "import buildings": Entry("huying.places.commands:buildings", "导入楼栋"),
    "import devices": Entry("huying.devices.commands:devices", "导入设备（摄像头、传感器、执法记录仪）"),
    "import calendar": Entry("huying.clocks.commands:import_", "导入一年的节假日安排"),
    "import cases": Entry("huying.intake.commands:import_", "导入历史案件"),
    "stats": Entry("huying.assessment.commands:stats", "按街道、按类型统计"),
    "bench intake": Entry("huying.benchmarks.commands:intake", "每秒受理多少完整上报"),
    "bench intake-bulk": Entry("huying.benchmarks.commands:intake_bulk", "每秒受理多少批量上报"),
    "bench loop": Entry("huying.benchmarks.commands:loop", "每秒办结多少事件（从上报到核查）"),
    "bench sweep": Entry("huying.benchmarks.commands:sweep", "同时到期的时限多快触发"),
    "bench desk": Entry("huying.benchmarks.commands:desk", "一百万件事件时待办队列多快"),
    "bench cockpit": Entry("huying.benchmarks.commands:cockpit", "三维地图转动时每秒多少帧", Need.NOTHING),
    "bench locate": Entry("huying.benchmarks.commands:locate", "每秒定位多少个坐标"),
    "bench ledger": Entry("huying.benchmarks.commands:ledger", "每秒存证多少条，证明多大多快"),
    "bench live": Entry("huying.benchmarks.commands:live", "一步多久到达每个在看的人"),
    "bench growth": Entry("huying.benchmarks.commands:growth", "随事件数增长的各项速度，并作图"),
    "bench categories": Entry(
        "huying.benchmarks.commands:categories", "由文字建议的类别有多准", Need.NOTHING
    ),
    "bench routing": Entry("huying.benchmarks.commands:routing", "建议的办理单位有多准", Need.NOTHING),
    "bench pages": Entry("huying.benchmarks.commands:pages", "报事页在慢手机上多重、多快"),
    "screenshots": Entry("huying.benchmarks.commands:screenshots", "拍下各个工作台的图"),
    "document": Entry("huying.config.documents:document", "重写文档中由代码生成的部分", Need.NOTHING),
    "translate": Entry("huying.config.translations:translate", "更新英文译文目录", Need.NOTHING),
    "manage": Entry("huying.config.commands:manage", "Django 管理命令", Need.SERVER),
    "token issue": Entry("huying.org.commands:token_issue", "发放接入系统的令牌"),
    "token revoke": Entry("huying.org.commands:token_revoke", "吊销令牌"),
    "account open": Entry("huying.org.commands:account_open", "登记人员并开通账号"),
    "duty show": Entry("huying.org.commands:duty_show", "今天的值班表"),
    "clocks status": Entry("huying.clocks.commands:status", "时限巡查与日历是否正常"),
    "clocks resume": Entry("huying.clocks.commands:resume", "核对时钟后恢复时限巡查"),
    "ledger status": Entry("huying.ledger.commands:status", "存证日志是否正常"),
    "ledger key": Entry("huying.ledger.commands:key", "日志名称与公钥", Need.SERVER),
    "ledger verify": Entry("huying.ledger.commands:verify", "核对整个存证日志"),
    "ledger check": Entry("huying.ledger.checking:check", "离线核验一个证明文件", Need.NOTHING),
    "ledger prove": Entry("huying.ledger.commands:prove", "案件每一步的存证证明"),
    "ledger rebuild": Entry("huying.ledger.commands:rebuild", "日志目录丢失后由数据库重写"),
    "ledger witness": Entry("huying.ledger.witness:witness", "见证别的单位的存证日志", Need.NOTHING),
    "outlet add": Entry("huying.messages.commands:add", "登记通知渠道（群机器人、短信网关等）"),
    "outlet list": Entry("huying.messages.commands:list_", "通知渠道与各自的账"),
    "outlet test": Entry("huying.messages.commands:test", "向渠道试发一条"),
    "outlet revive": Entry("huying.messages.commands:revive", "把未送达的通知重新排队"),
    "outlet close": Entry("huying.messages.commands:close", "停用通知渠道"),
    "gaps": Entry("huying.org.commands:gaps", "责任链与值班表的空缺"),
    "simulate": Entry("huying.simulation.commands:simulate", "用模拟的人和时钟运行一条街道"),
    "demo-life": Entry("huying.simulation.commands:demo_life", "示范街道里的日常（由 demo 启动）"),
    "backup": Entry("huying.config.backup_commands:backup", "备份全部数据，并开始持续归档"),
    "restore": Entry("huying.config.backup_commands:restore", "由备份恢复为新的数据目录", Need.NOTHING),
    "restore-drill": Entry("huying.config.backup_commands:restore_drill", "恢复演练：备份、恢复、检查、计时"),
    "invariants": Entry("huying.config.invariants:invariants", "检查系统的各项承诺"),
}
GROUPS: Mapping[str, str] = {
    "import": "导入数据",
    "bench": "测量性能与准确率；最后一行是一个 JSON 对象",
    "token": "接入系统的令牌",
    "account": "登录账号",
    "duty": "值班",
    "clocks": "时限",
    "ledger": "存证",
    "outlet": "通知渠道",
}  # first word of two-word commands


class Table(click.Group):
    """A group whose commands stand in COMMANDS under `prefix`; help reads the table, not the code."""

    def __init__(self, prefix: str = "", **settings: object) -> None:
        super().__init__(**settings)  # type: ignore[arg-type]
        self.prefix = prefix

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        inside = (name.removeprefix(self.prefix) for name in COMMANDS if name.startswith(self.prefix))
        return list(dict.fromkeys(name.split()[0] for name in inside))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        name = self.prefix + cmd_name
        if name in COMMANDS:
            return _load(COMMANDS[name])
        if any(other.startswith(f"{name} ") for other in COMMANDS):
            return Table(prefix=f"{name} ", name=cmd_name, help=GROUPS[cmd_name])
        return None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, self._help(name)) for name in self.list_commands(ctx)]
        with formatter.section("命令"):
            formatter.write_dl(rows)

    def _help(self, name: str) -> str:
        entry = COMMANDS.get(self.prefix + name)
        return entry.help if entry else GROUPS[name]


@click.group(cls=Table, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="huying")
def huying() -> None:
    """呼应：街道治理平台。"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and exit: 0 done, 1 our fault, 2 refused or misused, 130 interrupted."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts background jobs deaf to it
    sys.exit(_run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    try:
        return huying(args=arguments, standalone_mode=False) or 0
    except Refused as refused:
        click.secho(str(refused), err=True, fg="red")
        return REFUSED
    except click.ClickException as misuse:
        misuse.show()
        return misuse.exit_code
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # the reader has enough: `huying … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return INTERNAL
    except Exception as error:
        if os.environ.get("HUYING_DEBUG") == "1":
            raise
        click.secho(f"内部错误：{error!r}（设置 HUYING_DEBUG=1 可查看详情）", err=True, fg="red")
        return INTERNAL


def _leave(number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + number)


def _load(entry: Entry) -> click.Command:
    """Import a command; its module may import models, so Django is made ready first."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "huying.config.settings")
    if entry.need is not Need.NOTHING:
        import django

        django.setup()
    module, name = entry.target.split(":")
    command: click.Command = getattr(import_module(module), name)
    return _prepared(command, entry.need)


def _prepared(command: click.Command, need: Need) -> click.Command:
    if need is Need.NOTHING or command.callback is None:
        return command
    callback: Callable[..., object] = command.callback

    @wraps(callback)
    def prepared(*args: object, **kwargs: object) -> object:
        from huying.config import readiness

        with readiness.server():
            if need is Need.TABLES:
                readiness.migrate_if_behind()
            return callback(*args, **kwargs)

    command.callback = prepared
    return command
