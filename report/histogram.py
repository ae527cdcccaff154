"""How many pixels differ by how much, as a drawing."""

from html import escape

import numpy as np
from numpy.typing import NDArray

BINS = ((0, 0), (1, 1), (2, 3), (4, 10), (11, 25), (26, 63), (64, 127), (128, 255))
"""First and last difference of each bar, in steps of 1/255."""

_WIDTH, _ROW, _LEFT, _RIGHT = 400, 26, 76, 72
_DECADES = 6
"""From the whole to a millionth: a shorter bar would not be seen."""


def shares(differences: NDArray[np.int64]) -> list[float]:
    """Share of the pixels in each of BINS, of their counts by difference, int64 (256,)."""
    total = max(int(differences.sum()), 1)
    return [float(differences[first : last + 1].sum()) / total for first, last in BINS]


def histogram(differences: NDArray[np.int64]) -> str:
    """An SVG that takes its colours from the page: bars of logarithmic length, each with its share."""
    found = list(zip(BINS, shares(differences), strict=True))
    summary = ", ".join(f"{_span(span)}: {percent(share)}" for span, share in found)
    rows = "".join(_bar(row, _span(span), share) for row, (span, share) in enumerate(found))
    return (
        f'<svg class="histogram" viewBox="0 0 {_WIDTH} {_ROW * len(BINS)}" role="img" '
        f'aria-label="Pixels by difference of alpha in steps of 1/255. {escape(summary)}">{rows}</svg>'
    )


def percent(share: float) -> str:
    """A share that is never rounded to nothing or to everything."""
    if 0 < share < 1e-6:
        return "< 0.0001 %"
    if share < 1 and round(share, 4) == 1:
        return "> 99.99 %"
    return f"{share:.2%}".replace("%", " %") if share == 0 or share >= 1e-3 else f"{share * 100:.4f} %"


def _span(span: tuple[int, int]) -> str:
    first, last = span
    return str(first) if first == last else f"{first}–{last}"


def _bar(row: int, span: str, share: float) -> str:
    length = (_WIDTH - _LEFT - _RIGHT) * max(0.0, 1 + np.log10(share) / _DECADES) if share else 0.0
    middle = _ROW * row + _ROW / 2
    return (
        f'<text x="{_LEFT - 10}" y="{middle}" class="span">{span}</text>'
        f'<rect x="{_LEFT}" y="{middle - 8}" width="{max(length, 1):.1f}" height="16" rx="2"/>'
        f'<text x="{_LEFT + max(length, 1) + 8:.1f}" y="{middle}">{escape(percent(share))}</text>'
    )
