"""A ground behind a subject: float32 (S, S, 3) in 0–1."""

from typing import Final

import cv2
import numpy as np
from PIL import Image

from bench.montage.chosen import Ground
from bench.montage.layer import Floats

_DECODED: Final = 1200
"""Pixels of the shorter side, at least: larger JPEGs are decoded at a half, a quarter or an eighth."""


def backdrop(ground: Ground, image: Image.Image, side: int, random: np.random.Generator) -> Floats:
    """A square out of the ground's part, mirrored half of the time."""
    image.draft("RGB", (_DECODED, _DECODED))
    left, top, right, bottom = np.array(ground.part) * (image.size * 2)
    length = min(right - left, bottom - top) * random.uniform(0.45, 1)
    x, y = random.uniform(left, right - length), random.uniform(top, bottom - length)
    square = image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS, (x, y, x + length, y + length))
    pixels = np.asarray(square, np.float32) * np.float32(1 / 255)
    return np.ascontiguousarray(pixels[:, ::-1]) if random.random() < 0.5 else pixels


def softened(pixels: Floats, scale: float, random: np.random.Generator) -> Floats:
    """Pixels (S, S, 3) as soft as a subject that was enlarged `scale` times; half of the time out of focus besides."""
    defocus = random.uniform(1, 8) if random.random() < 0.5 else 0
    return np.asarray(cv2.GaussianBlur(pixels, (0, 0), float(np.hypot(0.38 * scale, defocus))), np.float32)


def shaded(pixels: Floats, alpha: Floats, random: np.random.Generator) -> Floats:
    """Pixels (S, S, 3) with the shadow of what stands on them: its alpha (S, S), squashed onto the line of its lowest pixel,
    slanted and soft."""
    foot = float(np.flatnonzero((alpha > 0.3).any(1)).max())
    height, slant = random.uniform(0.1, 0.24), random.uniform(-0.5, 0.5)
    matrix = np.array([[1, -slant * height, slant * height * foot], [0, height, foot * (1 - height) + 2]])
    shadow = cv2.GaussianBlur(cv2.warpAffine(alpha, matrix, alpha.shape), (0, 0), random.uniform(4, 9))
    return pixels * (1 - np.float32(random.uniform(0.35, 0.65)) * shadow[..., None])
