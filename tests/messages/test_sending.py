"""Every adapter over a provider that misbehaves: what is told as delivered, and what is not."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.messages.provider import Provider

from huying.messages import wire
from huying.messages.policy.sealing import Access
from huying.messages.policy.texts import Text
from huying.messages.policy.verdicts import Verdict
from huying.messages.sending import send
from huying.messages.states import Outcome, OutletKind

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
TEXT = Text("【已超时】HY-1", ("清风社区的事件受理已超时。",), ("id-1",))
ROBOTS = [OutletKind.DINGTALK, OutletKind.WECOM, OutletKind.FEISHU, OutletKind.SMS]


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(slow_seconds=0.6) as running:
        yield running


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "STEP_SECONDS", 0.3)
    monkeypatch.setattr(wire, "WHOLE_SECONDS", 0.6)


def tell(provider: Provider, kind: OutletKind, secret: str = "") -> Verdict:
    to = ("10000000000",) if kind is OutletKind.SMS else ()
    access = Access(provider.url(kind), secret, to)
    return send(kind, access, TEXT, now=NOW, allow_private=True)


# mode: what we say came of it, whether it took effect at the provider
CASES = {
    "ok": (Outcome.DELIVERED, True),
    "refused": (Outcome.REFUSED, False),  # HTTP 200
    "limited": (Outcome.LIMITED, False),  # HTTP 200
    "busy": (Outcome.LATER, False),  # HTTP 200
    "throttled": (Outcome.LIMITED, False),
    "broken": (Outcome.LATER, False),
    "gone": (Outcome.REFUSED, False),
    "garbage": (Outcome.LATER, False),  # a captive portal: HTTP 200
    "empty": (Outcome.LATER, False),  # HTTP 200 without a code
    "redirect": (Outcome.REFUSED, False),
    "cut before": (Outcome.LATER, False),
    "cut after": (Outcome.LATER, True),  # we cannot know: it is sent again, the receiver drops it
    "slow": (Outcome.LATER, True),  # answered after we gave up
    "drip": (Outcome.LATER, True),
}


@pytest.mark.parametrize("mode", CASES)
@pytest.mark.parametrize("kind", ROBOTS)
def test_what_a_provider_makes_of_it(provider: Provider, kind: OutletKind, mode: str) -> None:
    provider.mode = mode
    verdict = tell(provider, kind)
    outcome, is_effective = CASES[mode]
    assert (verdict.outcome, "id-1" in provider.effects) == (outcome, is_effective)
    assert verdict.text
    assert len(provider.requests) == 1  # no redirect was followed, nothing tried twice


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_provider_that_is_down(provider: Provider, kind: OutletKind) -> None:
    provider.stop()
    assert tell(provider, kind) == Verdict(Outcome.LATER, "没有收到回复：对方拒绝连接")


def test_a_provider_may_say_how_long_to_wait(provider: Provider) -> None:
    provider.mode = "throttled"
    assert tell(provider, OutletKind.WECOM).wait_seconds == 7


@pytest.mark.parametrize("kind", [OutletKind.DINGTALK, OutletKind.FEISHU])
def test_requests_are_signed_as_the_provider_documents(provider: Provider, kind: OutletKind) -> None:
    provider.secret = "SECabc"
    assert tell(provider, kind, "SECabc").outcome is Outcome.DELIVERED
    assert tell(provider, kind, "another").outcome is Outcome.REFUSED  # control: the provider does look
    assert tell(provider, kind).outcome is Outcome.REFUSED


def test_what_goes_over_the_wire(provider: Provider) -> None:
    for kind in ROBOTS:
        tell(provider, kind)
    text = "呼应【已超时】HY-1\n清风社区的事件受理已超时。"
    assert provider.requests == [
        {"msgtype": "text", "text": {"content": text}},
        {"msgtype": "text", "text": {"content": text}},
        {"msg_type": "text", "content": {"text": text}},
        {"ids": ["id-1"], "to": ["10000000000"], "text": text},
    ]
    assert provider.received == {"id-1": 4}


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")  # Apprise loads it
def test_apprise_for_the_rest(provider: Provider) -> None:
    access = Access(f"json://127.0.0.1:{provider.port}/sms")
    verdict = send(OutletKind.APPRISE, access, TEXT, now=NOW, allow_private=True)
    assert verdict.outcome is Outcome.DELIVERED
    assert provider.requests[0]["message"] == "清风社区的事件受理已超时。\n#id-1"
    provider.mode = "broken"
    assert send(OutletKind.APPRISE, access, TEXT, now=NOW, allow_private=True).outcome is Outcome.LATER


@pytest.mark.filterwarnings("ignore:'imghdr':DeprecationWarning")
@pytest.mark.parametrize("kind", [*ROBOTS, OutletKind.APPRISE])
def test_our_own_network_is_refused_unless_it_is_allowed(provider: Provider, kind: OutletKind) -> None:
    apprise = f"json://localhost:{provider.port}/sms"
    address = apprise if kind is OutletKind.APPRISE else provider.url(kind).replace("127.0.0.1", "localhost")
    for allow_private, outcome in ((False, Outcome.REFUSED), (True, Outcome.DELIVERED)):
        verdict = send(kind, Access(address), TEXT, now=NOW, allow_private=allow_private)
        assert verdict.outcome is outcome
    assert len(provider.requests) == 1


def test_the_address_that_was_checked_is_the_one_connected_to(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that leads elsewhere at the second look-up (DNS rebinding)."""
    answers = iter(["127.0.0.1", "169.254.169.254"])
    asked = []

    def getaddrinfo(host: str, port: int, *_: object, **__: object) -> list[object]:
        asked.append(host)
        return [(2, 1, 6, "", (next(answers), port))]

    url = provider.url("sms").replace("127.0.0.1", "rebinding.example")
    access = Access(url, to=("1",))
    monkeypatch.setattr(wire.socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(wire.socket, "create_connection", _connect_by_number)
    assert send(OutletKind.SMS, access, TEXT, now=NOW, allow_private=True).outcome is Outcome.DELIVERED
    assert asked == ["rebinding.example"]
    verdict = send(OutletKind.SMS, access, TEXT, now=NOW, allow_private=True)
    assert verdict == Verdict(Outcome.REFUSED, "不允许向地址 169.254.169.254 发送")


def _connect_by_number(address: tuple[str, int], timeout: float) -> object:
    """Connect without asking getaddrinfo again."""
    plain = wire.socket.socket()
    plain.settimeout(timeout)
    plain.connect(address)
    return plain


def test_the_provider_runs_as_a_process_too(tmp_path: Path) -> None:
    """For faults that kill and freeze workers: its record is written before it answers."""
    command = [sys.executable, "-m", "tests.messages.provider", "--record", str(tmp_path / "record")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            access = Access(f"http://127.0.0.1:{int(process.stdout.readline())}/sms", to=("1",))
            assert send(OutletKind.SMS, access, TEXT, now=NOW, allow_private=True).text == "ok"
            assert json.loads((tmp_path / "record").read_text())["id"] == "id-1"
        finally:
            process.kill()
