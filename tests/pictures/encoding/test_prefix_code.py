"""Prefix codes: complete, no longer than allowed, near the entropy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pictures.encoding.prefix_code import LONGEST, code_lengths, codes

FIBONACCI = [1, 1]
while len(FIBONACCI) < 40:
    FIBONACCI.append(sum(FIBONACCI[-2:]))


@given(st.lists(st.integers(0, 10**6), min_size=2, max_size=300).filter(lambda counts: sum(map(bool, counts)) > 1))
def test_is_complete_and_short_enough(counts: list[int]) -> None:
    lengths = code_lengths(counts)
    assert [bool(length) for length in lengths] == [bool(count) for count in counts]
    assert max(lengths) <= LONGEST
    assert sum(2 ** (LONGEST - length) for length in lengths if length) == 2**LONGEST


def test_the_longest_codes_are_cut() -> None:
    lengths = code_lengths(FIBONACCI)
    assert max(lengths) <= LONGEST < len(FIBONACCI) - 1
    assert lengths == sorted(lengths, reverse=True)


def test_costs_hardly_more_than_the_entropy() -> None:
    counts = np.array([1000, 500, 250, 125, 60, 30, 15, 7])
    entropy = -(counts * np.log2(counts / counts.sum())).sum()
    assert (counts * code_lengths(counts.tolist())).sum() < 1.01 * entropy


@pytest.mark.parametrize("counts", [[0, 5, 0], [3]])
def test_an_only_symbol_needs_no_bits(counts: list[int]) -> None:
    assert not any(code_lengths(counts))


def test_codes_are_canonical_and_begin_with_the_lowest_bit() -> None:
    """RFC 1951's example: lengths 3, 3, 3, 3, 3, 2, 4, 4 for A to H."""
    expected = ["010", "011", "100", "101", "110", "00", "1110", "1111"]
    assert codes([3, 3, 3, 3, 3, 2, 4, 4]) == [int(code[::-1], 2) for code in expected]
