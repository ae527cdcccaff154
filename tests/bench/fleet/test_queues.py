"""Against the theory of queues, where it has closed forms: means of long runs, within a few per cent of them."""

import math
import random
from collections.abc import Callable

import pytest

from bench.fleet.agenda import Action, Agenda
from bench.fleet.batcher import Batcher, Batching
from bench.fleet.pool import Pool
from bench.fleet.processor import Processor

COUNT = 60_000
Serve = Callable[[float, Action], None]
"""Takes the seconds of a job's work, and what to do when it is done."""


def mean_time(serve: Callable[[Agenda], Serve], rate: float, work: Callable[[random.Random], float]) -> float:
    """From coming to being done, on average over many jobs that come at random, `rate` a second."""
    agenda, chance = Agenda(), random.Random(7)
    taken = serve(agenda)
    total = [0.0]

    def come(left: int) -> None:
        begin = agenda.now

        def done() -> None:
            total[0] += agenda.now - begin

        taken(work(chance), done)
        if left:
            agenda.after(chance.expovariate(rate), lambda: come(left - 1))

    come(COUNT - 1)
    agenda.run()
    return total[0] / COUNT


def exponential(chance: random.Random) -> float:
    return chance.expovariate(1)


def constant(chance: random.Random) -> float:
    return 1.0


def pool(servers: int) -> Callable[[Agenda], Serve]:
    return lambda agenda: Pool(Processor(agenda, servers), servers).run


def shared(agenda: Agenda) -> Serve:
    return Processor(agenda, 1).run


def batcher_of_one(agenda: Agenda) -> Serve:
    taking = Batcher(agenda, Processor(agenda, 1), Batching(most=1, waiting=10**9), lambda size: 1.0 * size)
    return lambda seconds, then: None if taking.take(then) else pytest.fail("it has no bound")


def erlang_c(servers: int, load: float) -> float:
    """The probability of having to wait in M/M/c."""
    terms = [load**n / math.factorial(n) for n in range(servers)]
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(terms) + last)


@pytest.mark.parametrize(
    ("serve", "work", "rate", "expected"),
    [
        (pool(1), exponential, 0.5, 1 / (1 - 0.5)),
        (pool(1), constant, 0.6, 1 + 0.6 / (2 * (1 - 0.6))),  # Pollaczek and Khinchine
        (pool(3), exponential, 2.0, 1 + erlang_c(3, 2.0) / (3 - 2.0)),
        (pool(8), exponential, 6.0, 1 + erlang_c(8, 6.0) / (8 - 6.0)),
        (shared, exponential, 0.5, 1 / (1 - 0.5)),
        (shared, constant, 0.6, 1 / (1 - 0.6)),  # of processor sharing only the mean of the work counts
        (batcher_of_one, constant, 0.6, 1 + 0.6 / (2 * (1 - 0.6))),
    ],
    ids=["M/M/1", "M/D/1", "M/M/3", "M/M/8", "M/M/1-PS", "M/D/1-PS", "M/D/1 as batches of one"],
)
def test_mean_time(
    serve: Callable[[Agenda], Serve], work: Callable[[random.Random], float], rate: float, expected: float
) -> None:
    assert mean_time(serve, rate, work) == pytest.approx(expected, rel=0.04)


def test_the_machine_repairman() -> None:
    """A closed loop: 8 clients who think for 10 s on average and wait for one server of 1 s; product form, exactly."""
    agenda, chance, done = Agenda(), random.Random(3), [0]
    server = Pool(Processor(agenda, 1), 1)

    def think() -> None:
        agenda.after(chance.expovariate(1 / 10), lambda: server.run(chance.expovariate(1), finished))

    def finished() -> None:
        done[0] += 1
        think()

    for _ in range(8):
        think()
    agenda.run(until=80_000)
    idle = 1 / sum(math.factorial(8) / math.factorial(8 - n) * 0.1**n for n in range(9))
    assert done[0] / 80_000 == pytest.approx(1 - idle, rel=0.02)


def test_a_batcher_that_never_runs_dry_does_full_batches() -> None:
    agenda, done = Agenda(), [0]
    batcher = Batcher(
        agenda, Processor(agenda, 1), Batching(most=8, delay=0.005, waiting=64), lambda size: 0.01 + 0.04 * size
    )

    def again() -> None:
        done[0] += 1
        assert batcher.take(again)

    for _ in range(24):
        batcher.take(again)
    agenda.run(until=330)
    assert done[0] / 330 == pytest.approx(8 / 0.33, rel=0.01)
    assert batcher.pictures / batcher.batches == pytest.approx(8, rel=0.01)
