"""In order of time, and of planning where times are equal."""

from bench.fleet.agenda import Agenda


def test_order() -> None:
    agenda, seen = Agenda(), list[tuple[str, float]]()
    for name, time in (("c", 3), ("a", 1), ("b", 1)):
        agenda.at(time, lambda name=name: seen.append((name, agenda.now)))
    agenda.run()
    assert seen == [("a", 1), ("b", 1), ("c", 3)]


def test_what_is_done_may_plan_more_and_a_time_ends_it() -> None:
    agenda, times = Agenda(), list[float]()

    def tick() -> None:
        times.append(agenda.now)
        agenda.after(1, tick)

    agenda.at(0, tick)
    agenda.run(until=3)
    assert times == [0, 1, 2, 3]
    agenda.run(until=4)
    assert times[-1] == 4
