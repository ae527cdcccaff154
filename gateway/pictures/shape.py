"""The outline of a cut-out's subject, small enough to be measured in a millisecond."""

from typing import Final, NamedTuple

import cv2
import numpy as np

from gateway.pictures.picture import Box, Pixels
from gateway.pictures.thumbnail import thumbnail

HAZE: Final = 25  # of 255: where nothing is more opaque, there is no subject
_OPAQUE: Final = 127
_SIDE: Final = 256  # pixels: a standing person's head still has 30, and noise of single pixels is averaged away


class Cut(NamedTuple):
    """On which sides the picture's border cuts the subject off."""

    top: bool
    right: bool
    bottom: bool
    left: bool


class Shape(NamedTuple):
    """The largest connected piece of what is in `box` of the picture, its holes filled.

    `mask` is uint8 (h, w), 0 or 1, neither side longer than 256, and covers the box.
    """

    mask: Pixels
    box: Box
    cut: Cut


def shape(alpha: Pixels) -> Shape | None:
    """The subject of `alpha`, uint8 (H, W); None where nothing in it is more opaque than HAZE.

    The subject is what is more than half opaque: the haze of an unsure mask joins things that are not one. Only where
    nothing is, haze has to do.
    """
    level = next((level for level in (_OPAQUE, HAZE) if alpha.size and alpha.max() > level), None)
    if level is None:
        return None
    solid = np.asarray(cv2.threshold(alpha, level, 255, cv2.THRESH_BINARY)[1], np.uint8)
    left, top, width, height = cv2.boundingRect(solid)
    box = Box(top, left, width, height)
    mask = _largest(_small(solid[top : top + height, left : left + width]))
    return Shape(mask, box, _cut(mask, box, alpha))


def _small(solid: Pixels) -> Pixels:
    """0 or 1: where at least half is solid, or as much as anywhere; a single pixel, where it is too little to be seen."""
    height, width = solid.shape
    scale = min(_SIDE / max(width, height), 1)
    shares = thumbnail(solid, width=max(round(width * scale), 1), height=max(round(height * scale), 1))
    if not shares.any():
        row, column = divmod(int(solid.argmax()), width)
        shares[row * len(shares) // height, column * shares.shape[1] // width] = 1
    return np.where(shares >= min(128, int(shares.max())), np.uint8(1), np.uint8(0))


def _largest(mask: Pixels) -> Pixels:
    contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    largest = max(contours, key=lambda contour: cv2.contourArea(contour) + len(contour) / 2)  # a line has no area
    return np.asarray(cv2.drawContours(np.zeros_like(mask), [largest], -1, 1, cv2.FILLED), np.uint8)


def _cut(mask: Pixels, box: Box, alpha: Pixels) -> Cut:
    height, width = alpha.shape
    return Cut(
        top=box.top == 0 and bool(mask[0].any()),
        right=box.left + box.width == width and bool(mask[:, -1].any()),
        bottom=box.top + box.height == height and bool(mask[-1].any()),
        left=box.left == 0 and bool(mask[:, 0].any()),
    )
