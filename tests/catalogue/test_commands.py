import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from huying.catalogue.commands import import_
from huying.catalogue.models import Edition

pytestmark = pytest.mark.django_db
GOOD = "大类名称,小类名称,立案条件,处置时限\n市容环境,暴露垃圾,成堆,4工作时\n"


def run(file: Path, text: str, *options: str) -> tuple[int, str]:
    file.write_text(text)
    result = CliRunner().invoke(import_, [str(file), "--from", "2026-04-01", *options])
    return result.exit_code, result.output


def test_import_prints_what_it_did_as_json(tmp_path: Path) -> None:
    code, output = run(tmp_path / "demo.csv", GOOD, "--json", "--default-limit", "3工作日")
    edition = Edition.objects.get()
    assert code == 0
    assert json.loads(output) == {
        "edition": edition.pk,
        "state": "published",
        "rows": 1,
        "created": 1,
        "unchanged": 0,
        "rejected": [],
    }
    assert (edition.scheme, edition.name, edition.default_limit_amount) == ("demo", "demo 2026-04-01", 3)


def test_a_broken_row_is_named_and_the_edition_stays_a_draft(tmp_path: Path) -> None:
    code, output = run(tmp_path / "demo.csv", f"{GOOD}市容环境,道路保洁,脏,尽快\n")
    assert code == 2
    assert output == (
        "第3行：看不懂处置时限“尽快”\n新增1行，未变0行，坏行1行。\n版本状态：草稿（自2026-04-01起）。\n"
    )
