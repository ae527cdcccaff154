"""Shares of cores, by examples that can be reckoned in the head."""

import pytest

from bench.fleet.agenda import Agenda
from bench.fleet.processor import Processor


def ends(cores: int, works: list[tuple[float, float]], slowdown: float = 0.0) -> tuple[list[float], Processor]:
    """When each piece of work, (begin, seconds), is done."""
    agenda = Agenda()
    processor = Processor(agenda, cores, slowdown)
    found = [0.0] * len(works)
    for number, (begin, seconds) in enumerate(works):

        def done(number: int = number) -> None:
            found[number] = agenda.now

        agenda.at(begin, lambda seconds=seconds, done=done: processor.run(seconds, done))
    agenda.run()
    return found, processor


@pytest.mark.parametrize(
    ("cores", "works", "expected"),
    [
        (1, [(0, 2)], [2]),
        (1, [(0, 2), (0, 2)], [4, 4]),
        (1, [(0, 2), (1, 2)], [3, 4]),
        (2, [(0, 2), (0, 3)], [2, 3]),
        (2, [(0, 1), (0, 1), (0, 1), (0, 1)], [2, 2, 2, 2]),
        (4, [(0, 2)], [2]),
    ],
    ids=["alone", "halves", "one comes later", "a core each", "two for four", "no more than one core each"],
)
def test_shares(cores: int, works: list[tuple[float, float]], expected: list[float]) -> None:
    found, processor = ends(cores, works)
    assert found == pytest.approx(expected)
    assert processor.used == pytest.approx(sum(seconds for _, seconds in works))


def test_two_busy_cores_are_slower_than_one() -> None:
    found, _ = ends(2, [(0, 1), (0, 2)], slowdown=0.5)
    assert found == pytest.approx([1.5, 2.5])  # both at two thirds until the first is done, then the second alone
