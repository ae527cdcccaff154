"""The parts of a picture that need work: boxes around them, cut out with what surrounds them."""

from typing import Final

import cv2
import numpy as np

from gateway.pictures.picture import Box, Pixels

STEP: Final = 8
"""Boxes begin and end at multiples of it."""
_SIDE: Final = 256  # of the squares that boxes lie in: fewer and larger ones take less of Python and more of the cache


def boxes(wanted: Pixels, scale: int = 1) -> list[list[Box]]:
    """Boxes that hold every pixel that is not 0 in `wanted`, uint8 (H, W), by rows from the top.

    They don't overlap. At the right and at the bottom they may end outside the picture. A pixel of `wanted` stands for
    `scale` × `scale` of the picture's.
    """
    step = _SIDE // scale
    corners = [[(top, left) for left in range(0, wanted.shape[1], step)] for top in range(0, wanted.shape[0], step)]
    rows = [
        [_around(wanted[top : top + step, left : left + step], top, left, scale) for top, left in row]
        for row in corners
    ]
    return [row for row in ([box for box in row if box.width] for row in rows) if row]


def _around(square: Pixels, top: int, left: int, scale: int) -> Box:
    """The box around what is wanted in the square at (`top`, `left`); without width where there is nothing."""
    if not cv2.hasNonZero(square):  # much faster than looking for a rectangle
        return Box(0, 0, 0, 0)
    x, y, width, height = (scale * each for each in cv2.boundingRect(square))
    down, right = y // STEP * STEP, x // STEP * STEP
    return Box(scale * top + down, scale * left + right, _stepped(x + width) - right, _stepped(y + height) - down)


def _stepped(length: int) -> int:
    return -(-length // STEP) * STEP


def place(box: Box) -> tuple[slice, slice]:
    """Its rows and columns; an array ends where the picture does."""
    return slice(box.top, box.top + box.height), slice(box.left, box.left + box.width)


def cut(pixels: Pixels, box: Box, margin: int) -> Pixels:
    """`box` of `pixels`, uint8 (H, W) or (H, W, C), and `margin` around it; outside, the picture's border goes on."""
    height, width = pixels.shape[:2]
    top, left = box.top - margin, box.left - margin
    bottom, right = box.top + box.height + margin, box.left + box.width + margin
    inside = pixels[max(top, 0) : bottom, max(left, 0) : right]
    beyond = (max(-top, 0), max(bottom - height, 0), max(-left, 0), max(right - width, 0))
    return np.asarray(cv2.copyMakeBorder(inside, *beyond, cv2.BORDER_REPLICATE), np.uint8) if any(beyond) else inside
