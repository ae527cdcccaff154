"""A subject on its own: float32 (H, W, 4) in 0–1, its colours times its alpha (Porter and Duff 1984), so that it may be
enlarged, turned and blurred without colours from outside of it."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

Floats = NDArray[np.float32]

_MARGIN: Final = 2  # pixels around it that stay transparent, for edges without stairs
_REACH: Final = 2.0  # standard deviation in pixels, of how far from inside colours of the rim are taken


def layer(image: Image.Image) -> Floats:
    """An image with alpha, its rim free of what it was once cut out of."""
    straight = np.asarray(image.convert("RGBA"), np.float32) * np.float32(1 / 255)
    # Nearly none is none, nearly all is all.
    alpha = np.interp(straight[..., 3], (0.05, 0.95), (0, 1)).astype(np.float32)
    return trimmed(np.dstack([_clean(straight[..., :3], alpha) * alpha[..., None], alpha]))


def _clean(colours: Floats, alpha: Floats) -> Floats:
    """Soft pixels and the outermost whole ones get the colours next to them inside, where there are any."""
    inside = cv2.erode((alpha > 0.97).astype(np.float32), np.ones((3, 3)), borderValue=0)
    weight = cv2.GaussianBlur(inside, (0, 0), _REACH)[..., None]
    spread = cv2.GaussianBlur(colours * inside[..., None], (0, 0), _REACH) / np.maximum(weight, 1e-3)
    return np.where((inside[..., None] == 0) & (weight > 0.02), spread, colours)


def trimmed(pixels: Floats) -> Floats:
    """No more than what is visible, and a transparent margin."""
    x, y, width, height = cv2.boundingRect((pixels[..., 3] > 0.1).astype(np.uint8))
    around = np.pad(pixels, ((_MARGIN, _MARGIN), (_MARGIN, _MARGIN), (0, 0)))
    return around[y : y + height + 2 * _MARGIN, x : x + width + 2 * _MARGIN]


def turned(pixels: Floats, degrees: float) -> Floats:
    """Turned counter-clockwise about its middle, and as large as that takes."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    cosine, sine = np.abs(matrix[0, :2])
    box = int(width * cosine + height * sine) + 1, int(width * sine + height * cosine) + 1
    matrix[:, 2] += (box[0] - width) / 2, (box[1] - height) / 2
    return trimmed(np.asarray(cv2.warpAffine(pixels, matrix, box), np.float32))


def scaled(pixels: Floats, scale: float) -> Floats:
    """Shrunk or enlarged; what is enlarged loses the stairs of a hard outline."""
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    if scale <= 1:
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)
    larger = cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC)
    return np.clip(cv2.GaussianBlur(larger, (0, 0), 0.3 * scale), 0, 1)


def laid(pixels: Floats, left: int, top: int, side: int) -> Floats:
    """In a transparent square, whose frame cuts what does not fit."""
    matrix = np.array([[1, 0, left], [0, 1, top]], np.float32)
    return np.asarray(cv2.warpAffine(pixels, matrix, (side, side), flags=cv2.INTER_NEAREST), np.float32)
