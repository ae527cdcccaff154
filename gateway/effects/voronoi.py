"""Tiles of a plane: sites that gather where there is detail, and the cells around them.

The sites are moved to the middles of their cells a few times (Lloyd's algorithm, weighed by a density, as in Secord, "Weighted
Voronoi Stippling", 2002). Cells are found by OpenCV's Delaunay triangulation.
"""

from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, 2), x and y in pixels."""

_ROUNDS: Final = 4
_BEHIND: Final = 0.3  # least 1 + cosine between the normals of two sides: sharper corners are cut off


class Cells(NamedTuple):
    """N convex polygons: `corners` of all of them, one after the other, those of polygon i from starts[i] to starts[i + 1];
    `sites` within them."""

    corners: Points
    starts: NDArray[np.intp]
    sites: Points


def sites(density: NDArray[np.float64], count: int, seed: int) -> Points:
    """`count` points, as dense as `density`, float64 (H, W) ≥ 0 and somewhere more; drawn from `seed`."""
    height, width = density.shape
    random = np.random.Generator(np.random.SFC64(seed))
    summed = np.cumsum(density)
    wanted = (np.arange(count) + random.random(count)) * (summed[-1] / count)
    down, across = np.divmod(np.minimum(np.searchsorted(summed, wanted, side="right"), density.size - 1), width)
    points = np.stack([across, down], axis=1) + random.random((count, 2))
    y, x = (axis * density for axis in np.indices(density.shape))
    for _ in range(_ROUNDS):
        points = _centred(labels(points, width, height), density, x, y)
    return points


def labels(points: Points, width: int, height: int) -> NDArray[np.int32]:
    """The number of the nearest point for each pixel, int32 (height, width); points in the same pixel share one."""
    places = np.full((height, width), 255, np.uint8)
    across, down = _pixels(points, width, height)
    places[down, across] = 0
    _, nearest = cv2.distanceTransformWithLabels(places, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    return np.asarray(nearest, np.int32)


def _pixels(points: Points, width: int, height: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    whole = points.astype(np.intp)
    return np.clip(whole[:, 0], 0, width - 1), np.clip(whole[:, 1], 0, height - 1)


def means(planes: list[NDArray[Any]], weights: NDArray[Any], numbers: NDArray[np.int32]) -> Points:
    """Of each of P planes, already times `weights`, over the pixels of each number: (N, P), 0 where these weigh nothing."""
    flat = numbers.ravel()
    amount = np.bincount(flat, weights.ravel())
    sums = np.stack([np.bincount(flat, plane.ravel()) for plane in planes], axis=1)
    return sums / np.where(amount > 0, amount, 1)[:, None]


def _centred(numbers: NDArray[np.int32], density: Points, x: Points, y: Points) -> Points:
    middles = means([x, y, density], density, numbers)
    return middles[middles[:, 2] > 0, :2] + 0.5


def cells(points: Points, width: int, height: int) -> Cells:
    """Those of at least one of `points` in a plane of `width` × `height`; the outer ones reach beyond it."""
    plane = cv2.Subdiv2D((-1, -1, width + 2, height + 2))
    plane.insert(points.astype(np.float32).tolist())
    facets, middles = plane.getVoronoiFacetList([])
    starts = np.cumsum([0, *(len(facet) for facet in facets)])
    return Cells(np.concatenate(facets).astype(np.float64), starts, np.asarray(middles, np.float64))


def inset(cells: Cells, distance: float) -> Points:
    """The cells' corners, each side moved inwards by `distance`."""
    starts, corners = cells.starts, cells.corners
    following, before = np.arange(1, len(corners) + 1), np.arange(-1, len(corners) - 1)
    following[starts[1:] - 1], before[starts[:-1]] = starts[:-1], starts[1:] - 1
    along = corners[following] - corners
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1) / np.maximum(np.hypot(*along.T), 1e-6)[:, None]
    centre = np.repeat(cells.sites, np.diff(starts), axis=0)
    normals *= np.sign(((centre - corners) * normals).sum(axis=1, keepdims=True))
    earlier = normals[before]
    straight = 1 + (earlier * normals).sum(axis=1, keepdims=True)
    return np.asarray(corners + distance * (earlier + normals) / np.maximum(straight, _BEHIND), np.float64)
