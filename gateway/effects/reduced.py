"""A smaller copy to work on."""

from typing import cast

import cv2

from gateway.pictures.compose import fitted
from gateway.pictures.picture import Pixels


def reduced(pixels: Pixels, side: int) -> Pixels:
    """`pixels`, uint8 RGBA (H, W, 4) with RGB 0 under alpha 0, its longer side at most `side`: by areas.

    Colours are the means of what is visible, not mixed with what is hidden.
    """
    height, width = pixels.shape[:2]
    if max(height, width) <= side:
        return pixels
    size = fitted(width, height, side)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    visible = cv2.threshold(cv2.extractChannel(pixels, 3), 0, 255, cv2.THRESH_BINARY)[1]
    share = cv2.resize(visible, size, interpolation=cv2.INTER_AREA)
    colours = cv2.divide(small, cv2.cvtColor(share, cv2.COLOR_GRAY2RGBA), scale=255)
    cv2.insertChannel(cv2.extractChannel(small, 3), colours, 3)
    return cast(Pixels, colours)
