"""A report counts once, however often it is sent."""

from dataclasses import replace

import pytest

from huying.cases import actions
from huying.cases.actions import Reported
from huying.cases.actions.once import once
from huying.cases.models import Answered, Case
from huying.cases.policy.reports import MAX_KEY, fingerprint
from huying.ledger import queries as ledger
from huying.shared.errors import Incomplete, KeyReused, NotFound

from .conftest import NOW, Cast


def test_the_same_key_and_body_get_the_same_answer(cast: Cast) -> None:
    sent = cast.report()
    first = actions.report(sent, actor=cast.lin, now=NOW)
    again = actions.report(sent, actor=cast.lin, now=NOW.replace(hour=11))

    assert replace(again, created=True) == first
    assert (first.created, again.created) == (True, False)
    assert (Case.objects.count(), ledger.count(f"case:{first.number}")) == (1, 1)


def test_the_same_key_with_another_body_is_refused(cast: Cast) -> None:
    sent = cast.report()
    actions.report(sent, actor=cast.lin, now=NOW)
    with pytest.raises(KeyReused):
        actions.report(replace(sent, fingerprint=fingerprint("else")), actor=cast.lin, now=NOW)
    assert Case.objects.count() == 1


def test_two_sources_may_use_the_same_key(cast: Cast) -> None:
    sent = cast.report()
    actions.report(sent, actor=cast.lin, now=NOW)
    actions.report(replace(sent, source="12345"), actor=cast.lin, now=NOW)
    assert Case.objects.count() == 2


def test_a_batch_holds_new_old_and_doubled_reports_in_order(cast: Cast) -> None:
    old, new, other = cast.report(), cast.report(), cast.report()
    known = actions.report(old, actor=cast.lin, now=NOW)
    answers = actions.report_each([(each, cast.lin) for each in (new, old, new, other)], now=NOW)

    numbers = [answer.number[-5:] for answer in answers if isinstance(answer, Reported)]
    assert numbers == ["00002", "00001", "00002", "00003"]
    assert answers[1] == replace(known, created=False)
    assert answers[2] == replace(answers[0], created=False)
    assert Case.objects.count() == 3


def test_what_is_refused_in_a_batch_keeps_nothing_else_from_being_filed(cast: Cast) -> None:
    empty, good = cast.report(text=""), cast.report()
    unknown, reused = cast.report(category_id=0), replace(good, fingerprint=b"x" * 32)
    answers = actions.report_each([(each, cast.lin) for each in (empty, good, unknown, reused)], now=NOW)

    assert [type(answer) for answer in answers] == [Incomplete, Reported, NotFound, KeyReused]
    assert Case.objects.count() == 1


def test_a_refused_report_leaves_no_gap_in_the_numbers(cast: Cast) -> None:
    with pytest.raises(Incomplete):
        actions.report(cast.report(text=""), actor=cast.lin, now=NOW)
    known = cast.reported()
    with pytest.raises(KeyReused):
        actions.report(
            cast.report(key=cast.case(known).source_key, fingerprint=b"x" * 32), actor=cast.lin, now=NOW
        )
    assert cast.reported(key="another")[-5:] == "00002"


def test_a_write_under_a_key_happens_once(cast: Cast) -> None:
    times: list[int] = []

    def act() -> bytes:
        times.append(1)
        return b'{"n":%d}' % len(times)

    for _ in range(2):
        assert once("k", {"a": 1}, act, actor=cast.chen, now=NOW) == b'{"n":1}'
    with pytest.raises(KeyReused):
        once("k", {"a": 2}, act, actor=cast.chen, now=NOW)
    assert once("k", {"a": 2}, act, actor=cast.sun, now=NOW) == b'{"n":2}'  # another's key
    with pytest.raises(Incomplete):
        once("k" * (MAX_KEY + 1), {}, act, actor=cast.chen, now=NOW)


def test_a_refused_write_leaves_its_key_free(cast: Cast) -> None:
    def refuse() -> bytes:
        raise Incomplete(reason="不行")

    with pytest.raises(Incomplete):
        once("k", {}, refuse, actor=cast.chen, now=NOW)
    assert Answered.objects.count() == 0
