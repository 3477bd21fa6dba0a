"""The rules of messages as tables, without a database."""

from datetime import UTC, datetime, timedelta

import pytest

from huying.cases.states import Verb
from huying.clocks.states import Stage
from huying.messages.policy.addresses import check_address, is_allowed
from huying.messages.policy.events import Event, Subscription
from huying.messages.policy.pace import ATTEMPTS, DIGEST, LISTED, RATES, Bucket, share, wait_after
from huying.messages.policy.requests import LONGEST_BYTES, content
from huying.messages.policy.sealing import Access, opened, sealed
from huying.messages.policy.signing import dingtalk_address, feishu_signature
from huying.messages.policy.texts import STAGES, TEMPLATES, Text, Told, composed
from huying.messages.policy.verdicts import Answer, judged
from huying.messages.states import Outcome, OutletKind, Topic
from huying.shared.errors import Incomplete

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
SITE = "https://huying.example.cn"


# -- who is told -------------------------------------------------------------------------------------------

EVENT = Event("assign", "HY-1", NOW, "330109001002003", (7, 8))


@pytest.mark.parametrize(
    ("subscription", "is_wanted"),
    [
        (Subscription(1, frozenset({"assign"})), True),  # everything of a topic
        (Subscription(1, frozenset({"reopen"})), False),  # another topic
        (Subscription(1, frozenset({"assign"}), "330109001002"), True),  # the community above
        (Subscription(1, frozenset({"assign"}), "330109001003"), False),  # the one beside it
        (Subscription(1, frozenset({"assign"}), unit_id=8), True),  # one of the called units
        (Subscription(1, frozenset({"assign"}), unit_id=9), False),  # a unit that was not called
        (Subscription(1, frozenset({"assign"}), "330109001003", 8), False),  # both must fit
    ],
)
def test_who_is_told(subscription: Subscription, *, is_wanted: bool) -> None:
    assert subscription.wants(EVENT) == is_wanted


# -- how fast ----------------------------------------------------------------------------------------------

LIMITS = [  # kind, window in seconds, requests the provider takes in it
    (OutletKind.DINGTALK, 60, 20),
    (OutletKind.WECOM, 60, 20),
    (OutletKind.FEISHU, 60, 100),
    (OutletKind.FEISHU, 1, 5),
]


@pytest.mark.parametrize(("kind", "window", "limit"), LIMITS)
def test_no_window_sees_more_requests_than_the_provider_takes(kind: str, window: int, limit: int) -> None:
    """Take whenever a token is there, for ten minutes; look at every window."""
    rate, bucket, sent = RATES[kind], Bucket(), []
    for step in range(600 * 20):
        now = NOW + timedelta(seconds=step / 20)
        bucket = bucket.filled(rate, now)
        if bucket.tokens >= 1:
            bucket = bucket.taken()
            sent.append(step / 20)
    busiest = max(sum(1 for at in sent if first <= at < first + window) for first in sent)
    assert busiest <= limit
    assert len(sent) > 0.7 * limit * 600 / window or window == 1  # and little is given away


def test_a_clock_set_back_neither_fills_nor_empties_the_bucket() -> None:
    rate = RATES[OutletKind.DINGTALK]
    bucket = Bucket(tokens=2.0, filled_at=NOW)
    back = bucket.filled(rate, NOW - timedelta(hours=2))
    assert back.tokens == 2.0
    assert back.filled(rate, NOW - timedelta(hours=2) + timedelta(seconds=4)).tokens == 3.0


@pytest.mark.parametrize(
    ("due", "tokens", "expected"),
    [
        (1, 5.0, 1),
        (5, 5.0, 1),  # as many as may be sent: one each
        (6, 5.0, 6),  # more than may be sent: together
        (2, 1.2, 2),
        (500, 3.0, DIGEST),
    ],
)
def test_when_messages_come_together(due: int, tokens: float, expected: int) -> None:
    assert share(due, tokens) == expected


def test_waits_double_up_to_four_hours_and_are_spread() -> None:
    whole = [wait_after(attempt, 1.0).total_seconds() for attempt in range(1, ATTEMPTS + 3)]
    assert whole == [5 * 2**n for n in range(12)] + [4 * 3600] * 8
    assert wait_after(3, 0.0).total_seconds() == 10  # half at least
    assert sum(whole[: ATTEMPTS - 1]) / 3600 == pytest.approx(25.7, abs=0.1)  # hours until it is given up


# -- what an answer means ----------------------------------------------------------------------------------

