"""Error diffusion after Floyd and Steinberg (1976), a front of pixels at a time.

A pixel waits for the errors of its left neighbour and of three above. All pixels with the same column + 2 · row can be
decided together once those before are: the loop goes over width + 2 · height fronts instead of over pixels.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from gateway.pictures.picture import Pixels

Errors = NDArray[np.float64]
Quantise = Callable[[slice, Errors], Errors]
"""Decides one front: where it lies in the flattened picture, and the errors that come to it, float64 (n, C); what the decision
leaves over, float64 (n, C)."""


def diffuse(height: int, width: int, stride: int, channels: int, quantise: Quantise) -> None:
    """Has `quantise` decide the pixels of a picture of (`height`, `width`), whose rows begin every `stride` ≥ 3 pixels.

    Errors go on by 7/16 to the right and by 3/16, 5/16 and 1/16 to the row below; at the picture's sides they are dropped.
    Sums are in float64, in the order in which scanning adds them: upper left, above, upper right, left.
    """
    last, before, oldest = (np.zeros((height + 2, channels)) for _ in range(3))  # by row + 1, of the fronts before
    for front, top, bottom in _fronts(height, width, stride):
        above, here = slice(top, bottom), slice(top + 1, bottom + 1)
        come = oldest[above] / 16
        come += before[above] * (5 / 16)
        come += last[above] * (3 / 16)
        come += last[here] * (7 / 16)
        last, before, oldest = oldest, last, before
        last[here] = quantise(front, come)
        last[top] = last[bottom + 1] = 0  # beyond the picture's sides


def widened(plane: Pixels) -> Pixels:
    """`plane`, uint8 (H, W, …), with as many columns as `diffuse` needs."""
    missing = max(3 - plane.shape[1], 0)
    return np.pad(plane, [(0, missing) if axis == 1 else (0, 0) for axis in range(plane.ndim)]) if missing else plane


def _fronts(height: int, width: int, stride: int) -> Iterator[tuple[slice, int, int]]:
    """Each front's place in the flattened picture, its first row and the one after its last."""
    for time in range(width + 2 * (height - 1)):
        top, bottom = max((time - width + 2) // 2, 0), min(time // 2 + 1, height)
        start = time + top * (stride - 2)
        yield slice(start, start + (bottom - top - 1) * (stride - 2) + 1, stride - 2), top, bottom
