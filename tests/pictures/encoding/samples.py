"""Pictures to write, and what readers make of the files."""

import io
from functools import cache

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]


def unhurried() -> None:
    """A `going` that lets every step pass."""


@cache
def _photo() -> Pixels:
    return np.ascontiguousarray(skimage.data.astronaut()[:384, 60:380])


def photo() -> Pixels:
    """An opaque photograph, (384, 320, 3); a copy, since encoders overwrite."""
    return _photo().copy()


def ellipse(height: int, width: int, softness: float = 12) -> Pixels:
    """A soft-edged alpha."""
    y, x = np.mgrid[:height, :width]
    radius = np.hypot((x - width / 2) / (width * 0.4), (y - height / 2) / (height * 0.4))
    return (255 * np.clip((1.1 - radius) * softness, 0, 1)).astype(np.uint8)


def cut(rgb: Pixels, alpha: Pixels) -> Pixels:
    """A cut-out: RGBA, RGB 0 where alpha is 0."""
    pixels = np.dstack([rgb, alpha])
    pixels[alpha == 0] = 0
    return pixels


def portrait() -> Pixels:
    """A cut-out photograph, (384, 320, 4)."""
    return cut(photo(), ellipse(384, 320))


def bright() -> Pixels:
    """A cut-out whose edge is bright and hard: what black beside it would show on."""
    return cut(photo() // 2 + 128, ellipse(384, 320, 1000))


def noise(*shape: int, seed: int = 0) -> Pixels:
    """Random bytes; the colours of hidden pixels are 0 where there are four."""
    pixels = np.random.default_rng(seed).integers(0, 256, shape, np.uint8)
    if shape[2:] == (4,):
        pixels[pixels[..., 3] < 128] = 0
    return pixels


def opened(data: bytes) -> Image.Image:
    """The file as Pillow reads it."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def read(data: bytes) -> Pixels:
    """The file's pixels as Pillow reads them, in the file's own mode."""
    return np.asarray(opened(data))


def edge_error(pixels: Pixels, decoded: Pixels) -> float:
    """How far off the colours of visible pixels near the hidden ones are: of a hundred, the second worst."""
    seen = pixels[..., 3] > 0
    edge = seen & (cv2.erode(seen.astype(np.uint8), np.ones((9, 9), np.uint8)) == 0)
    off = np.abs(pixels[..., :3].astype(int) - decoded[..., :3])[edge]
    return float(np.percentile(off.mean(axis=1), 99))
