"""Distributions: what they refuse, what they leave out, what they say."""

import math

import pytest

from report.distribution import Distribution, Series


def distribution(*counts: tuple[int, ...], edges: tuple[float, ...] = (0, 1, 2, 3, 4, 5, math.inf)) -> Distribution:
    series = tuple(Series(f"version {number}", each) for number, each in enumerate(counts, 1))
    return Distribution("Latency", "Of all.", "Seconds", " s", "Requests", edges, series)


@pytest.mark.parametrize(
    ("edges", "counts"),
    [
        ((0, 1, 1), [(1, 1)]),
        ((0, 2, 1), [(1, 1)]),
        ((-math.inf, 1, 2), [(1, 1)]),
        ((0, 1, 2), []),
        ((0, 1, 2), [(1, 1)] * 3),
        ((0, 1, 2), [(1, 1), (1,)]),
        ((0, 1, 2), [(1, 1, 1)]),
        ((0, 1, 2), [(1, -1)]),
    ],
    ids=["equal edges", "descending", "no first edge", "no series", "three", "short", "long", "negative"],
)
def test_counts_that_fit_no_edges_are_refused(edges, counts):
    with pytest.raises(ValueError, match=r"^Latency: "):
        distribution(*counts, edges=edges)


@pytest.mark.parametrize(
    ("counts", "edges"),
    [
        ([(0, 0, 7, 0, 0, 0)], (1, 2, 3, 4)),
        ([(0, 0, 7, 0, 0, 0), (0, 0, 0, 0, 1, 0)], (1, 2, 3, 4, 5, math.inf)),
        ([(7, 0, 0, 0, 0, 0)], (0, 1, 2)),
        ([(0, 0, 0, 0, 0, 7)], (4, 5, math.inf)),
    ],
    ids=["both ends", "of both series", "the first", "the last"],
)
def test_empty_ends_are_left_out_but_for_one_bin(counts, edges):
    found = distribution(*counts).trimmed()
    assert found.edges == edges
    assert [series.total for series in found.series] == [sum(each) for each in counts]


def test_its_numbers_are_a_text():
    found = distribution((0, 50, 50, 0, 0, 0), (0, 0, 0, 0, 0, 3))
    assert found.summary == ("Latency. version 1: 100 requests, p50 2 s, p95 2.9 s. version 2: 3 requests, p50 > 5 s.")
    assert found.spans == ["0 – 1", "1 – 2", "2 – 3", "3 – 4", "4 – 5", "> 5"]
    assert not found.empty
    assert distribution((0,) * 6).empty
