"""Who guesses passwords has to wait; who knows his own has not (docs/rules/org.md §6.10, §6.11)."""

import re
from collections.abc import Iterator

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory, override_settings

from huying.org.models import User
from huying.org.requests import caller

pytestmark = pytest.mark.django_db
RIGHT, WRONG = "duty-room-24", "duty-room-25"


@pytest.fixture(autouse=True)
def _chen() -> Iterator[None]:
    """A user whose password is hashed quickly: two hundred guesses are made here."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        User.objects.create_user("chen", password=RIGHT)
        yield


def sign_in(password: str, name: str = "chen", address: str = "10.0.0.1") -> HttpResponse:
    fields = {"username": name, "password": password}
    answer: HttpResponse = Client(REMOTE_ADDR=address).post("/login/", fields)
    return answer


def test_after_ten_failures_the_right_password_has_to_wait_too() -> None:
    assert {sign_in(WRONG).status_code for _ in range(10)} == {200}

    refused = sign_in(RIGHT)

    assert refused.status_code == 429
    assert re.search("请求过于频繁，请 (900|8[0-9]{2}) 秒后再试。", refused.content.decode())
    assert sign_in(RIGHT, address="10.0.0.2").status_code == 302  # he himself, elsewhere


def test_successes_are_not_counted() -> None:
    assert {sign_in(RIGHT).status_code for _ in range(12)} == {302}


def test_many_names_from_one_address() -> None:
    assert {sign_in(WRONG, name=f"name{nr}").status_code for nr in range(50)} == {200}
    assert sign_in(RIGHT).status_code == 429


def test_one_name_from_many_addresses() -> None:
    assert {sign_in(WRONG, address=f"10.0.1.{nr}").status_code for nr in range(100)} == {200}
    assert sign_in(RIGHT, name="Chen", address="10.0.0.9").status_code == 429


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "", "127.0.0.1"),
        (0, "10.1.2.3", ""),  # a proxy nobody told of: all would have one address
        (1, "10.1.2.3", "10.1.2.3"),
        (1, "6.6.6.6, 10.1.2.3", "10.1.2.3"),  # the left is what the caller wrote himself
        (2, "6.6.6.6, 10.1.2.3, 192.168.0.1", "10.1.2.3"),
        (2, "10.1.2.3", ""),
        (1, "", ""),
    ],
)
def test_the_address_of_a_caller(proxies: int, forwarded: str, address: str) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    with override_settings(PROXIES=proxies):
        assert caller(RequestFactory().get("/", headers=headers)) == address


def test_without_an_address_nobody_pays_for_his_neighbour() -> None:
    def try_once(password: str) -> int:
        fields = {"username": "chen", "password": password}
        return Client(headers={"X-Forwarded-For": "10.1.2.3"}).post("/login/", fields).status_code

    assert {try_once(WRONG) for _ in range(60)} == {200}
    assert try_once(RIGHT) == 302
