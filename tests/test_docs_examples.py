"""Every curl command of docs/api.md, sent as it stands there; the answers have the shape shown."""

import json
import re
import shlex
from pathlib import Path
from string import Template

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils.timezone import now
from shapely.geometry import box

from huying.config.api import api
from huying.org import actions as org
from huying.org import queries
from huying.org.policy import SYSTEM
from huying.places import actions as places
from huying.places.states import AreaLevel

PAGE = (Path(__file__).parent.parent / "docs" / "api.md").read_text("utf-8")
COMMANDS = re.findall(r"```bash\n(.*?)```", PAGE, re.DOTALL)
SHOWN = [json.loads(example) for example in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)]


@pytest.fixture
def known(db: None) -> dict[str, str]:
    """One grid with an outline, and a machine that may report; what the commands name by `$NAME`."""
    for code, name, level, parent in (
        ("3301", "杭州市", AreaLevel.CITY, ""),
        ("330109", "萧山区", AreaLevel.DISTRICT, "3301"),
        ("330109001", "城厢街道", AreaLevel.STREET, "330109"),
        ("330109001002", "清风社区", AreaLevel.COMMUNITY, "330109001"),
        ("330109001002003", "第三网格", AreaLevel.GRID, "330109001002"),
    ):
        places.create_area(code, name=name, level=level, parent=parent, actor="system", now=now())
    outline = box(120.26, 30.15, 120.28, 30.17)
    places.set_boundary("330109001002003", outline, valid_from=now().date(), actor="system", now=now())
    queries.forget_actors()
    _, secret = org.issue_token("12345热线", "12345", now=now(), actor=SYSTEM)
    return {"SITE": "", "TOKEN": secret}


def send(command: str, known: dict[str, str]) -> HttpResponse:
    """Do what curl would do: address, -X, -H and -d."""
    words = iter(shlex.split(Template(command.replace("\\\n", " ")).substitute(known))[1:])
    options: dict[str, str] = {}
    headers: dict[str, str] = {}
    path = ""
    for word in words:
        if word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word.startswith("-"):
            options[word] = next(words)
        else:
            path = word
    return Client().generic(
        options.get("-X", "GET"), path, options.get("-d", ""), "application/json", headers=headers
    )


def test_the_examples_work_in_their_order(known: dict[str, str]) -> None:
    statuses, bodies = [], []
    for command in COMMANDS:
        answer = send(command, known)
        body = json.loads(answer.content)
        statuses.append(answer.status_code)
        bodies.append(body)
        if "receipt" in body and "RECEIPT" not in known:
            known |= {"NUMBER": body["number"], "RECEIPT": body["receipt"]}

    assert statuses == [201, 200, 200, 200, 200, 201, 200, 200, 409, 200, 200, 200, 200, 200]
    filed, problem, page = SHOWN
    assert set(filed) == set(bodies[0])
    assert problem == bodies[8]
    assert (set(page), page["next_before"]) == (set(bodies[9]), bodies[9]["next_before"])
    assert [case["source"] for case in bodies[7]["cases"]] == ["12345"] * 2
    assert all(bodies[10:])


def test_every_verb_and_address_of_the_page_is_there() -> None:
    paths = {path.removeprefix("/api/v1") for path in api.get_openapi_schema()["paths"]}
    verbs = re.search(r"/\{verb\}`: (.*?); requests", PAGE, re.DOTALL)
    assert verbs
    posts = {path.rpartition("/")[2] for path in paths if path.startswith("/cases/{number}/")}
    reads = {"timeline", "proposals", "proof", "opening", "{sha256}"}
    assert set(re.findall(r"`([\w-]+)`", verbs[1])) == posts - reads
    others = re.findall(r"`(/[\w/{}-]+)`", PAGE.partition("## Other reads")[2])
    named = {path.removeprefix("/api/v1") for path in others}
    assert named - paths == {"/docs"}
