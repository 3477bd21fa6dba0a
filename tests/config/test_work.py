"""One worker process: a task that breaks is started again, and the others go on."""

from threading import Event

import pytest

from huying.config import work


def test_a_task_that_breaks_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "AGAIN_SECONDS", (0.01,))
    stop, runs = Event(), []

    def breaks(stop: Event) -> None:
        runs.append(len(runs))
        if len(runs) == 3:
            stop.set()
        raise ValueError("inside")

    work.keep_running(breaks, stop)
    assert runs == [0, 1, 2]


def test_the_others_go_on_and_all_stop_together(monkeypatch: pytest.MonkeyPatch) -> None:
    stop, beats = Event(), []

    def breaks(stop: Event) -> None:
        raise ValueError("inside")

    def goes_on(stop: Event) -> None:
        while not stop.wait(0.01):
            beats.append(1)
            if len(beats) == 20:
                stop.set()

    tasks = {"a.breaks": breaks, "b.goes_on": goes_on}
    monkeypatch.setattr(work, "TASKS", tuple(tasks))
    monkeypatch.setattr(work, "find_spec", lambda _name: True)
    monkeypatch.setattr(work, "import_string", tasks.__getitem__)
    work.run(stop)
    assert len(beats) == 20
