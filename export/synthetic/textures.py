"""Scalar fields over a square frame: noise and the patterns of coats, cloth and walls, float32 in about 0..1."""

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]
Image = NDArray[np.float32]


def rgb(field: Field) -> Image:
    """The field in three equal channels (size, size, 3); many times faster than broadcasting over a last axis of 3."""
    return np.asarray(cv2.merge((field, field, field)), np.float32)


def mixed(a: NDArray[np.float32], b: NDArray[np.float32], share: Field) -> Image:
    """The colours `a` and `b` (3,) mixed by the field, as (size, size, 3): a + (b - a) * share."""
    return np.asarray(cv2.transform(share, np.stack([b - a, a], 1)), np.float32)


def noise(rng: np.random.Generator, size: int, cells: float, octaves: int = 1, stretch: float = 1.0) -> Field:
    """Value noise (size, size) of `cells` lattice cells across; each further octave halves the cell and the strength.

    stretch > 1 draws the cells out along y. Source: lattice noise with cubic interpolation (Perlin 1985, simplified).
    """
    total = np.zeros((size, size), np.float32)
    weight = 1.0
    for octave in range(octaves):
        across = min(max(int(cells * 2**octave), 2), size)
        down = min(max(int(across / stretch), 2), size)
        grid = rng.integers(0, 256, (down + 1, across + 1), np.uint8).astype(np.float32)
        smooth = cv2.INTER_CUBIC if across * 6 < size else cv2.INTER_LINEAR
        total += cv2.resize(grid * np.float32(weight / 255.0), (size, size), interpolation=smooth)
        weight *= 0.5
    return total / np.float32(2.0 - 2.0 ** (1 - octaves))


def ramp(size: int, angle: float) -> Field:
    """A plane that rises from about -0.7..0.7 across the frame along `angle`."""
    axis = (np.arange(size, dtype=np.float32) + 0.5) / size - 0.5
    return (axis[None, :] * np.float32(np.cos(angle)) + axis[:, None] * np.float32(np.sin(angle))).astype(np.float32)


def step(field: Field, edge: float, softness: float) -> Field:
    """A soft threshold of the field."""
    return np.asarray(
        np.clip((field - np.float32(edge)) / np.float32(softness) + np.float32(0.5), 0.0, 1.0), np.float32
    )


def plain(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    return noise(rng, size, 3.0) * np.float32(0.4)


def mottled(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    return noise(rng, size, scale, 3)


def gradient(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    return np.asarray(np.clip(ramp(size, angle) + 0.5 + 0.4 * (noise(rng, size, scale) - 0.5), 0.0, 1.0), np.float32)


def tabby(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    """Wavy stripes that break up, as on a tabby cat."""
    wave = np.sin(6.28 * scale * (ramp(size, angle) + 0.25 * noise(rng, size, 4.0, 2)))
    broken = np.clip(2.2 * noise(rng, size, 5.0) - 0.4, 0.0, 1.0)
    return np.asarray(step(wave, 0.1, 1.2) * broken, np.float32)


def spots(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    return step(noise(rng, size, 1.5 * scale), 0.62, 0.12)


def patches(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    return step(noise(rng, size, max(scale * 0.4, 2.5), 2), 0.52, 0.06)


def bands(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    """Woven stripes with slightly bent edges."""
    wave = np.sin(6.28 * scale * (ramp(size, angle) + 0.04 * noise(rng, size, 3.0)))
    return step(wave, float(rng.uniform(-0.6, 0.6)), 0.5)


def checks(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    bend = 0.05 * noise(rng, size, 3.0)
    along = step(np.sin(6.28 * scale * (ramp(size, angle) + bend)), 0.0, 0.5)
    return np.float32(0.5) * (along + step(np.sin(6.28 * scale * (ramp(size, angle + 1.57) + bend)), 0.0, 0.5))


def folds(rng: np.random.Generator, size: int, scale: float, angle: float) -> Field:
    """Creases of cloth: the ridges of a warped low noise."""
    return np.abs(np.sin(4.0 * noise(rng, size, 4.0, 2, 1.8) + 6.0 * ramp(size, angle)))


Pattern = Callable[[np.random.Generator, int, float, float], Field]
PATTERNS: Final[dict[str, Pattern]] = {
    "plain": plain,
    "mottled": mottled,
    "gradient": gradient,
    "tabby": tabby,
    "spots": spots,
    "patches": patches,
    "bands": bands,
    "checks": checks,
    "folds": folds,
}
