"""The routing bench: it sees no outcome and beats the plain rule on months it has not seen."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from huying.benchmarks import routing
from huying.benchmarks.commands import routing as command
from huying.intake.files import load_profile

OUTCOMES = ("DISPOSE_UNIT_ID", "DISPOSE_UNIT_NAME", "INTIME_ARCHIVE_NUM", "OVERTIME_ARCHIVE_NUM")
PINGSHAN = "pingshan"


@pytest.fixture(scope="module")
def months(data: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file cut by month: before 2018-09, 2018-09, and 2018-09 with its outcomes moved to other cases."""
    folder = tmp_path_factory.mktemp("months")
    source = data / "pingshan" / "requests_2018-02_2018-10.csv"
    rows = list(csv.DictReader(source.read_text("gb18030").splitlines()))
    september = [row for row in rows if row["CREATE_TIME"][:7] == "2018-09"]
    outcomes = [{name: row[name] for name in OUTCOMES} for row in september]
    parts = {
        "before": [row for row in rows if row["CREATE_TIME"][:7] < "2018-09"],
        "september": september,
        "shuffled": [
            row | outcome for row, outcome in zip(september, outcomes[1_000:] + outcomes[:1_000], strict=True)
        ],
    }
    return {name: write(folder / f"{name}.csv", part) for name, part in parts.items()}


def write(path: Path, rows: list[dict[str, str]]) -> Path:
    with path.open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def offered(months: dict[str, Path], test: str) -> list[routing.Ranking]:
    profile = load_profile(PINGSHAN)
    past, asked = routing.handled(months["before"], profile), routing.handled(months[test], profile)
    return routing.proposed(past, [each.facts for each in asked.cases])


def test_the_outcomes_of_the_test_file_change_no_proposal(months: dict[str, Path]) -> None:
    """A case whose unit is unknown is not asked, so equal facts are compared instead of equal lines."""
    profile = load_profile(PINGSHAN)
    true, shuffled = (
        dict(
            zip(
                [case.facts for case in routing.handled(months[name], profile).cases],
                offered(months, name),
                strict=True,
            )
        )
        for name in ("september", "shuffled")
    )

    assert true.keys() & shuffled.keys()
    assert {each: true[each] for each in true if each in shuffled} == {
        each: shuffled[each] for each in shuffled if each in true
    }


def test_it_beats_the_plain_rule_and_prints_json_last(months: dict[str, Path]) -> None:
    arguments = ["--train", str(months["before"]), "--test", str(months["september"]), "--profile", PINGSHAN]

    result = CliRunner().invoke(command, arguments)

    assert result.exit_code == 0
    figures = json.loads(result.output.splitlines()[-1])
    assert (figures["name"], figures["n"], figures["trained_on"]) == ("routing", 2558, 1415)
    assert figures["top1"] > figures["control_top1"] + 0.05
    assert figures["top3"] > figures["control_top3"] + 0.10
