"""The clock that jumps, and people who can do one thing at a time."""

from huying.simulation.timeline import Crew, Story, Timeline, Wait, Work


def test_time_passes_from_event_to_event_and_stops_at_the_end() -> None:
    seen: list[float] = []
    timeline = Timeline(end=100)

    def story() -> Story:
        for _ in range(10):
            seen.append(timeline.now)
            yield Wait(30)

    timeline.begin(story(), at=5)
    assert list(timeline.run()) == seen == [5, 35, 65, 95]


def test_a_crew_does_as_much_at_a_time_as_it_has_people_and_what_is_due_first() -> None:
    finished: list[tuple[str, float]] = []
    timeline, crew = Timeline(end=1_000), Crew(size=1)

    def task(name: str, due: float) -> Story:
        yield Work(crew, 10, due)
        finished.append((name, timeline.now))

    for name, due in (("first come", 90), ("late", 80), ("urgent", 20)):
        timeline.begin(task(name, due), at=0)
    list(timeline.run())
    assert finished == [("first come", 10), ("urgent", 20), ("late", 30)]
    assert (crew.busy, crew.worked_seconds, crew.longest_queue) == (0, 30, 2)


def test_two_people_work_side_by_side() -> None:
    finished: list[float] = []
    timeline, crew = Timeline(end=1_000), Crew(size=2)

    def task() -> Story:
        yield Work(crew, 10, 0)
        finished.append(timeline.now)

    for _ in range(3):
        timeline.begin(task(), at=0)
    list(timeline.run())
    assert finished == [10, 10, 20]
