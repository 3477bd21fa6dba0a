"""Which servers are refused."""

import pytest
from django.conf import settings

from huying.database import safety
from huying.database.safety import UnsafeServer
from huying.shared.errors import Unavailable

GOOD = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "server_encoding": "UTF8",
    "transaction_read_only": "off",
    "data_checksums": "on",
}


@pytest.mark.parametrize(
    ("change", "version", "allowed", "refused"),
    [
        ({}, 15, False, []),
        ({"synchronous_commit": "remote_apply"}, 18, False, []),  # waits for a replica: safer still
        ({"synchronous_commit": "remote_write"}, 18, False, []),
        ({"synchronous_commit": "off"}, 15, False, ["synchronous_commit = off"]),
        (
            {"synchronous_commit": "local"},
            15,
            False,
            ["synchronous_commit = local"],
        ),  # leaves the replica behind
        ({"fsync": "off", "full_page_writes": "off"}, 15, False, ["fsync = off", "full_page_writes = off"]),
        ({"server_encoding": "SQL_ASCII"}, 15, False, ["server_encoding = SQL_ASCII"]),
        ({"transaction_read_only": "on"}, 15, False, ["transaction_read_only = on"]),  # a standby
        ({"data_checksums": "off"}, 15, False, ["data_checksums = off"]),
        ({"data_checksums": "off"}, 15, True, []),  # the operator takes the risk
        ({"fsync": "off"}, 15, True, ["fsync = off"]),  # but not this one
        ({}, 14, False, ["PostgreSQL 14 过旧"]),
    ],
)
def test_a_server_that_may_lose_a_commit(
    change: dict[str, str], version: int, *, allowed: bool, refused: list[str]
) -> None:
    problems = safety.unsafe(GOOD | change, version=version, allow_no_checksums=allowed)
    assert [problem[: len(start)] for problem, start in zip(problems, refused, strict=True)] == refused


@pytest.fixture
def address() -> str:
    place = settings.DATABASES["default"]
    return f"host={place['HOST']} user={place['USER']} password={place['PASSWORD']} dbname=postgres"


def test_the_server_of_the_tests_is_safe(address: str) -> None:
    safety.check(address, allow_no_checksums=True)


@pytest.mark.parametrize(
    "setting", ["synchronous_commit=off", "synchronous_commit=local", "default_transaction_read_only=on"]
)
def test_an_unsafe_server_is_refused(address: str, setting: str) -> None:
    with pytest.raises(UnsafeServer, match="拒绝运行"):
        safety.check(f"{address} options='-c {setting}'", allow_no_checksums=True)


def test_no_server_at_all() -> None:
    with pytest.raises(Unavailable, match="无法连接数据库"):
        safety.check("host=127.0.0.1 port=1 dbname=nothing", allow_no_checksums=False)
