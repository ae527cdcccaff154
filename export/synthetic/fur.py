"""Hairs on a contour and inside it, as many short open curves."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .curves import Curve

SUBPIXEL = 4
Hairs = NDArray[np.float64]


def grown(rng: np.random.Generator, outline: Curve, length: float, droop: float, depth: NDArray[np.float64]) -> Hairs:
    """Hairs (n, 4, 2) of about `length` that leave the outline, each rooted up to the share `depth` (n,) of the way in.

    Neighbours lean alike, as combed hair does, because lean and length follow a random wave along the contour.
    """
    count = len(depth)
    where = rng.random(count)
    at = (where * len(outline)).astype(np.intp)
    normal = outward(outline)[at]
    wave = np.sin(6.28 * (where[:, None] * rng.integers(3, 14, 4) + rng.random(4)))
    lean = 0.6 * wave[:, :2].sum(1) + rng.normal(0.0, 0.25, count)
    along = np.stack([-normal[:, 1], normal[:, 0]], 1)
    heading = normal + lean[:, None] * along + np.array([0.0, droop])
    heading /= np.linalg.norm(heading, axis=1, keepdims=True) + 1e-6
    reach = length * np.clip(0.75 + 0.25 * wave[:, 2] + rng.normal(0.0, 0.25, count), 0.25, 1.6)
    inside = depth * np.sqrt(rng.random(count))
    between = outline[at] + rng.random(count)[:, None] * (np.roll(outline, -1, 0)[at] - outline[at])
    root = between + inside[:, None] * (outline.mean(0) - between) - 0.35 * reach[:, None] * heading
    return curled(root, heading * reach[:, None], rng.normal(0.0, 0.22, count) + droop * 0.3 * np.sign(along[:, 1]))


def curled(root: Curve, run: Curve, bend: NDArray[np.float64]) -> Hairs:
    """Parabolas from `root` (n, 2) along `run` (n, 2), bent sideways by the share `bend` (n,) of their length."""
    t = np.linspace(0.0, 1.35, 4)[None, :, None]
    side = np.stack([-run[:, 1], run[:, 0]], 1)[:, None, :]
    return root[:, None, :] + run[:, None, :] * t + side * (bend[:, None, None] * t * t)


def outward(outline: Curve) -> Curve:
    """Unit normals (n, 2) of a closed curve that point out of it, whichever way it runs."""
    along = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    normal = np.stack([along[:, 1], -along[:, 0]], 1)
    x, y = outline.T
    turning = float((x * np.roll(y, -1) - y * np.roll(x, -1)).sum())
    unit: Curve = normal * np.sign(turning or 1.0) / (np.linalg.norm(normal, axis=1, keepdims=True) + 1e-9)
    return unit


def stroke(canvas: NDArray[np.uint8], hairs: Hairs, value: int, width: int = 1) -> None:
    """Draws hairs given in pixels of the canvas, antialiased."""
    if len(hairs):
        fixed = np.round(hairs * 2**SUBPIXEL).astype(np.int32)
        cv2.polylines(canvas, list(fixed), False, value, width, cv2.LINE_AA, SUBPIXEL)
