"""A calendar notice in whichever file it comes. Source: docs/rules/administration.md §7."""

import csv
import io
from collections.abc import Sequence

from huying.administration.policy import moments
from huying.administration.policy.columns import tidy
from huying.clocks.policy import Notice, parse_csv, parse_toml
from huying.shared.errors import Incomplete

_HEADING = ("日期", "date")


def of_text(text: str) -> Notice:
    """Read the TOML that is shipped, or rows of 日期,名称,休或班."""
    return parse_toml(text) if "[[" in text else parse_csv(text)


def of_grid(grid: Sequence[Sequence[str]]) -> Notice:
    """Read a sheet whose rows are 日期, 名称, 休或班 below a heading; days in any shape of a spreadsheet."""
    start = next((row for row, cells in enumerate(grid) if cells and tidy(cells[0]).lower() in _HEADING), -1)
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    for cells in grid[start + 1 :]:
        said = [tidy(cell) for cell in cells[:3]]
        if any(said):
            writer.writerow([_day(said[0]), *said[1:]])
    return parse_csv(out.getvalue())


def _day(said: str) -> str:
    try:
        return moments.day(said, "日期").isoformat()
    except Incomplete:
        return said  # the notice itself says what is wrong with the row
