"""Edge-preserving smoothing: the generalised Kuwahara filter (Papari, Petkov, Campisi: "Artistic Edge and Corner Enhancing
Smoothing", 2007), its sectors taken as Gaussian blobs around each pixel.

Each pixel becomes the mean of eight blobs beside it, weighed by how even they are: on a flat fur it is a plain mean, beside an
edge only the blobs on the pixel's own side count.
"""

from typing import Final

import cv2
import numpy as np

from gateway.pictures.picture import Plane

LUMA: Final = np.array([[0.299, 0.587, 0.114]], np.float32)
_EVEN: Final = 0.0015  # variance of luma at which a blob counts half
_SECTORS: Final = 8


def smoothed(colours: Plane, weights: Plane, radius: int) -> Plane:
    """`colours`, float32 (H, W, 3) 0 … 1, smoothed over about 2 · `radius` pixels; each counts by `weights`, (H, W) ≥ 0."""
    luma = np.asarray(cv2.transform(colours, LUMA), np.float32)
    blobs = _blurred(np.dstack([colours, luma * luma]) * weights[..., None], radius)
    amount = _blurred(weights, radius)
    blobs /= np.maximum(amount, 1e-4)[..., None]
    mean_luma = np.asarray(cv2.transform(blobs[..., :3], LUMA), np.float32)
    variance = np.maximum(blobs[..., 3] - mean_luma * mean_luma, 0) / _EVEN
    share = (amount + 1e-6) / (1 + variance * variance)
    blobs[..., 3] = 1
    blobs *= share[..., None]
    summed = _summed(blobs, radius)
    return np.asarray(summed[..., :3] / summed[..., 3:], np.float32)


def _blurred(plane: Plane, radius: int) -> Plane:
    size = 2 * round(1.5 * radius) + 1
    return np.asarray(cv2.GaussianBlur(plane, (size, size), radius / 2, borderType=cv2.BORDER_REPLICATE), np.float32)


def _summed(blobs: Plane, radius: int) -> Plane:
    """Over the sectors' middles, on a circle of `radius` around each pixel."""
    height, width = blobs.shape[:2]
    around = cv2.copyMakeBorder(blobs, radius, radius, radius, radius, cv2.BORDER_REPLICATE)
    summed = np.zeros_like(blobs)
    for angle in np.arange(_SECTORS) * (2 * np.pi / _SECTORS):
        top, left = radius + round(radius * np.sin(angle)), radius + round(radius * np.cos(angle))
        summed += around[top : top + height, left : left + width]
    return summed
