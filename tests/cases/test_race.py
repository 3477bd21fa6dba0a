"""Two at the same moment: one wins, the other is told why."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from huying.cases import actions
from huying.cases.models import Case, Move
from huying.cases.states import Verb
from huying.shared.errors import IllegalMove, KeyReused, Refused

from .conftest import NOW, Cast

ROUNDS = 50


def at_once(*attempts: Callable[[], object]) -> list[object]:
    """Run the attempts at the same moment on connections of their own; return results or refusals."""
    barrier = Barrier(len(attempts))

    def run(attempt: Callable[[], object]) -> object:
        try:
            barrier.wait()
            return attempt()
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return [future.result() for future in [pool.submit(run, attempt) for attempt in attempts]]


def test_two_actors_race_for_the_same_case(racing: Cast) -> None:
    outcomes = []
    for _ in range(ROUNDS):
        number = racing.reported()
        outcomes += at_once(
            lambda number=number: actions.accept(number, actor=racing.chen, now=NOW),
            lambda number=number: actions.decline(number, actor=racing.chen, now=NOW, reason="不属街道"),
        )
    refused = [outcome for outcome in outcomes if isinstance(outcome, IllegalMove)]

    assert (len(outcomes) - len(refused), len(refused)) == (ROUNDS, ROUNDS)
    assert {str(refusal) for refusal in refused} <= {
        "待指派状态下不能执行“不予受理”。",
        "不予受理状态下不能执行“受理”。",
    }
    assert Move.objects.filter(verb__in=[Verb.ACCEPT, Verb.DECLINE]).count() == ROUNDS


def test_the_same_report_sent_eight_times_at_once_is_one_case(racing: Cast) -> None:
    for _ in range(10):
        sent = racing.report()
        answers = at_once(*[lambda sent=sent: actions.report(sent, actor=racing.lin, now=NOW)] * 8)
        assert len({answer.number for answer in answers if isinstance(answer, actions.Reported)}) == 1
    assert Case.objects.count() == 10


def test_the_same_key_with_two_bodies_at_once_files_one_of_them(racing: Cast) -> None:
    sent = racing.report()
    other = racing.report(key=sent.key)
    answers = at_once(
        lambda: actions.report(sent, actor=racing.lin, now=NOW),
        lambda: actions.report(other, actor=racing.lin, now=NOW),
    )
    assert {type(answer) for answer in answers} == {actions.Reported, KeyReused}
    assert Case.objects.count() == 1


def test_what_hangs_on_a_case_is_read_anew_after_waiting_for_its_lock(racing: Cast) -> None:
    """Two colleagues sign the same call: without the second look both would find it unsigned."""
    outcomes = []
    for _ in range(ROUNDS):
        number = racing.in_hand()
        outcomes += at_once(
            *[lambda number=number: actions.acknowledge(number, actor=racing.zhao, now=NOW)] * 2
        )
    assert sum(isinstance(outcome, IllegalMove) for outcome in outcomes) == ROUNDS
    assert Move.objects.filter(verb=Verb.ACKNOWLEDGE).count() == ROUNDS
