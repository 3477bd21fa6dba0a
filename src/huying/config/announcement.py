"""What the terminal says once the site answers."""

import time
from urllib.error import URLError
from urllib.request import urlopen

import click

LOOK_EVERY_SECONDS = 0.5
ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # what to ask when all are listened on


class Announcement:
    """Says once, when /readyz answers 200, where the site is, and what else there is to say."""

    def __init__(self, host: str, port: int, said: str) -> None:
        self.address = f"http://{ANY_ADDRESS.get(host, host)}:{port}/"
        self.more = said
        self.said = False
        self.looked = 0.0

    def look(self) -> None:
        """Ask the site, now and then, until it has been announced."""
        if self.said or time.monotonic() - self.looked < LOOK_EVERY_SECONDS:
            return
        self.looked = time.monotonic()
        if self._answers():
            self.said = True
            click.echo(f"\n呼应已就绪：{self.address}\n{self.more}按 Ctrl-C 停止。")

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.address}readyz", timeout=2) as answer:  # noqa: S310  # our own address
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False