ANSWERS = [
    # kind, status, body, outcome
    (OutletKind.DINGTALK, 200, {"errcode": 0, "errmsg": "ok"}, Outcome.DELIVERED),
    (OutletKind.DINGTALK, 200, {"errcode": 310000, "errmsg": "sign not match"}, Outcome.REFUSED),
    (OutletKind.DINGTALK, 200, {"errcode": 130101, "errmsg": "send too fast"}, Outcome.LIMITED),
    (OutletKind.DINGTALK, 200, {"errcode": -1, "errmsg": "系统繁忙"}, Outcome.LATER),
    (OutletKind.DINGTALK, 200, {"errcode": 999_999, "errmsg": "new code"}, Outcome.LATER),  # unknown: again
    (OutletKind.DINGTALK, 200, {"errcode": False}, Outcome.LATER),  # not a code
    (OutletKind.DINGTALK, 200, {"errcode": [0]}, Outcome.LATER),
    (OutletKind.DINGTALK, 500, {"errcode": 0}, Outcome.LATER),  # the status counts too
    (OutletKind.WECOM, 200, {"errcode": 45009, "errmsg": "api freq out of limit"}, Outcome.LIMITED),
    (OutletKind.WECOM, 200, {"errcode": 93000, "errmsg": "invalid webhook url"}, Outcome.REFUSED),
    (OutletKind.FEISHU, 200, {"code": 0, "msg": "success"}, Outcome.DELIVERED),
    (
        OutletKind.FEISHU,
        200,
        {"StatusCode": 0, "StatusMessage": "success"},
        Outcome.DELIVERED,
    ),  # older answer
    (OutletKind.FEISHU, 200, {"code": 19024, "msg": "Key Words Not Found"}, Outcome.REFUSED),
    (OutletKind.FEISHU, 400, {"code": 11232, "msg": "frequency limited"}, Outcome.LIMITED),
    (OutletKind.SMS, 200, {"code": 0, "id": "abc"}, Outcome.DELIVERED),
    (OutletKind.SMS, 200, {}, Outcome.LATER),
    (OutletKind.SMS, 302, {}, Outcome.REFUSED),
    (OutletKind.SMS, 403, {}, Outcome.REFUSED),
    (OutletKind.SMS, 408, {}, Outcome.LATER),
    (OutletKind.SMS, 429, {}, Outcome.LIMITED),
    (OutletKind.SMS, 503, {}, Outcome.LATER),
]


@pytest.mark.parametrize(("kind", "status", "body", "outcome"), ANSWERS)
def test_what_an_answer_means(kind: str, status: int, body: dict[str, object], outcome: Outcome) -> None:
    assert judged(kind, Answer(status, body)).outcome is outcome


def test_a_refusal_says_why_in_one_sentence() -> None:
    verdict = judged(OutletKind.DINGTALK, Answer(200, {"errcode": 310000, "errmsg": "sign not match"}))
    assert verdict.text == "安全设置不符（签名、关键词或IP）（代码 310000）：sign not match"
    assert judged(OutletKind.SMS, Answer(200, {"code": 0, "id": "abc"})).text == "abc"


# -- what is said ------------------------------------------------------------------------------------------

DUE = Told(
    "id-1",
    Topic.DEADLINE_DUE,
    "HY-330109001-20261121-00042",
    {"stage": "accept", "due_at": "2026-11-21T01:10:00+00:00", "urgent": True},
    "清风社区",
)


def test_one_message() -> None:
    text = composed([DUE], SITE)
    assert text.whole.splitlines() == [
        "【已超时】HY-330109001-20261121-00042",
        "【紧急】清风社区的事件受理已超时（应于11月21日 09:10前完成），请立即办理。",
        "https://huying.example.cn/cases/HY-330109001-20261121-00042/",
    ]
    assert composed([DUE], "").lines == text.lines[:1]  # no link without an address


def test_a_digest_counts_lists_and_carries_every_id() -> None:
    many = [Told(f"id-{n}", Topic.DEADLINE_DUE, f"HY-{n}", {}, "清风社区") for n in range(DIGEST)]
    text = composed(many, SITE)
    assert text.title == "【汇总】共50条通知"
    assert text.lines[0] == "已超时50条。"
    assert text.lines[1] == "已超时 HY-0 清风社区"
    assert text.lines[-2:] == (f"另有{DIGEST - LISTED}条，请登录查看。", "https://huying.example.cn/cases/")
    assert text.ids == tuple(f"id-{n}" for n in range(DIGEST))


@pytest.mark.parametrize("topic", Topic)
def test_every_topic_has_a_text_that_needs_nothing_it_may_lack(topic: Topic) -> None:
    assert topic in TEMPLATES
    text = composed([Told("id", topic, "HY-1", {})], "")
    assert "{" not in text.whole


def test_stages_are_called_as_the_clocks_call_them() -> None:
    assert {stage.value: stage.label for stage in Stage} == STAGES


def test_a_text_is_cut_to_what_every_provider_takes() -> None:
    text = Text("题", tuple("字" * 100 for _ in range(30)), ("id",))
    assert len(content(text).encode()) <= LONGEST_BYTES
    assert content(text).endswith("字…")
    longest = [
        Told(f"{n}", Topic.DEADLINE_WARNING, DUE.number, {}, "名称较长的某某社区") for n in range(DIGEST)
    ]
    assert not content(composed(longest, SITE)).endswith("…")  # a digest of long names fits


# -- how we are recognised, and who may read the address ----------------------------------------------------


