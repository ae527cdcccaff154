"""Black and white as from a fast film: deep shadows, bright skin and fur, grain."""

from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from gateway.effects.bands import bands
from gateway.effects.effect import Effect
from gateway.effects.grain import grain
from gateway.pictures.picture import Pixels, Plane

_GREY: Final = (18, 72, 10)  # hundredths of R, G, B: a film that sees little red, which gives fur its texture
_WHITE: Final = 255 * sum(_GREY)
_MARGIN: Final = 12  # rows that the sharpening (2) and the halation (10) look at


class BlackWhiteParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of `enhancedblackwhite`."""

    contrast: Annotated[float, Meta(ge=0.8, le=1.5, description="of the film curve's result")] = 1.12
    edge_strength: Annotated[float, Meta(ge=0, le=1.5, description="of the sharpening, most in the midtones")] = 0.9
    halation: Annotated[float, Meta(ge=0, le=1, description="the glow around highlights")] = 0.12
    grain: Annotated[float, Meta(ge=0, le=0.2, description="how visible the grain is")] = 0.08


def draw(pixels: Pixels, values: BlackWhiteParameters) -> Pixels:
    """Film curve, sharpening, halation, grain, roll-off of the highlights: docs/effects.md gives each step's formula."""
    curve = _curve(values.contrast)
    noise = grain(pixels) if values.grain else None
    drawn = np.empty_like(pixels)
    for rows, read, inner in bands(len(pixels), _MARGIN):
        visible = np.minimum(pixels[read][..., 3], np.uint8(1))
        tone = np.asarray(cv2.LUT(_grey(pixels[read]), curve), np.float32)
        tone = _sharpened(tone, visible, values.edge_strength)
        tone = _with_halation(tone, visible, values.halation)[inner]
        if noise is not None:
            tone = _with_grain(tone, noise[rows], values.grain)
        _write(drawn[rows], _rolled_off(tone), visible[inner])
        drawn[rows, :, 3] = pixels[rows, :, 3]
    return drawn


def film(grey: NDArray[np.float64]) -> NDArray[np.float64]:
    """The film curve: float64 of any shape, 0 black to 1 white, in and out."""
    shadows = 0.92 * (1.1 * grey) ** 1.25
    highlights = 1 - 0.95 * (1.05 * (1 - grey)) ** 0.75
    share = np.clip((grey - 0.25) / (0.55 - 0.25), 0, 1)
    return shadows + share * (highlights - shadows)


def _curve(contrast: float) -> Plane:
    """The tone of each grey: a table for cv2.LUT, of which the upper part is never looked at."""
    table = np.zeros(1 << 16, np.float32)
    table[: _WHITE + 1] = np.clip(contrast * film(np.arange(_WHITE + 1) / _WHITE), 0, 1)
    return table


def _grey(pixels: Pixels) -> NDArray[np.uint16]:
    red, green, blue = (np.multiply(pixels[..., i], _GREY[i], dtype=np.uint16) for i in range(3))
    return red + green + blue


def _sharpened(tone: Plane, visible: Pixels, strength: float) -> Plane:
    """Unsharp masking against a mean of what is visible, so that no rim is drawn where the subject ends."""
    if not strength:
        return tone
    weights = cv2.GaussianBlur(visible.astype(np.float32), (5, 5), 1.2, borderType=cv2.BORDER_CONSTANT)
    mean = cv2.GaussianBlur(tone * visible, (5, 5), 1.2, borderType=cv2.BORDER_CONSTANT)
    detail = tone - mean / np.maximum(weights, 1e-6)
    return np.asarray(np.clip(tone + strength * 4 * tone * (1 - tone) * detail, 0, 1), np.float32)


def _with_halation(tone: Plane, visible: Pixels, strength: float) -> Plane:
    if not strength:
        return tone
    bright = (tone > 0.75).astype(np.float32) * visible
    wide = cv2.GaussianBlur(bright, (21, 21), 7, borderType=cv2.BORDER_CONSTANT)
    near = cv2.GaussianBlur(bright, (9, 9), 2.5, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(np.clip(tone + strength * (0.3 * wide + 0.7 * near) * (1 - tone * tone), 0, 1), np.float32)


def _with_grain(tone: Plane, noise: Plane, strength: float) -> Plane:
    return np.asarray(np.clip(tone + strength * np.clip(1.2 - tone, 0.3, 1) * noise, 0, 1), np.float32)


def _rolled_off(tone: Plane) -> Plane:
    return np.asarray(np.where(tone > 0.9, 0.95 * tone + np.float32(0.05), tone), np.float32)


def _write(drawn: Pixels, tone: Plane, visible: Pixels) -> None:
    level = cv2.convertScaleAbs(tone, alpha=255) * visible
    cv2.cvtColor(level, cv2.COLOR_GRAY2RGBA, dst=drawn)


ENHANCEDBLACKWHITE: Final = Effect(
    "enhancedblackwhite",
    "Black and white as from a fast film: deep shadows, sharp fur, a little grain.",
    draw,
    BlackWhiteParameters,
    aliases=("blackwhite",),
)
