"""Synthetic training pictures with exact alpha: animals, people and things before grounds of two difficulties.

    >>> image, alpha = picture(np.random.default_rng(7), 192, "easy")

Every random choice comes from the generator, so equal seeds give equal bytes. The alpha is the one the picture was
composited with (Porter and Duff 1984), blurred where the camera blurs.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from .animals import animal
from .camera import MILD, STRONG, taken
from .colours import muted, near, vivid
from .figure import Colour, Figure
from .grounds import easy as easy_ground
from .grounds import hard as hard_ground
from .paint import Layer, painted
from .people import person
from .products import product
from .stage import close, shadow, whole
from .thin import thin

__all__ = ["Difficulty", "layers", "picture"]

Difficulty = Literal["easy", "hard"]


def picture(rng: np.random.Generator, size: int, difficulty: Difficulty) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture and its matte.

    Args:
        rng: the only source of chance; it is advanced.
        size: side in pixels, at least 32.
        difficulty: "easy" has one large subject before a calm ground, "hard" has clutter, camouflage and crowds.

    Returns:
        image uint8 (size, size, 3) RGB, alpha uint8 (size, size)
    """
    layer, ground = layers(rng, size, difficulty)
    return taken(rng, layer.over(ground), layer.alpha, MILD if difficulty == "easy" else STRONG)


def layers(rng: np.random.Generator, size: int, difficulty: Difficulty) -> tuple[Layer, NDArray[np.float32]]:
    """The same before the camera: the subject, and its ground float32 (size, size, 3) in 0..1 with the subject's shadow."""
    light = float(rng.uniform(-2.8, -0.3))
    if difficulty == "easy":
        return _easy(rng, size, light)
    return _hard(rng, size, light)


def _easy(rng: np.random.Generator, size: int, light: float) -> tuple[Layer, NDArray[np.float32]]:
    layer = painted(rng, _placed(rng, _subject(rng), (0.7, 1.02)), size, light)
    ground = easy_ground(rng, size, _contrasting(rng, layer, 0.25))
    if rng.random() < 0.5:
        ground = ground * shadow(rng, layer.alpha)
    return layer, ground


def _hard(rng: np.random.Generator, size: int, light: float) -> tuple[Layer, NDArray[np.float32]]:
    figures = [_thing(rng)] + [_subject(rng) for _ in range(int(rng.choice([0, 0, 0, 0, 0, 1, 1, 2])))]
    layer = painted(rng, _placed(rng, figures[0], (0.4, 1.0)), size, light)
    for figure in figures[1:]:
        companion = painted(rng, _placed(rng, figure, (0.3, 0.7)), size, light)
        layer = _joined(layer, companion) if rng.random() < 0.4 else _joined(companion, layer)
    ground = hard_ground(rng, size, _tint(rng, layer))
    if rng.random() < 0.6:
        ground = ground * shadow(rng, layer.alpha)
    return layer, ground


def _subject(rng: np.random.Generator) -> Figure:
    build = (animal, animal, animal, person, person, product, product)[int(rng.integers(7))]
    return build(rng)


def _thing(rng: np.random.Generator) -> Figure:
    return thin(rng) if rng.random() < 0.15 else _subject(rng)


def _placed(rng: np.random.Generator, figure: Figure, extent: tuple[float, float]) -> Figure:
    if rng.random() < 0.25:
        return close(rng, figure, (0.3, 0.62))
    return whole(rng, figure, extent)


def _joined(under: Layer, top: Layer) -> Layer:
    return Layer(top.over(under.colour), top.alpha + under.alpha * (1.0 - top.alpha))


def _mean(layer: Layer) -> Colour:
    return np.asarray(cv2.mean(layer.colour)[:3], np.float32) / np.float32(layer.alpha.mean() + 0.01)


def _contrasting(rng: np.random.Generator, layer: Layer, least: float) -> Colour:
    """A ground colour at least `least` (Euclidean, RGB 0..1) from the subject's mean: the best of up to four draws."""
    mean = _mean(layer)
    draws = [muted(rng) if rng.random() < 0.85 else vivid(rng) for _ in range(4)]
    distances = [float(np.linalg.norm(draw - mean)) for draw in draws]
    enough = [draw for draw, distance in zip(draws, distances, strict=True) if distance > least]
    return enough[0] if enough else draws[int(np.argmax(distances))]


def _tint(rng: np.random.Generator, layer: Layer) -> Colour:
    """Camouflage, the subject's own colour, in a third of the pictures."""
    return near(rng, _mean(layer), 0.08) if rng.random() < 0.33 else muted(rng)
