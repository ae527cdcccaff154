"""Pixels as they are stored, turned as they are seen."""

from typing import Final

import cv2
import numpy as np

from gateway.pictures.picture import Pixels

_ROTATIONS: Final = {6: cv2.ROTATE_90_CLOCKWISE, 8: cv2.ROTATE_90_COUNTERCLOCKWISE}
_FLIPS: Final = {2: 1, 3: -1, 4: 0, 7: -1}  # OpenCV's codes; 7 is transposed before


def swaps(orientation: int) -> bool:
    """Whether width and height change places."""
    return orientation >= 5


def upright(pixels: Pixels, orientation: int) -> Pixels:
    """`pixels`, (H, W, channels), of `orientation` 1–8 as EXIF counts, seen upright; C-contiguous.

    2, 3 and 4 are turned in place, the others need a second array.
    """
    if orientation in _ROTATIONS:
        return np.asarray(cv2.rotate(pixels, _ROTATIONS[orientation]), np.uint8)
    if orientation in (5, 7):
        pixels = np.asarray(cv2.transpose(pixels), np.uint8)
    if orientation in _FLIPS:
        cv2.flip(pixels, _FLIPS[orientation], dst=pixels)
    return pixels
