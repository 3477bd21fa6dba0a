"""`huying bench NAME`: one JSON object as the last line."""

import json
from pathlib import Path

import click

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command("intake")
@click.option(
    "--concurrency", default=256, show_default=True, type=click.IntRange(1, 256), help="并发连接数。"
)
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1, 600), help="测量时长。")
def intake(concurrency: int, seconds: float) -> None:
    """两个网站进程每秒受理多少完整上报（HTTP）。"""
    from huying.benchmarks import intake as measured

    _print(measured.run(concurrency=concurrency, seconds=seconds))


@click.command("intake-bulk")
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1, 64), help="并发连接数。")
@click.option("--seconds", default=15.0, show_default=True, type=click.FloatRange(1, 600), help="测量时长。")
def intake_bulk(concurrency: int, seconds: float) -> None:
    """两个网站进程每秒受理多少批量上报（NDJSON，每次1000条）。"""
    from huying.benchmarks import bulk as measured

    _print(measured.run(concurrency=concurrency, seconds=seconds))


@click.command("loop")
@click.option(
    "--concurrency", default=128, show_default=True, type=click.IntRange(1, 256), help="并发连接数。"
)
@click.option(
    "--seconds", default=20.0, show_default=True, type=click.FloatRange(0.1, 600), help="测量时长。"
)
def loop(concurrency: int, seconds: float) -> None:
    """每秒多少事件走完七步：上报、受理、指派、签收、到场、答复、核查结案（HTTP）。"""
    from huying.benchmarks import loop as measured

    _print(measured.run(concurrency=concurrency, seconds=seconds))


@click.command("sweep")
@click.option(
    "--running", default=1_000_000, show_default=True, type=click.IntRange(1), help="正在计时的时限数。"
)
@click.option("--due", default=10_000, show_default=True, type=click.IntRange(1), help="同时到期的时限数。")
def sweep(running: int, due: int) -> None:
    """两个后台进程多快触发同时到期的时限，且无一提前、无一重复。"""
    from huying.benchmarks import sweep as measured

    _print(measured.run(running=running, due=due))


@click.command("desk")
@click.option(
    "--cases", default=1_000_000, show_default=True, type=click.IntRange(1_000), help="库中的事件数。"
)
@click.option(
    "--seconds", default=2.0, show_default=True, type=click.FloatRange(0.1, 600), help="每种列表的时长。"
)
@click.option("--concurrency", default=1, show_default=True, type=click.IntRange(1, 256), help="并发连接数。")
def desk(cases: int, seconds: float, concurrency: int) -> None:
    """待办队列的页面和接口多快：街道、区、单位，首页、深页、各种筛选。"""
    from huying.benchmarks import desk as measured

    _print(measured.run(cases=cases, seconds=seconds, concurrency=concurrency))


@click.command("locate")
@click.option("--grids", default=10_000, show_default=True, type=click.IntRange(4), help="网格数。")
@click.option("--points", default=200_000, show_default=True, type=click.IntRange(2_000), help="坐标数。")
def locate(grids: int, points: int) -> None:
    """每秒定位多少个坐标，单个坐标多快；对照：只用 shapely 的 STRtree。"""
    from huying.benchmarks import locate as measured

    _print(measured.run(grids=grids, points=points))


@click.command("ledger")
@click.option(
    "--leaves", default=10_000_000, show_default=True, type=click.IntRange(1_000), help="树的叶子数。"
)
@click.option(
    "--entries", default=500_000, show_default=True, type=click.IntRange(1_000), help="编号的条目数。"
)
def ledger(leaves: int, entries: int) -> None:
    """每秒编号、归档并签署多少条存证，一千万条时的证明多大多快；对照：同样的行在数据库内复制。"""
    from huying.benchmarks import ledger as measured

    _print(measured.run(leaves=max(leaves, entries), entries=entries))


