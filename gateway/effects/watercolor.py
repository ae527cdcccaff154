"""Watercolour on rough paper.

The smoothed picture is laid down in a few washes of a wobbling outline. How much pigment lies where is the density model of
Bousseau, Kaplan, Thollot and Sillion, "Interactive watercolor rendering with temporal coherence and abstraction" (2006):
it gathers at the edges of washes, drifts in the water and settles in the paper's grain. Dark strokes come last, wet on dry.
"""

from functools import cache
from typing import Final

import cv2
import numpy as np

from gateway.effects.bands import bands
from gateway.effects.effect import Effect, NoParameters
from gateway.effects.kuwahara import LUMA, smoothed
from gateway.effects.noise import Noise
from gateway.effects.reduced import reduced
from gateway.pictures.compose import cut_out
from gateway.pictures.picture import Pixels, Plane

_WORK: Final = 1024  # pixels of the longer side that is painted on; washes are soft, the paper is drawn at full size
_BRUSH: Final = 0.006  # of the longer side
_WASHES: Final = 7
_STRONGEST: Final = (
    0.72  # to which a channel is lightened by itself; beyond, the paper shows through, or reds would glow
)
_PAPER: Final = np.array([0.992, 0.985, 0.965], np.float32)
_LEVELS: Final = 64  # of the paper's height


def draw(pixels: Pixels, values: NoParameters) -> Pixels:
    """Washes, pigment, strokes and paper; all lengths go with the picture's longer side."""
    height, width = pixels.shape[:2]
    painted = _painted(reduced(pixels, _WORK))
    drawn = np.empty_like(pixels)
    enlarged = cv2.resize(painted, (width, height), interpolation=cv2.INTER_CUBIC)
    unit = max(height, width) / 1000
    coarse, fine = (Noise(height, width, cell * unit, seed) for seed, cell in ((5, 2.6), (6, 1.2)))
    for rows, _, _ in bands(height):
        relief = cv2.addWeighted(coarse.rows(rows), 0.3 * _LEVELS / 2, fine.rows(rows), 0.2 * _LEVELS / 2, _LEVELS / 2)
        level = np.clip(relief, 0, _LEVELS - 1).astype(np.uint16)[..., None]
        drawn[rows, :, :3] = cv2.LUT(enlarged[rows] + (level << 8), _grain())
    cut_out(drawn, np.ascontiguousarray(pixels[..., 3]))
    return drawn


def _painted(pixels: Pixels) -> Pixels:
    """Everything but the paper's grain, uint8 (H, W, 3)."""
    height, width = pixels.shape[:2]
    unit = max(height, width) / 1000
    painted = np.empty((height, width, 3), np.uint8)
    sheet = _Sheet(height, width, unit)
    for rows, read, inner in bands(height, round(40 * unit) + 4, 192):
        colours, alpha = _floats(pixels[read])
        wash = _washes(sheet.wobbled(smoothed(colours, alpha, max(round(6 * unit), 1)), read))
        wash = _pigmented(wash, _density(wash, alpha, unit) + sheet.drift(read))
        wash = _stroked(wash, _luma(colours), alpha, unit)
        painted[rows] = np.rint(255 * np.clip(wash[inner] * _PAPER, 0, 1))
    return painted


def _floats(pixels: Pixels) -> tuple[Plane, Plane]:
    """Colours and alpha, 0 to 1."""
    whole = np.multiply(pixels, 1 / 255, dtype=np.float32)
    return np.ascontiguousarray(whole[..., :3]), np.ascontiguousarray(whole[..., 3])


def _luma(colours: Plane) -> Plane:
    return np.asarray(cv2.transform(colours, LUMA), np.float32)


