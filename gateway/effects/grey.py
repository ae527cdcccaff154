"""Luma after ITU-R BT.601."""

from typing import Final

import cv2
import numpy as np

from gateway.pictures.picture import Pixels

_WEIGHTS: Final = np.array([[0.299, 0.587, 0.114, 0, 0.5005]])
"""One half to round, and half a thousandth, so that no sum of thousandths comes near a whole number from below."""


def grey(pixels: Pixels) -> Pixels:
    """0.299 R + 0.587 G + 0.114 B, rounded half up: uint8 (H, W) of uint8 (H, W, 4)."""
    return cv2.transform(pixels.astype(np.float32), _WEIGHTS).astype(np.uint8)
