"""RGB colour spaces of a matrix and three curves, as nearly all profiles describe them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.pictures.picture import Pixels

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]
"""From a level, 0–1, to the linear light that it stands for, 0–1."""

LEVELS: Final = np.arange(256) / 255
D65: Final = (0.3127, 0.3290)
SRGB_PRIMARIES: Final = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
_D50: Final = np.array([0.9642, 1, 0.8249])
_BRADFORD: Final = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

_ONE: Final = 8192  # full light in 16 bits with a sign: room for 4 × as much, and sRGB's darkest levels 2.5 steps apart
_INVISIBLE: Final = 1.5  # levels by which vendors' sRGB profiles differ from each other, rounded
_CHUNK: Final = 1 << 15  # pixels: what is worked on stays in the processor's cache


class _Tables(NamedTuple):
    """Four 16-bit lanes a pixel: linear red, green, blue in sRGB's primaries, and full light for alpha."""

    red_green: NDArray[np.uint64]  # by red + 256 × green
    blue: NDArray[np.uint64]
    encoded: Pixels  # (1, 65536), from a lane to a level


@dataclass(frozen=True, eq=False)
class Space:
    """`curves` (3, 256): the linear light of each level; `matrix` (3, 3): from there to sRGB's linear light."""

    curves: Floats
    matrix: Floats

    @cached_property
    def is_srgb(self) -> bool:
        """Whether converting would change nothing that shows: judged by colours, not by names."""
        steps = np.arange(0, 256, 17)
        corners = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
        greys = np.repeat(np.arange(256), 3).reshape(-1, 3)
        levels = np.concatenate([corners, greys])
        light = np.stack([self.curves[channel][levels[:, channel]] for channel in range(3)], axis=-1)
        return bool(np.abs(255 * encoded(light @ self.matrix.T) - levels).max() <= _INVISIBLE)

    @cached_property
    def _tables(self) -> _Tables:
        light = [_ONE * np.outer(self.curves[channel], self.matrix[:, channel]) for channel in range(3)]
        pairs = light[1][:, None] + light[0][None, :]
        return _Tables(_lanes(pairs, alpha=0), _lanes(light[2], alpha=_ONE), _encoding())

    def to_srgb(self, pixels: Pixels) -> None:
        """Converts the colours of `pixels`, uint8 RGBA (H, W, 4), C-contiguous, in place; within 1 level of exact."""
        tables = self._tables
        flat = pixels.reshape(-1, 4)
        light = np.empty(_CHUNK, np.uint64)
        blue = np.empty(_CHUNK, np.uint64)
        for start in range(0, len(flat), _CHUNK):
            _convert(flat[start : start + _CHUNK], tables, light, blue)


def space(primaries: Sequence[tuple[float, float]], white: tuple[float, float], curve: Curve) -> Space:
    """The space of three primaries and a white, each as CIE x and y. Raises ArithmeticError, ValueError for nonsense."""
    return from_colorants(_colorants(primaries, white), [curve] * 3)


def from_colorants(colorants: Floats, curves: Sequence[Curve]) -> Space:
    """`colorants` (3, 3): XYZ, adapted to D50, of full red, green and blue as columns; `curves` theirs.

    Raises ValueError where no colours could be like that.
    """
    matrix = np.asarray(np.linalg.solve(_colorants(SRGB_PRIMARIES, D65), colorants), np.float64)
    with np.errstate(all="ignore"):
        light = np.stack([np.asarray(curve(LEVELS), np.float64) for curve in curves])
    light = np.clip(np.nan_to_num(light), 0, 1)
    if not np.abs(matrix).sum(axis=1).max() < 3.9:  # beyond the tables' room; nan, too
        raise ValueError("the primaries are not colours")
    return Space(light, matrix)


def encoded(light: Floats) -> Floats:
    """sRGB's levels, 0–1, of linear light (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def decoded(levels: Floats) -> Floats:
    """The linear light of sRGB's levels, 0–1 (IEC 61966-2-1)."""
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def _colorants(primaries: Sequence[tuple[float, float]], white: tuple[float, float]) -> Floats:
    xyz = np.stack([_xyz(*each) for each in primaries], axis=1)
    seen = _BRADFORD @ _xyz(*white)
    adapted = np.linalg.solve(_BRADFORD, np.diag(_BRADFORD @ _D50 / seen) @ _BRADFORD)
    return np.asarray(adapted @ (xyz * np.linalg.solve(xyz, _xyz(*white))), np.float64)


def _xyz(x: float, y: float) -> Floats:
    return np.array([x / y, 1, (1 - x - y) / y])


def _lanes(light: Floats, alpha: int) -> NDArray[np.uint64]:
    lanes = np.full((light.size // 3, 4), alpha, np.int16)
    lanes[:, :3] = np.rint(light.reshape(-1, 3))
    return lanes.view(np.uint64).ravel()


def _encoding() -> Pixels:
    table = np.zeros(1 << 16, np.uint8)  # the upper half is light below none
    table[: 1 << 15] = 255
    table[: _ONE + 1] = np.rint(255 * encoded(np.arange(_ONE + 1) / _ONE))
    return table.reshape(1, -1)


def _convert(flat: Pixels, tables: _Tables, light: NDArray[np.uint64], blue: NDArray[np.uint64]) -> None:
    light, blue, alpha = light[: len(flat)], blue[: len(flat)], flat[:, 3].copy()
    np.take(tables.red_green, flat.view(np.uint16)[:, 0], out=light, mode="clip")
    np.take(tables.blue, flat[:, 2], out=blue, mode="clip")
    lanes = light.view(np.int16)
    lanes += blue.view(np.int16)
    cv2.LUT(lanes.view(np.uint16).reshape(1, -1, 4), tables.encoded, flat.reshape(1, -1, 4))
    flat[:, 3] = alpha
