"""`huying bench NAME`: one JSON object as the last line."""

import json

import click


@click.command("intake")
@click.option("--concurrency", default=8, show_default=True, type=click.IntRange(1, 256), help="并发连接数。")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(1, 600), help="测量时长。")
def intake(concurrency: int, seconds: float) -> None:
    """两个网站进程每秒受理多少完整上报(HTTP)。"""
    from huying.benchmarks import intake as measured

    _print(measured.run(concurrency=concurrency, seconds=seconds))


def _print(figures: dict[str, object]) -> None:
    click.echo(json.dumps(figures, ensure_ascii=False))
