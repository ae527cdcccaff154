"""Random colours, RGB float32 in 0..1."""

from typing import Final

import numpy as np

from .figure import Colour

FURS: Final = (
    (0.80, 0.50, 0.25),
    (0.62, 0.42, 0.26),
    (0.35, 0.24, 0.17),
    (0.12, 0.11, 0.11),
    (0.90, 0.88, 0.84),
    (0.55, 0.53, 0.51),
    (0.85, 0.72, 0.52),
    (0.30, 0.29, 0.30),
    (0.72, 0.62, 0.52),
    (0.50, 0.32, 0.18),
)
SKINS: Final = ((0.95, 0.78, 0.68), (0.88, 0.67, 0.54), (0.76, 0.56, 0.42), (0.56, 0.38, 0.27), (0.36, 0.24, 0.18))
HAIRS: Final = (
    (0.10, 0.08, 0.07),
    (0.24, 0.16, 0.11),
    (0.42, 0.28, 0.17),
    (0.70, 0.55, 0.32),
    (0.55, 0.27, 0.14),
    (0.62, 0.60, 0.58),
    (0.85, 0.76, 0.58),
)
IRISES: Final = ((0.75, 0.62, 0.15), (0.45, 0.60, 0.25), (0.35, 0.55, 0.70), (0.35, 0.20, 0.10), (0.80, 0.45, 0.12))


def chosen(rng: np.random.Generator, palette: tuple[tuple[float, float, float], ...], spread: float = 0.07) -> Colour:
    """A colour of the palette, shifted a little."""
    base = np.array(palette[int(rng.integers(len(palette)))])
    return near(rng, base.astype(np.float32), spread)


def near(rng: np.random.Generator, colour: Colour, spread: float) -> Colour:
    """A colour near the given one: mostly a change of light, a little of hue."""
    light = rng.normal() * spread
    return np.clip(colour + light + rng.normal(size=3) * spread * 0.5, 0.02, 0.98).astype(np.float32)


def vivid(rng: np.random.Generator) -> Colour:
    """Any colour of a product or a garment: hue free, saturation often low, from black to white."""
    hue, saturation = rng.uniform(0.0, 6.0), rng.beta(1.0, 1.3)
    value = rng.uniform(0.12, 0.97)
    wheel = np.clip(np.abs((hue + np.array([0.0, 4.0, 2.0])) % 6.0 - 3.0) - 1.0, 0.0, 1.0)
    return np.asarray(value * (1.0 - saturation + saturation * wheel), np.float32)


def muted(rng: np.random.Generator) -> Colour:
    """A colour of walls, floors, sky and leaves: low saturation."""
    colour = vivid(rng)
    return np.asarray(colour + (colour.mean() - colour) * rng.uniform(0.35, 0.95), np.float32)
