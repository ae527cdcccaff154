"""Photographs of any size, as a phone would send them: scikit-image's, side by side, twice enlarged, with a sensor's noise."""

import io
from functools import cache
from typing import Any

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

TILE = (800, 600)
NOISE = 2.0  # levels


@cache
def photograph(megapixels: float) -> NDArray[np.uint8]:
    """uint8 (H, W, 3), 4:3, of `megapixels` million pixels."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    width = round(megapixels * 1e6 / height)
    names = ("astronaut", "coffee", "chelsea")
    tiles = [cv2.resize(getattr(skimage.data, name)(), TILE, interpolation=cv2.INTER_CUBIC) for name in names]
    across, down = -(-width // TILE[0]), -(-height // TILE[1])
    rows = [np.hstack([_turned(tiles, y * across + x, x + y) for x in range(across)]) for y in range(down)]
    clean = np.vstack(rows)[:height, :width]
    noise = np.random.default_rng(0).normal(0, NOISE, (height, width, 1)).astype(np.float32)
    return np.clip(clean + noise, 0, 255).astype(np.uint8)


def _turned(tiles: list[Any], number: int, odd: int) -> Any:
    tile = tiles[number % len(tiles)]
    return tile[:, ::-1] if odd % 2 else tile


def file(megapixels: float, kind: str = "JPEG", **options: Any) -> bytes:
    """The photograph as a file; a JPEG at quality 90 unless told otherwise."""
    stream = io.BytesIO()
    Image.fromarray(photograph(megapixels)).save(stream, kind, **({"quality": 90} | options))
    return stream.getvalue()


def mask(size: int) -> NDArray[np.uint8]:
    """A portrait's mask, uint8 (size, size): an ellipse over half of the frame, its edge 6 pixels of 1024 soft, and 40 on the
    upper quarter, where hair would be."""
    y, x = np.mgrid[:size, :size] / size - 0.5
    angle = np.arctan2(y, x)
    radius = np.hypot(x / 0.38, y / 0.42) + 0.02 * np.sin(40 * angle) + 0.01 * np.sin(97 * angle)
    softness = np.where(np.abs(angle + np.pi / 2) < np.pi / 4, 40, 6) / 1024 / 0.4
    return (255 * np.clip((1 - radius) / softness + 0.5, 0, 1)).astype(np.uint8)
