"""Where a figure stands in the frame, and the shadow it throws."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .figure import Figure
from .textures import Field, rgb


def whole(rng: np.random.Generator, figure: Figure, extent: tuple[float, float]) -> Figure:
    """The figure scaled so that its longer side is within `extent` of the frame, and put near the middle."""
    turned = figure.moved(1.0, float(rng.normal() * 0.08), (0.0, 0.0), bool(rng.random() < 0.5))
    low, high = turned.box()
    scale = float(rng.uniform(*extent)) / float(np.max(high - low))
    if figure.cut_below:
        return _bust(rng, turned, scale * 1.5)
    room = np.maximum(1.0 - (high - low) * scale, 0.0)
    place = 0.5 * room + rng.uniform(-0.4, 0.4, 2) * room - low * scale
    return turned.moved(scale, 0.0, place, False)


def close(rng: np.random.Generator, figure: Figure, radius: tuple[float, float]) -> Figure:
    """A close-up of the figure's focus, whose radius comes out within `radius` of the frame, which cuts the rest."""
    turned = figure.moved(1.0, float(rng.normal() * 0.15), (0.0, 0.0), bool(rng.random() < 0.5))
    x, y, reach = turned.focus
    scale = float(rng.uniform(*radius)) / reach
    place = rng.uniform((0.3, 0.36), (0.7, 0.62))
    return turned.moved(scale, 0.0, (place[0] - x * scale, place[1] - y * scale), False)


def _bust(rng: np.random.Generator, figure: Figure, scale: float) -> Figure:
    """Stands the figure on the lower border: its top is `top` below the upper one, the rest is cut."""
    low, high = figure.box()
    tall = float(high[1] - low[1]) * scale
    top = max(float(rng.uniform(0.02, 0.4)), 0.0) if tall > 0.9 else 1.02 - tall
    across = 0.5 + float(rng.uniform(-0.15, 0.15)) - float(low[0] + high[0]) * 0.5 * scale
    return figure.moved(scale, 0.0, (across, min(top, 1.02 - 0.4 * tall) - float(low[1]) * scale), False)


def shadow(rng: np.random.Generator, alpha: Field) -> NDArray[np.float32]:
    """What light is left on the ground (size, size, 3): the figure squashed towards its foot, moved and blurred."""
    size = len(alpha)
    thumb = cv2.resize(alpha, (64, 64), interpolation=cv2.INTER_AREA)
    rows = np.flatnonzero(thumb.max(1) > 0.3)
    foot = float(rows[-1]) if len(rows) else 63.0
    squash, slide = float(rng.choice([0.15, 0.3, 1.0])), float(rng.uniform(-0.5, 0.5))
    matrix = np.array([[1.0, slide, -slide * foot], [0.0, squash, foot * (1.0 - squash) + rng.uniform(0.0, 2.0)]])
    cast = cv2.warpAffine(thumb, matrix, (64, 64))
    cast = cv2.GaussianBlur(cast, (0, 0), float(rng.uniform(1.0, 4.0)))
    full = cv2.resize(cast, (size, size), interpolation=cv2.INTER_LINEAR)
    return rgb(1.0 - np.float32(rng.uniform(0.1, 0.65)) * full)
