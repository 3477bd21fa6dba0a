from datetime import timedelta

import pytest
from django.test import Client
from django.utils.timezone import now

from huying.org import actions, queries
from huying.org.policy import SYSTEM
from huying.org.states import ChainLevel, Role
from huying.shared.ids import StaffId

from .conftest import COMMUNITY, GRID, OTHER_STREET, STREET, Town, sid

API = "/api/v1"
ENDPOINTS = {
    "units": f"{API}/units?area_code={{area}}",
    "duty": f"{API}/duty?area_code={{area}}",
    "responsibility": f"{API}/responsibility/{{area}}",
    "gaps": f"{API}/gaps?area_code={{area}}",
}
SIGNED_IN = {"units", "duty", "responsibility"}
READS_GAPS = {Role.COMMANDER, Role.LEADER, Role.SUPERVISOR}


def session(client: Client, role: Role, area_code: str = STREET) -> Client:
    unit_code = "CG" if role is Role.UNIT_WORKER else ""
    staff = actions.enrol(
        name="某人",
        username="someone",
        password="Correct-2026",
        role=role,
        area_code="" if unit_code else area_code,
        unit_code=unit_code,
        now=now() - timedelta(days=1),
        actor=SYSTEM,
    )
    assert staff.user
    client.force_login(staff.user)
    return client


@pytest.fixture
def staffed(town: Town) -> Town:
    """Chen is on duty today; Wang is the grid worker."""
    start = now() - timedelta(hours=1)
    actions.schedule_shift("ZHS", sid(town.chen), start, start + timedelta(hours=8), now=start, actor=SYSTEM)
    town.responsible(town.wang, ChainLevel.GRID_WORKER)
    return town


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_who_may_read_what_at_home_and_elsewhere(
    staffed: Town, client: Client, role: Role, endpoint: str
) -> None:
    session(client, role)
    at_home = client.get(ENDPOINTS[endpoint].format(area=STREET)).status_code
    elsewhere = client.get(ENDPOINTS[endpoint].format(area=OTHER_STREET)).status_code
    if endpoint == "gaps":
        assert (at_home, elsewhere) == (200 if role in READS_GAPS else 403, 403)
    elif endpoint == "responsibility":
        assert (at_home, elsewhere) == (200, 503)  # the other street has nobody
    else:
        assert (at_home, elsewhere) == (200, 200)


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_nobody_reads_without_signing_in(staffed: Town, client: Client, endpoint: str) -> None:
    answer = client.get(ENDPOINTS[endpoint].format(area=STREET))
    assert (answer.status_code, answer.json()["code"]) == (401, "NotSignedIn")


def test_everybody_may_ask_for_the_grid_worker(staffed: Town, client: Client) -> None:
    answer = client.get(f"{API}/directory", {"area_code": GRID})
    assert (answer.status_code, answer.json()) == (
        200,
        {"area_code": GRID, "name": "王网格", "phone": "0571-8201"},
    )


def test_the_grid_worker_of_an_address(staffed: Town, client: Client) -> None:
    answer = client.get(f"{API}/directory", {"address": "城厢街道崇化小区3幢2单元501室"})
    assert (answer.status_code, answer.json()["name"]) == (200, "王网格")


@pytest.mark.parametrize(
    ("question", "status", "code"),
    [
        # no grid worker is known for the whole community
        ({"area_code": COMMUNITY}, 404, "NotFound"),
        # nothing asked
        ({}, 422, "Incomplete"),
        # an address nobody knows
        ({"address": "月球环形山路1号"}, 422, "Incomplete"),
    ],
)
def test_the_directory_says_what_it_lacks(
    staffed: Town, client: Client, question: dict[str, str], status: int, code: str
) -> None:
    answer = client.get(f"{API}/directory", question)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_units_as_they_are(staffed: Town, client: Client) -> None:
    session(client, Role.GRID_WORKER)
    actions.move_unit("CG", line_parent="", local_parent="ZHS", now=now(), actor=SYSTEM)
    assert client.get(f"{API}/units", {"kind": "department"}).json() == [
        {
            "code": "CG",
            "name": "城管局",
            "kind": "department",
            "kind_label": "部门",
            "area_code": STREET,
            "line_parent": None,
            "local_parent": "ZHS",
        }
    ]


def test_who_is_on_duty_now(staffed: Town, client: Client) -> None:
    session(client, Role.GRID_WORKER)
    (shift,) = client.get(f"{API}/duty").json()
    assert (shift["unit_code"], shift["name"], shift["phone"], shift["is_running"]) == (
        "ZHS",
        "陈值班",
        "0571-8203",
        True,
    )


def test_the_chain_and_the_owner_of_a_place(staffed: Town, client: Client) -> None:
    session(client, Role.GRID_WORKER)
    wang = {
        "name": "王网格",
        "phone": "0571-8201",
        "level": "grid_worker",
        "how": "holder",
        "how_label": "责任人",
    }
    body = client.get(f"{API}/responsibility/{GRID}").json()
    assert (body["area_code"], body["owner"]) == (GRID, wang)
    assert [(link["level"], link["person"], link["lack"]) for link in body["chain"]] == [
        ("liaison_cadre", None, "vacant"),
        ("community_head", None, "vacant"),
        ("grid_chief", None, "vacant"),
        ("grid_worker", wang, None),
        ("building_head", None, "no_building"),
    ]


def test_the_gap_report(staffed: Town, client: Client) -> None:
    session(client, Role.SUPERVISOR)
    body = client.get(f"{API}/gaps", {"area_code": GRID}).json()
    assert [(gap["code"], gap["level_label"], gap["lack_label"]) for gap in body["places"]] == [
        (GRID, "网格长", "未落实责任人"),
        (f"{GRID}B3", "楼长", "未落实责任人"),
    ]
    hours = client.get(f"{API}/gaps", {"area_code": STREET}).json()["hours"]
    assert [gap["unit_code"] for gap in hours] == ["ZHS"]


def test_a_machine_reads_with_its_token(staffed: Town, client: Client) -> None:
    _, secret = actions.issue_token("市热线", "12345", now=now(), actor=SYSTEM)
    machine = {"Authorization": f"Bearer {secret}"}
    assert client.get(f"{API}/units", headers=machine).status_code == 200
    assert client.get(f"{API}/gaps", headers=machine).status_code == 403
    assert client.get(f"{API}/units", headers={"Authorization": "Bearer x"}).status_code == 401


def test_a_person_without_any_grant_reads_no_gaps(staffed: Town, client: Client) -> None:
    staff: StaffId = sid(staffed.zhao)
    client.force_login(actions.open_account(staff, "zhao", "Correct-2026", now=now(), actor=SYSTEM))
    assert client.get(f"{API}/gaps").status_code == 403
    assert queries.gaps(now()).is_empty is False  # there is something that could leak
