"""`huying import devices FILE`."""

from pathlib import Path

import click
from django.utils.timezone import now

from huying.devices import actions, files
from huying.org.policy import SYSTEM


@click.command("devices")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def devices(file: Path) -> None:
    """导入设备（CSV）：编码、种类、名称、所属编码、经度、纬度、地点、朝向、识别类别、视频地址、报告间隔秒。"""
    new, changed = actions.register(files.read(file), actor=SYSTEM, now=now())
    click.echo(f"新增 {new}，更改 {changed}")
