"""The five specified effects read literally: pixel by pixel, in float64, as docs/effects.md has them. Slow, and meant to be.

Each takes and gives lists of rows of (R, G, B, A) tuples.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from gateway.pictures.picture import Pixels

Rows = list[list[tuple[int, int, int, int]]]
Plane = list[list[float]]


def rows(pixels: Pixels) -> Rows:
    """uint8 (H, W, 4) as lists of Python's own numbers."""
    return [[tuple(pixel) for pixel in row] for row in pixels.tolist()]


def drawn(pixels: Pixels, effect: Callable[..., Rows], *values: Any) -> Pixels:
    """The picture that `effect` makes of `pixels`, uint8 (H, W, 4)."""
    return np.array(effect(rows(pixels), *values), np.uint8).reshape(pixels.shape)


def half_up(value: float) -> int:
    """The whole number nearest to `value`, as a byte."""
    return min(max(int(value + 0.5), 0), 255) if value > 0 else 0


def mirrored(place: int, size: int) -> int:
    """Where a filter reads that looks beyond the picture: 2 1 | 0 1 2 3 | 2 1."""
    if size == 1:
        return 0
    period = 2 * (size - 1)
    place %= period
    return min(place, period - place)


def gaussian(size: int, sigma: float) -> list[float]:
    """Weights that sum to 1."""
    weights = [2.718281828459045 ** (-((i - size // 2) ** 2) / (2 * sigma * sigma)) for i in range(size)]
    return [weight / sum(weights) for weight in weights]