class _Sheet:
    """What is the same wherever on the paper one looks: how the brush trembles and the water drifts."""

    def __init__(self, height: int, width: int, unit: float) -> None:
        self._tremor = 1.6 * unit
        self._across, self._down, self._pools, self._puddles = (
            Noise(height, width, cell * unit, seed) for seed, cell in enumerate((14, 14, 90, 32), 1)
        )

    def wobbled(self, plane: Plane, rows: slice) -> Plane:
        """`plane`, which lies in `rows` of the picture, its outlines shaken."""
        grid = np.indices(plane.shape[:2], np.float32)
        across, down = grid[1] + self._tremor * self._across.rows(rows), grid[0] + self._tremor * self._down.rows(rows)
        return np.asarray(cv2.remap(plane, across, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)

    def drift(self, rows: slice) -> Plane:
        """Where water carried pigment to, as a density."""
        return np.asarray(cv2.addWeighted(self._pools.rows(rows), 0.13, self._puddles.rows(rows), 0.09, 0), np.float32)


def _washes(colours: Plane) -> Plane:
    """Few tones with soft borders, lightened as transparent paint over white is, and a little more colourful."""
    luma = np.maximum(_luma(colours), 1e-3)
    tone = np.clip(1.06 * (0.35 * luma + 0.65 * _stepped(luma)) + 0.05, 0, 1) ** 0.82
    strongest = np.maximum(colours.max(axis=2), 1e-3)
    lit = colours * np.minimum(tone / luma, np.clip(_STRONGEST / strongest, 1, 1.6))[..., None]
    grey = _luma(lit)
    pale = 0.5 * np.clip((tone - grey) / (1.001 - grey), 0, 1)[..., None]
    lit = grey[..., None] + 1.15 * (lit - grey[..., None])
    return np.asarray(np.clip(lit + pale * (1 - lit), 0, 1), np.float32)


def _stepped(luma: Plane) -> Plane:
    whole = np.floor(_WASHES * luma)
    rest = np.clip((_WASHES * luma - whole - 0.5) / 0.45 + 0.5, 0, 1)
    return np.asarray((whole + rest * rest * (3 - 2 * rest)) / _WASHES, np.float32)


def _density(wash: Plane, alpha: Plane, unit: float) -> Plane:
    """1 and more: on the dark side of a wash's edge, and where the subject ends."""
    luma = _luma(wash)
    edge = np.maximum(_blurred(luma, 2.2 * unit + 0.3) - luma, 0)
    rim = np.clip(2.2 * (1 - _blurred(alpha, 3 * unit + 0.3)), 0, 1)
    return np.asarray(1 + 3.5 * edge + 0.55 * rim, np.float32)


def _pigmented(wash: Plane, density: Plane) -> Plane:
    return np.asarray(wash - (wash - wash * wash) * (density - 1)[..., None], np.float32)


def _stroked(wash: Plane, luma: Plane, alpha: Plane, unit: float) -> Plane:
    """With dark strokes and bright ones over it, where the picture has lines that differ from what lies around them.

    Dark ones only where they are many: single hairs would look like scratches.
    """
    near, far = (
        _blurred(luma * alpha, sigma) / np.maximum(_blurred(alpha, sigma), 1e-3)
        for sigma in (unit + 0.4, 3 * unit + 0.6)
    )
    dark = np.asarray(np.clip(7 * (far - near) - 0.1, 0, 0.75), np.float32)
    bright = np.clip(9 * (near - far) - 0.15, 0, 0.7)
    many = np.clip(9 * _blurred(dark, 5 * unit) - 0.4, 0, 1)
    inked = wash * (1 - 0.8 * dark * many)[..., None]
    return np.asarray(inked + (1 - inked) * (bright * alpha)[..., None], np.float32)


def _blurred(plane: Plane, sigma: float) -> Plane:
    size = 2 * int(3 * sigma) + 1
    return np.asarray(cv2.GaussianBlur(plane, (size, size), sigma), np.float32)


@cache
def _grain() -> Pixels:
    """By the paper's height (high byte) and a colour (low byte): pigment settles in its hollows, and they lie in shade."""
    height = (np.arange(_LEVELS)[:, None] - _LEVELS / 2) / (_LEVELS / 2)
    colour = np.arange(256)[None] / 255
    settled = colour - (colour - colour * colour) * 0.28 * height * (1.1 - colour)
    table = np.zeros((256, 256), np.uint8)
    table[:_LEVELS] = np.rint(255 * np.clip(settled * (1 - 0.025 * height), 0, 1))
    return table.ravel()


WATERCOLOR: Final = Effect(
    "watercolor",
    "Watercolour on rough paper: soft washes, dark edges, the paper's grain.",
    draw,
)