def test_signatures_of_the_documented_procedure() -> None:
    """Computed with `openssl dgst -sha256 -hmac`, not with our code: docs/rules/messages.md §6."""
    address = dingtalk_address(
        "https://oapi.dingtalk.com/robot/send?access_token=x", "SECabc", 1_700_000_000_000
    )
    assert address == (
        "https://oapi.dingtalk.com/robot/send?access_token=x"
        "&timestamp=1700000000000&sign=jcUpW0QmtKduN03n4JqQ0PBosVjqnM8gU7fIIvsDmCM%3D"
    )
    assert feishu_signature("SECabc", 1_700_000_000) == "XprR1de+0SSBnwWyU/4k6x2TL+Q2SJlM5NNEdAv7MWg="
    assert dingtalk_address("https://x/?a=b", "", 1) == "https://x/?a=b"


def test_a_sealed_address_opens_only_with_its_key_and_name() -> None:
    access = Access("https://oapi.dingtalk.com/robot/send?access_token=geheim", "SECabc", ("10000000000",))
    box = sealed(access, name="群", key=b"key")
    assert opened(box, name="群", key=b"key") == access
    assert b"geheim" not in box
    assert "geheim" not in repr(access)
    for name, key in (("另一群", b"key"), ("群", b"other")):
        with pytest.raises(ValueError, match="sealed with another key"):
            opened(box, name=name, key=key)


# -- where we never send ------------------------------------------------------------------------------------

IPS = [
    # address, allowed, allowed where private networks are
    ("203.107.1.1", True, True),
    ("240e::1", True, True),
    ("127.0.0.1", False, True),
    ("::1", False, True),
    ("10.1.2.3", False, True),
    ("172.16.0.9", False, True),
    ("192.168.1.1", False, True),
    ("fd00::1", False, True),
    ("::ffff:127.0.0.1", False, True),
    ("::ffff:10.0.0.1", False, True),
    ("169.254.169.254", False, False),  # metadata of cloud machines
    ("::ffff:169.254.169.254", False, False),
    ("64:ff9b::169.254.169.254", False, False),  # through NAT64
    ("2002:a9fe:a9fe::1", False, False),  # through 6to4
    ("fe80::1", False, False),
    ("100.100.100.200", False, False),  # metadata at Alibaba Cloud
    ("0.0.0.0", False, False),  # noqa: S104  # this machine under another name
    ("::", False, False),
    ("224.0.0.1", False, False),
    ("240.0.0.1", False, False),
    ("255.255.255.255", False, False),
]


@pytest.mark.parametrize(("ip", "usually", "privately"), IPS)
def test_which_addresses_are_connected_to(ip: str, *, usually: bool, privately: bool) -> None:
    assert (is_allowed(ip, allow_private=False), is_allowed(ip, allow_private=True)) == (usually, privately)


ADDRESSES = [
    (OutletKind.DINGTALK, "https://oapi.dingtalk.com/robot/send?access_token=x", ""),
    (OutletKind.DINGTALK, "http://oapi.dingtalk.com/robot/send", "渠道地址应以 https:// 开头。"),
    (OutletKind.SMS, "ftp://example.cn/", "渠道地址应以 https:// 开头，不带用户名。"),
    (OutletKind.SMS, "https://user:pass@example.cn/", "渠道地址应以 https:// 开头，不带用户名。"),
    (OutletKind.SMS, "https://example.cn:99999/", "渠道地址不是网址。"),
    (OutletKind.SMS, "https://[::1/", "渠道地址不是网址。"),
    (OutletKind.SMS, "", "渠道地址不能为空、过长或含有空格。"),
    (OutletKind.SMS, "https://example.cn/\r\nHost: x", "渠道地址不能为空、过长或含有空格。"),
    (OutletKind.APPRISE, "mailto://user:pass@example.cn", ""),
    (OutletKind.APPRISE, "feishu://abc", "feishu 请用自带的渠道类型：Apprise 会把它的拒收当作成功。"),
    (OutletKind.APPRISE, "DingTalk://abc", "dingtalk 请用自带的渠道类型：Apprise 会把它的拒收当作成功。"),
    (OutletKind.APPRISE, "syslog://", "syslog 只在服务器本机显示，不能作为渠道。"),
    (OutletKind.APPRISE, "nothing", "Apprise 渠道的地址应形如 协议://…。"),
]


@pytest.mark.parametrize(("kind", "address", "refusal"), ADDRESSES)
def test_which_addresses_may_be_entered(kind: OutletKind, address: str, refusal: str) -> None:
    said = ""
    try:
        check_address(kind, address, allow_private=False)
    except Incomplete as refused:
        said = str(refused)
    assert said == refusal


def test_topics_are_verbs_of_cases_and_clocks() -> None:
    """They stand above messages, so the words are written again there."""
    clocks = {Topic.DEADLINE_WARNING, Topic.DEADLINE_DUE}
    own = set(Topic) - clocks - {Topic.TRIAL}
    assert {topic.value for topic in own} <= {verb.value for verb in Verb}
    labels = {topic: topic.label.removeprefix("已").removeprefix("被").removeprefix("新") for topic in own}
    assert {topic: Verb(topic.value).label for topic in own} == labels
