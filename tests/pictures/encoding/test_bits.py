"""Bits in a row."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from gateway.pictures.encoding.bits import Bits

Number = tuple[int, int]


@st.composite
def numbers(draw: st.DrawFn) -> list[Number]:
    """(value, width) each."""
    widths = draw(st.lists(st.integers(0, 32), min_size=1, max_size=60))
    return [(draw(st.integers(0, 2**width - 1)), width) for width in widths]


def expected(written: list[Number]) -> bytes:
    text = "".join(f"{value:0{width}b}"[::-1] if width else "" for value, width in written)
    return int("0" + text[::-1], 2).to_bytes(-(-len(text) // 8), "little")


@given(numbers(), numbers(), numbers())
def test_one_by_one_and_many_at_once_follow_each_other(
    first: list[Number], many: list[Number], last: list[Number]
) -> None:
    bits = Bits()
    for value, width in first:
        bits.put(value, width)
    values, widths = zip(*many, strict=True)
    bits.extend(np.array(values, np.uint64), np.array(widths))
    for value, width in last:
        bits.put(value, width)
    assert bits.to_bytes() == expected(first + many + last)
