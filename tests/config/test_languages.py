"""The reader's language: refusals on pages and from the API."""

import string
from inspect import signature

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.utils.translation import override
from tests.config.test_translations import HAN

from huying.config import urls
from huying.look.speech import said
from huying.shared.complaints import sentence
from huying.shared.errors import Conflict, IllegalMove, Incomplete, NotFound, Refused
from huying.shared.sentences import Sentence, Sentences

ENGLISH = {"Accept-Language": "en-GB,en;q=0.9,zh;q=0.5"}


def refusals(base: type[Refused] = Refused) -> list[type[Refused]]:
    return [base, *(each for child in base.__subclasses__() for each in refusals(child))]


def made(kind: type[Refused]) -> Refused:
    """Return a refusal of this kind with a fact in each of its places, and whatever else it is made of."""
    named = {name for _, name, _, _ in string.Formatter().parse(kind.text) if name}
    asked = {each.name for each in signature(kind).parameters.values() if each.kind is each.KEYWORD_ONLY}
    return kind(**dict.fromkeys(named | asked, "x1"))


@pytest.mark.parametrize("kind", refusals(), ids=lambda kind: kind.__name__)
def test_every_refusal_is_said_in_both_languages(kind: type[Refused]) -> None:
    refused = made(kind)
    with override("zh-hans"):
        assert said(refused) == str(refused)
    with override("en"):
        told = said(refused)
    assert not HAN.search(told)
    assert ("x1" in told) == ("x1" in str(refused))


@pytest.mark.parametrize(
    ("thing", "english"),
    [
        # a sentence with a number that has a format
        (Sentence("距事件地点{away_m:.0f}米，超出{radius_m}米，请说明原因", away_m=104.6, radius_m=50),
         "You are 105 m from the place, more than 50 m: please say why"),
        # the label of an enum inside a sentence inside a refusal
        (Incomplete(reason=Sentence("已有待审批的{kind}申请", kind="延期")),
         "A request is already pending: Extension."),
        # several sentences
        (Conflict(reason=Sentences([Sentence("缺少{column}", column="A"), "引号没有闭合"])),
         "Missing: A; A quotation mark is not closed."),
        # what somebody wrote himself stays as it is
        (NotFound(what="辖区", key="清风苑"), "Not found: Area “清风苑”."),
        (sentence([{"loc": ("body", "text"), "type": "missing"}, {"loc": ("n",), "type": "odd"}]),
         "The request is wrong: text is missing; n is malformed."),
        ("", ""),
    ],
)  # fmt: skip
def test_a_sentence_keeps_its_facts(thing: object, english: str) -> None:
    with override("en"):
        assert said(thing) == english


def refusing(request: HttpRequest) -> HttpResponse:
    raise IllegalMove(state="已结案", verb="指派")


urlpatterns = [*urls.urlpatterns, path("refusing", refusing)]
handler404 = urls.handler404


@override_settings(ROOT_URLCONF=__name__)
def test_a_page_refuses_in_the_language_of_the_reader(client: Client) -> None:
    english = client.get("/refusing", headers=ENGLISH).content.decode()
    assert "“Assign” is not possible in the state “Closed”." in english
    assert "Nothing has been changed." in english
    assert "已结案状态下不能执行“指派”。" in client.get("/refusing").content.decode()
    client.cookies["language"] = "zh-hans"  # chosen on the page: stronger than the browser's wish
    assert "已结案状态下不能执行" in client.get("/refusing", headers=ENGLISH).content.decode()


@pytest.mark.django_db
def test_the_api_refuses_in_the_language_of_the_reader(client: Client) -> None:
    address = "/api/v1/cases/HY-1"
    assert client.get(address, headers=ENGLISH).json()["detail"] == "Not found: Case “HY-1”."
    assert client.get(address).json()["detail"] == "没有找到事件“HY-1”。"
    nowhere = client.get("/api/v1/nowhere", headers=ENGLISH)
    assert nowhere.json()["detail"] == "This address was not found."
    assert client.get("/nowhere", headers=ENGLISH).content.decode().count("This page was not found.") == 2
