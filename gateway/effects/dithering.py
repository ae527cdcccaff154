"""A halftone print: black dots on white."""

from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
from msgspec import Meta

from gateway.effects.bands import bands
from gateway.effects.diffusion import Errors, diffuse, widened
from gateway.effects.effect import Effect
from gateway.effects.grey import grey
from gateway.pictures.compose import cut_out
from gateway.pictures.picture import Pixels

_SHARPEN: Final = np.array([[-3, -3, -3], [-3, 104, -3], [-3, -3, -3]], np.float32)
_MARGIN: Final = 4  # rows that sharpening (1) and the mean around (3) look at
_BAND: Final = 120  # rows: a multiple of every spacing
_FIXED: Final = 128


class DitheringParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Of `dithering`."""

    dot_size: Annotated[int, Meta(ge=1, le=3, description="side of a dot, in pixels")] = 2
    pixel_spacing: Annotated[int, Meta(ge=1, le=5, description="from one dot to the next, in pixels")] = 2
    adaptive_threshold: Annotated[
        bool, Meta(description="true or false; whether the threshold follows the surroundings")
    ] = True
    gamma: Annotated[
        float, Meta(ge=0.3, le=2.5, description="of the tone; below 1 leaves room for ink that spreads")
    ] = 0.45


def draw(pixels: Pixels, values: DitheringParameters) -> Pixels:
    """Gamma, sharpening, a threshold, error diffusion over a lattice, dots: docs/effects.md gives each step's formula."""
    tone, threshold = _lattice(pixels, values)
    white = _diffused(tone, threshold)
    paper = np.full(pixels.shape[:2], 255, np.uint8)
    for down in range(values.dot_size):
        for across in range(values.dot_size):
            dots = paper[down :: values.pixel_spacing, across :: values.pixel_spacing]
            np.minimum(dots, white[: dots.shape[0], : dots.shape[1]], out=dots)
    return _on_subject(paper, pixels)


def _lattice(pixels: Pixels, values: DitheringParameters) -> tuple[Pixels, Pixels]:
    """Tone and threshold where a dot may be, uint8."""
    spacing = values.pixel_spacing
    height, width = (-(-side // spacing) for side in pixels.shape[:2])
    curve = np.rint(255 * (np.arange(256) / 255) ** values.gamma).astype(np.uint8)
    tone, threshold = np.empty((height, width), np.uint8), np.full((height, width), _FIXED, np.uint8)
    for rows, read, inner in bands(len(pixels), _MARGIN, _BAND):
        sharp = _sharpened(_toned(pixels[read], curve))
        places = slice(rows.start // spacing, -(-rows.stop // spacing))
        tone[places] = sharp[inner][::spacing, ::spacing]
        if values.adaptive_threshold:
            threshold[places] = _around(sharp)[inner][::spacing, ::spacing]
    return tone, threshold


def _toned(pixels: Pixels, curve: Pixels) -> Pixels:
    return np.where(pixels[..., 3] == 0, np.uint8(255), cv2.LUT(grey(pixels), curve))


def _sharpened(tone: Pixels) -> Pixels:
    """tone + 0.3 · (8 tone - its eight neighbours) / 8, rounded half up: in eightieths, which float32 holds exactly."""
    eightieths = cv2.filter2D(tone, cv2.CV_32F, _SHARPEN)
    return np.clip(np.floor((eightieths + 40.02) / 80), 0, 255).astype(np.uint8)


def _around(tone: Pixels) -> Pixels:
    """0.7 · mean + 0.3 · 128, rounded half up. OpenCV's kernel of 7 without a sigma is 2 7 14 18 14 7 2, / 64: exact sums."""
    mean = cv2.GaussianBlur(tone.astype(np.float32), (7, 7), 0)
    return np.floor(0.7 * mean.astype(np.float64) + (0.3 * 128 + 0.5 + 1e-6)).astype(np.uint8)


def _diffused(tone: Pixels, threshold: Pixels) -> Pixels:
    """255 where the paper stays white, uint8 (H, W)."""
    height, width = tone.shape
    values, limits = widened(tone).ravel(), widened(threshold).ravel()
    white = np.empty_like(values)

    def quantise(front: slice, come: Errors) -> Errors:
        come[:, 0] += values[front]
        white[front] = 255 * (come[:, 0] >= limits[front])
        come[:, 0] -= white[front]
        return come

    diffuse(height, width, max(width, 3), 1, quantise)
    return white.reshape(height, -1)[:, :width]


def _on_subject(paper: Pixels, pixels: Pixels) -> Pixels:
    drawn = np.asarray(cv2.cvtColor(paper, cv2.COLOR_GRAY2RGBA), np.uint8)
    cut_out(drawn, np.ascontiguousarray(pixels[..., 3]))
    return drawn


DITHERING: Final = Effect(
    "dithering",
    "A halftone print: black dots on white paper.",
    draw,
    DitheringParameters,
    aliases=("halftone",),
)
