"""Quantiles, places and texts of what was counted in bins."""

import math

import pytest

from report.bins import place, quantile, text

EDGES = (0.0, 0.1, 0.2, 0.5, 1.0, math.inf)


@pytest.mark.parametrize(
    ("counts", "percent", "expected"),
    [
        ((0, 100, 0, 0, 0), 50, 0.15),
        ((100, 0, 100, 0, 0), 50, 0.1),
        ((50, 0, 100, 0, 0), 50, 0.275),
        ((95, 0, 0, 5, 0), 95, 0.1),
        ((90, 0, 0, 0, 10), 95, math.inf),
        ((0, 0, 10**15, 10**15, 0), 50, 0.5),
        ((0, 0, 0, 0, 10**20), 5, math.inf),
    ],
    ids=[
        "even within a bin",
        "at an edge",
        "after a gap",
        "the 95th",
        "beyond the last edge",
        "huge",
        "huge and beyond",
    ],
)
def test_a_quantile_lies_where_its_count_is_reached(counts, percent, expected):
    assert quantile(EDGES, counts, percent) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("count", "percent", "known"),
    [(0, 50, False), (1, 50, False), (2, 50, True), (19, 95, False), (20, 95, True), (19, 5, False), (20, 5, True)],
)
def test_a_quantile_beyond_which_there_is_nobody_is_not_told(count, percent, known):
    assert (quantile(EDGES, (0, 0, count, 0, 0), percent) is not None) == known


@pytest.mark.parametrize(("value", "column"), [(0, 0), (0.05, 0.5), (0.2, 2), (0.35, 2.5), (1, 4), (math.inf, 4.5)])
def test_every_bin_is_as_wide_as_any_other(value, column):
    assert place(EDGES, value) == pytest.approx(column)


@pytest.mark.parametrize(
    ("edges", "value", "expected"),
    [
        (EDGES, 0.0, "0"),
        (EDGES, 0.1234, "0.12"),
        (EDGES, 0.51, "0.5"),
        (EDGES, math.inf, "> 1"),
        ((0.999, 0.9995, 1.0), 0.9995, "0.9995"),
        ((10 ** (1 / 3), 10 ** (2 / 3), 10.0), 10 ** (2 / 3), "4.6"),
        ((0, 2e-6, 1), 1e-6, "0.000001"),
        ((0, 1e6, 2e6), 1e6, "1000000"),
    ],
    ids=["nothing", "in a bin", "near an edge", "open", "near one", "logarithmic", "small", "large"],
)
def test_a_text_has_the_digits_that_its_bin_knows(edges, value, expected):
    assert text(edges, value) == expected
