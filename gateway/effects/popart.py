"""Flat, loud colours, as Warhol's silk screens."""

from itertools import product
from typing import Final

import cv2
import numpy as np

from gateway.effects.bands import bands
from gateway.effects.effect import Effect, NoParameters
from gateway.pictures.compose import cut_out
from gateway.pictures.picture import Pixels

Colour = tuple[int, int, int]

BLACK: Final = (0, 0, 0)
BLUE_VIOLET: Final = (138, 43, 226)
SKY_BLUE: Final = (0, 191, 255)
HOT_PINK: Final = (255, 20, 147)
LIME: Final = (50, 205, 50)
SPRING_GREEN: Final = (0, 255, 127)
ORANGE: Final = (255, 165, 0)
ORANGE_RED: Final = (255, 69, 0)
YELLOW: Final = (255, 255, 0)

LEVELS: Final = (0, 127, 255)
"""What posterising leaves of each channel."""

_RADIUS: Final = 2
_SIDE: Final = 2 * _RADIUS + 1  # of what a median is taken over

_BANDS: Final = (
    (40, BLACK),
    (70, BLUE_VIOLET),
    (100, SKY_BLUE),
    (130, HOT_PINK),
    (160, LIME),
    (190, SPRING_GREEN),
    (210, LIME),
    (240, HOT_PINK),
    (256, SKY_BLUE),
)
"""Below which luma which colour."""
_HUES: Final = ((ORANGE, ORANGE_RED), (YELLOW, LIME), (SKY_BLUE, BLUE_VIOLET))
"""Where red, green or blue leads: the colour of an even sum of the channels, and of an odd one."""

_SATURATION: Final = np.array([[1701, -587, -114, 0], [-299, 1413, -114, 0], [-299, -587, 1886, 0]], np.float32)
"""Thousandths of 2 · colour - luma: whole numbers below 2 ** 24, which float32 holds exactly."""
_STEPS: Final = (63_750, 191_250)  # thousandths: where the levels meet
_CONTRAST: Final = np.clip((5 * (np.arange(256) - 128) + 257) // 2, 0, 255).astype(np.uint8)  # 2.5 about 128, half up
_CODE: Final = np.array([[9, 3, 1]], np.float32)


def draw(pixels: Pixels, values: NoParameters) -> Pixels:
    """Medians, contrast, saturation, three levels, and one of the palette for each of the 27 colours left: docs/effects.md."""
    drawn, whole = np.empty_like(pixels), _PALETTE.view(np.uint32)[:, 0]
    for rows, read, inner in bands(len(pixels), 2 * _RADIUS):
        np.take(whole, _codes(_flat(pixels[read])[inner]), out=drawn.view(np.uint32)[rows, :, 0])
    cut_out(drawn, np.ascontiguousarray(pixels[..., 3]))
    return drawn


def _flat(pixels: Pixels) -> Pixels:
    """Medians, which leave no crumbs; what is hidden counts as the brightest that is visible beside it."""
    beside = cv2.dilate(pixels, np.ones((_SIDE, _SIDE), np.uint8))
    filled = np.where(pixels[..., 3:] == 0, beside, pixels)
    return np.asarray(cv2.medianBlur(filled, _SIDE), np.uint8)


def poster_colour(red: int, green: int, blue: int) -> Colour:
    """The palette's colour for one of LEVELS in each channel: by hue where one channel leads clearly, else by luma."""
    channels = (red, green, blue)
    lowest, second, first = sorted(channels)
    if first - lowest > 60 and first - second > 30:
        return _HUES[channels.index(first)][sum(channels) % 2]
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return next(colour for limit, colour in _BANDS if luma < limit)


_PALETTE: Final = np.array([(*poster_colour(*levels), 255) for levels in product(LEVELS, repeat=3)], np.uint8)


def _codes(pixels: Pixels) -> Pixels:
    """Which of the 27 colours, by red, green and blue: 0 … 26, uint8 (H, W)."""
    contrasted = cv2.LUT(pixels, _CONTRAST).astype(np.float32)
    saturated = cv2.transform(contrasted, _SATURATION)
    low, high = ((saturated >= step).view(np.uint8) for step in _STEPS)
    return np.asarray(cv2.transform(low + high, _CODE), np.uint8)


POPART: Final = Effect(
    "popart",
    "Flat, loud colours, as a silk screen of the sixties.",
    draw,
    aliases=("optimized_popart",),
)
