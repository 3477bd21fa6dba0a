"""The `huying` command."""

import click


@click.group()
def main() -> None:
    """Huying 呼应: run a sub-district."""