@click.command("growth")
@click.option(
    "--sizes", default="10000,100000,1000000,10000000", show_default=True, help="事件数，以逗号分隔。"
)
@click.option(
    "--seconds", default=8.0, show_default=True, type=click.FloatRange(0.1, 600), help="每项测量时长。"
)
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), help="图（SVG）写入此文件夹。")
def growth(sizes: str, seconds: float, into: Path | None) -> None:
    """各项速度如何随库中的事件数变化。"""
    from huying.benchmarks import growth as measured

    try:
        wanted = [int(each) for each in sizes.split(",")]
    except ValueError:
        raise click.BadParameter("应为以逗号分隔的整数", param_hint="--sizes") from None
    _print(
        measured.run(sizes=wanted, seconds=seconds, into=into, told=lambda each: click.echo(each, err=True))
    )


@click.command("live")
@click.option(
    "--viewers", default=500, show_default=True, type=click.IntRange(1, 1000), help="同时在看的人。"
)
@click.option(
    "--steps-per-second", default=50.0, show_default=True, type=click.FloatRange(0.1, 1000), help="每秒步数。"
)
@click.option(
    "--seconds", default=20.0, show_default=True, type=click.FloatRange(0.1, 600), help="测量时长。"
)
def live(viewers: int, steps_per_second: float, seconds: float) -> None:
    """一步提交后多久到达每个在看的人，且无一遗漏、无一重复。"""
    from huying.benchmarks import live as measured

    _print(measured.run(viewers=viewers, steps_per_second=steps_per_second, seconds=seconds))


@click.command("routing")
@click.option("--train", required=True, type=FILE, help="用来学习的历史案件。")
@click.option("--test", required=True, type=FILE, help="用来检验的、较晚的案件。")
@click.option("--profile", required=True, help="自带配置的名称（如pingshan），或配置文件（.toml）。")
@click.option("--daily", is_flag=True, help="另外检验：每天学习前一天为止的全部案件（如系统运行时）。")
def routing(train: Path, test: Path, profile: str, daily: bool) -> None:
    """建议的办理单位有多准：第一条、前三条，以及只按多数表决的对照。"""
    from huying.benchmarks import routing as measured

    figures = measured.run(train=train, test=test, profile=profile, daily=daily)
    click.echo(f"学习 {figures['trained_on']} 件，检验 {figures['n']} 件")
    click.echo(f"建议：第一条正确 {figures['top1']:.1%}，前三条之内 {figures['top3']:.1%}")
    click.echo(f"对照（多数表决）：{figures['control_top1']:.1%}，{figures['control_top3']:.1%}")
    if daily:
        click.echo(f"每天重新学习：{figures['daily_top1']:.1%}，{figures['daily_top3']:.1%}")
    _print(figures)


@click.command("categories")
@click.option("--file", "path", required=True, type=FILE, help="CSV，首行为 text,label：来信与其类别。")
def categories(path: Path) -> None:
    """由文字建议的类别有多准：第一条、前三条；对照：总是猜最多的几类。"""
    from huying.benchmarks import categories as measured

    _print(measured.run(path))


@click.command("pages")
@click.option("--visits", default=5, show_default=True, type=click.IntRange(1, 100), help="每页打开几次。")
@click.option("--path", default="/", show_default=True, help="哪一页。")
def pages(visits: int, path: str) -> None:
    """手机上（处理器慢四倍）报事页多重、多快画出；对照：只有一行字的页面。"""
    from huying.benchmarks import pages as measured

    _print(measured.run(visits=visits, path=path))


@click.command("screenshots")
@click.option("--into", required=True, type=click.Path(file_okay=False, path_type=Path), help="放到哪里。")
def screenshots(into: Path) -> None:
    """拍下示范街道的各个工作台：手机、桌面、大屏，浅色与深色。"""
    from huying.benchmarks import screenshots as taken

    for file, size in taken.run(into):
        click.echo(f"{file} {size // 1_000} kB")


def _print(figures: dict[str, object]) -> None:
    click.echo(json.dumps(figures, ensure_ascii=False))


@click.command("cockpit")
@click.option("--address", default="http://127.0.0.1:8000", show_default=True, help="正在运行的网站。")
def cockpit(address: str) -> None:
    """没有显卡的浏览器里，三维地图转动时每秒多少帧；对照为空白页。"""
    from dataclasses import asdict

    from huying.benchmarks import cockpit as measured

    _print(asdict(measured.measure(address.rstrip("/"))))
