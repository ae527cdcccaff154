"""Triton's rule, by examples."""

import pytest

from bench.fleet.agenda import Agenda
from bench.fleet.batcher import Batcher, Batching
from bench.fleet.processor import Processor


def batches(batching: Batching, comings: list[float], seconds: float = 1.0) -> list[tuple[float, int]]:
    """When batches of how many begin; `seconds` each takes, whatever is in it."""
    agenda = Agenda()
    begun = list[tuple[float, int]]()

    def takes(size: int) -> float:
        begun.append((agenda.now, size))
        return seconds

    batcher = Batcher(agenda, Processor(agenda, batching.instances), batching, takes)
    for time in comings:
        agenda.at(time, lambda: batcher.take(lambda: None) and None)
    agenda.run()
    return begun


@pytest.mark.parametrize(
    ("batching", "comings", "expected"),
    [
        (Batching(most=8), [0, 0.1, 0.2], [(0, 1), (1, 2)]),
        (Batching(most=2), [0, 0.1, 0.2, 0.3], [(0, 1), (1, 2), (2, 1)]),
        (Batching(most=8, delay=0.5), [0, 0.1], [(0.5, 2)]),
        (Batching(most=2, delay=0.5), [0, 0.1], [(0.1, 2)]),
        (Batching(most=8, delay=0.5), [0, 0.1, 0.7], [(0.5, 2), (1.5, 1)]),
        (Batching(instances=2, most=8), [0, 0.1, 0.2], [(0, 1), (0.1, 1), (1, 1)]),
    ],
    ids=[
        "alone at once, the others together",
        "no more than the largest",
        "the oldest has waited",
        "full before that",
        "the delay passes in the queue",
        "two instances",
    ],
)
def test_when_batches_begin(batching: Batching, comings: list[float], expected: list[tuple[float, int]]) -> None:
    found = batches(batching, comings)
    assert [size for _, size in found] == [size for _, size in expected]
    assert [time for time, _ in found] == pytest.approx([time for time, _ in expected])


def test_a_full_queue_takes_no_more() -> None:
    agenda = Agenda()
    batcher = Batcher(agenda, Processor(agenda, 1), Batching(most=1, waiting=2), lambda size: 1.0)
    taken = [batcher.take(lambda: None) for _ in range(4)]
    assert taken == [True, True, True, False]  # one is being done, two wait
