"""Counts that can be added."""

from functools import reduce

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.rollout.tally import FAILED, Agreement, Tally, answered, compared, edge, number, total

COUNTS = st.dictionaries(st.integers(0, 300), st.integers(1, 10**6), max_size=8)
TALLIES = st.builds(Tally, st.integers(0, 10**6), st.integers(0, 10**6), COUNTS)
AGREEMENTS = st.builds(
    Agreement,
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6),
    st.integers(0, 10**6).map(float),  # whole numbers: their sums are exact
    COUNTS,
    COUNTS,
    COUNTS,
    COUNTS,
)


def counted(values: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> Tally:
    return total(map(answered, map(float, values)))


@pytest.mark.parametrize("share", [0.01, 0.5, 0.9, 0.95, 0.99, 1.0])
@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize("kind", ["lognormal", "uniform", "exponential"])
def test_quantiles_are_five_percent_too_high_at_most(kind: str, size: int, share: float) -> None:
    random = np.random.default_rng([size, len(kind)])
    values = {
        "lognormal": random.lognormal(-1, 1, size),
        "uniform": random.uniform(0.01, 20, size),
        "exponential": random.exponential(0.3, size) + 1e-3,
    }[kind]
    found, exact = counted(values).quantile(share), np.quantile(values, share, method="inverted_cdf")
    assert found is not None
    assert exact * (1 - 1e-6) <= found <= exact * 1.05 * (1 + 1e-6)


@given(st.floats(1e-4, 1e4))
@settings(derandomize=True)
def test_edges_are_the_first_that_are_not_below(seconds: float) -> None:
    assert seconds <= edge(number(seconds)) * (1 + 1e-6)
    assert number(seconds) == 0 or edge(number(seconds) - 1) < seconds * (1 + 1e-6)
    assert number(edge(number(seconds))) == number(seconds)


@pytest.mark.parametrize("seconds", [0, -1, 1e-9, 1e-4])
def test_nothing_is_faster_than_the_first_edge(seconds: float) -> None:
    assert number(seconds) == 0


def test_empty() -> None:
    assert (Tally().error_rate, Tally().quantile(0.95), total([])) == (0, None, Tally())
    assert Agreement().mean_disagreement == 0
    assert FAILED.quantile(0.95) is None  # what failed has no time


def test_rates() -> None:
    tally = total([answered(0.1), answered(0.2), FAILED, answered(0.3)])
    assert (tally.requests, tally.errors, tally.error_rate, sum(tally.seconds.values())) == (4, 1, 0.25, 3)


def test_a_comparison() -> None:
    found = compared(0.75, 0.01, 0.2, 0.4) + compared(1, 1, 0.2, 0.4) + Agreement(failed=2, dropped=3)
    assert (found.pictures, found.failed, found.dropped, found.mean_disagreement) == (2, 2, 3, 0.125)
    assert [sorted(each.values()) for each in (found.iou, found.mae)] == [[1, 1], [1, 1]]  # in bins of their own
    assert (found.stable_seconds, found.candidate_seconds) == ({number(0.2): 2}, {number(0.4): 2})


@given(one=TALLIES, two=TALLIES, three=TALLIES)
@settings(derandomize=True)
def test_the_order_of_tallies_does_not_matter(one: Tally, two: Tally, three: Tally) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + Tally() == one
    assert total([one, two, three]) == reduce(Tally.__add__, [three, one, two])


@given(one=AGREEMENTS, two=AGREEMENTS, three=AGREEMENTS)
@settings(derandomize=True)
def test_the_order_of_agreements_does_not_matter(one: Agreement, two: Agreement, three: Agreement) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)
    assert one + Agreement() == one


@given(st.one_of(TALLIES, AGREEMENTS))
@settings(derandomize=True)
def test_they_are_read_as_they_were_stored(counts: Tally | Agreement) -> None:
    assert msgspec.json.decode(msgspec.json.encode(counts), type=type(counts)) == counts


@given(TALLIES, TALLIES)
@settings(derandomize=True)
def test_a_sum_leaves_what_was_added(one: Tally, two: Tally) -> None:
    before = msgspec.json.encode((one, two))
    assert (one + two).requests == one.requests + two.requests
    assert msgspec.json.encode((one, two)) == before
