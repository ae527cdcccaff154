"""Closed smooth curves, as (n, 2) float64 arrays of x, y points. The unit is whatever the caller draws in."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

Curve = NDArray[np.float64]


def ellipse(cx: float, cy: float, rx: float, ry: float, angle: float = 0.0, power: float = 2.0) -> Curve:
    """A superellipse (Lamé curve) turned by `angle` radians; power 2 is an ellipse, 4 nearly a rounded rectangle."""
    t = np.linspace(0.0, 2.0 * np.pi, 56, endpoint=False)
    x, y = np.cos(t), np.sin(t)
    shape = np.stack([np.sign(x) * np.abs(x) ** (2.0 / power) * rx, np.sign(y) * np.abs(y) ** (2.0 / power) * ry], 1)
    moved: Curve = turned(shape, angle) + np.array([cx, cy])
    return moved


def blob(rng: np.random.Generator, cx: float, cy: float, rx: float, ry: float, rough: float = 0.1) -> Curve:
    """An ellipse whose radius is modulated by five random Fourier terms of falling strength."""
    t = np.linspace(0.0, 2.0 * np.pi, 72, endpoint=False)
    order = np.arange(2, 7)
    strength = rng.normal(size=5) * rough / np.sqrt(order - 1.0)
    radius = 1.0 + (strength[:, None] * np.cos(order[:, None] * t + rng.uniform(0, 6.28, 5)[:, None])).sum(0)
    return np.stack([cx + rx * radius * np.cos(t), cy + ry * radius * np.sin(t)], 1)


def limb(points: ArrayLike, radii: ArrayLike, rounds: int = 3) -> Curve:
    """The outline of a tube round a smoothed path: `points` (k, 2) and `radii` (k,), with round ends."""
    path = chaikin(np.column_stack([np.asarray(points, float), np.asarray(radii, float)]), rounds)
    along = np.gradient(path[:, :2], axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    side = np.stack([-along[:, 1], along[:, 0]], 1) * path[:, 2:]
    return np.concatenate(
        [path[:, :2] + side, cap(path[-1], along[-1]), (path[:, :2] - side)[::-1], cap(path[0], -along[0])]
    )


def cap(end: Curve, along: Curve) -> Curve:
    """The half circle that closes a tube at `end` (x, y, radius), running from its left side to its right."""
    t = np.linspace(0.0, np.pi, 8)[1:-1, None]
    left = np.array([-along[1], along[0]])
    arc: Curve = end[:2] + end[2] * (np.cos(t) * left + np.sin(t) * along)
    return arc


def chaikin(points: Curve, rounds: int) -> Curve:
    """Corner cutting (Chaikin 1974) of an open path of any width; the ends stay where they are."""
    for _ in range(rounds):
        near = 0.75 * points[:-1] + 0.25 * points[1:]
        far = 0.25 * points[:-1] + 0.75 * points[1:]
        inner = np.stack([near, far], 1).reshape(-1, points.shape[1])
        points = np.concatenate([points[:1], inner[1:-1], points[-1:]]) if len(points) > 2 else _split(points)
    return points


def _split(points: Curve) -> Curve:
    return np.stack([points[0], 0.5 * (points[0] + points[1]), points[1]])


def rounded(corners: ArrayLike, rounds: int = 3) -> Curve:
    """A polygon (k, 2) with its corners cut round (Chaikin, closed)."""
    points = np.asarray(corners, float)
    for _ in range(rounds):
        following = np.roll(points, -1, axis=0)
        pairs = np.stack([0.8 * points + 0.2 * following, 0.2 * points + 0.8 * following], 1)
        points = pairs.reshape(-1, 2)
    return points


def turned(points: Curve, angle: float) -> Curve:
    """The points turned by `angle` radians about the origin."""
    c, s = np.cos(angle), np.sin(angle)
    spun: Curve = points @ np.array([[c, s], [-s, c]])
    return spun
