"""What counts in bins tell: where a quantile lies, and how many digits of a value they know.

Edges ascend, one more than there are bins. The last may be infinite: its bin is open, and nothing in it has a place.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np


def quantile(edges: Sequence[float], counts: Sequence[int], percent: float) -> float | None:
    """Below what the smallest `percent` of all lie, even within its bin: infinite in the open bin, None of too few.

    Too few are those of whom not one lies beyond the quantile, such as nineteen for the 95th percent.
    """
    total = sum(counts)
    if total * min(percent, 100 - percent) < 100:
        return None
    wanted, reached = total * percent / 100, list(accumulate(counts))
    found = bisect_left(reached, wanted)
    inside = (wanted - reached[found] + counts[found]) / counts[found]
    return edges[found] + (edges[found + 1] - edges[found]) * inside


def place(edges: Sequence[float], value: float) -> float:
    """Where a value lies when every bin is as wide as any other, 0 … bins; the open bin's middle for an infinite one."""
    if math.isinf(value):
        return len(edges) - 1.5
    return float(np.interp(value, edges, np.arange(len(edges))))


def text(edges: Sequence[float], value: float) -> str:
    """A value from the first edge on, in no more digits than its bin knows, to a tenth of the bin's width."""
    if math.isinf(value):
        return f"> {text(edges, edges[-2])}"
    around = (high - low for low, high in pairwise(edges) if low <= value <= high)
    return _shortest(value, min(around) / 10)


def _shortest(value: float, tolerance: float) -> str:
    rounded = (float(f"{value:.{digits}g}") for digits in range(1, 17))
    near = next((each for each in rounded if abs(each - value) <= tolerance), value)
    return np.format_float_positional(near, trim="-")
