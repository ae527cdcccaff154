"""Where the head of a silhouette is.

A head is a round part at an end of the body: high up, thick enough to be no leg, tail or ear, with little of the body
around it, and with animals seen from the side to the left or the right of the rest. Each of the largest discs that fit
into the silhouette (their centres are its medial axis, Blum 1967) is judged by that; the best one is the core of the head.
Ears, nose and chin are what clings to it nearby.

One rule serves a sitting, a standing and a lying subject. The profile of rows, by which heads are commonly found, knows
nothing of a dog from the side, whose rows are head and back at once, and needs a class of pose first, which flips where
a tail is raised.
"""

from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.pictures.picture import Pixels
from gateway.pictures.shape import Cut, Shape

Floats = NDArray[np.float32]
Indices = NDArray[np.intp]

# Chosen on drawn silhouettes and, by eye, on some hundred of real animals (PyPI's animal-mnist, cats and dogs above all).
# Thickness is a share of the thickest part's, by which a disc is more or less like a head.
_THIN: Final = 0.2
_THICK: Final = (0.25, 0.35, 0.65), (-0.25, 0.12, 0.35)  # legs and tails are not; beyond, more is no more like one
_TRUNK: Final = (0.8, 1), (0, -0.4)  # an animal from the side is seldom as thick in its head
_EVEN: Final = 0.8  # width over height: what is higher stands, where height tells more; of what is wider, sides tell
_AROUND: Final = 2.5  # radii from a disc's centre to where its surroundings end
_STEEP: Final = 0.75  # on the medial axis, the distance to the outside rises less than this a pixel
_BULGE: Final = 1.3  # radii
_ASIDE, _ABOVE, _BELOW = 2.0, 3.5, 1.1  # radii from the core's centre: a nose, a rabbit's ears, a chin


class Head(NamedTuple):
    """In pixels of the picture: the centre of its core, and the edges of all that belongs to it."""

    x: float
    y: float
    left: int
    top: int
    right: int
    bottom: int


class _Discs(NamedTuple):
    """The largest discs in a silhouette: centres and radii, (N,) each."""

    x: Indices
    y: Indices
    radius: Floats


def head(shape: Shape) -> Head:
    """The most likely place; a silhouette without a recognisable head is its own."""
    pad = max(shape.mask.shape) // 4 + 2
    mask = _continued(shape, pad)
    depth = np.asarray(cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE), np.float32)
    discs = _discs(depth, pad)
    best = _bulge(discs, int(np.argmax(_likeness(discs, mask, shape, pad))))
    x, y, radius = int(discs.x[best]), int(discs.y[best]), float(discs.radius[best])
    belongs = _clinging(mask, x, y, radius)[pad:-pad, pad:-pad]
    return _in_picture(shape, x - pad, y - pad, belongs)


def _continued(shape: Shape, pad: int) -> Pixels:
    """With a margin, through which the subject goes on where a border cuts it: a body cut off there is no end of it."""
    mask = np.asarray(cv2.copyMakeBorder(shape.mask, pad, pad, pad, pad, cv2.BORDER_CONSTANT, value=0), np.uint8)
    if shape.cut.left:
        mask[:, 1:pad] = mask[:, pad : pad + 1]
    if shape.cut.right:
        mask[:, -pad:-1] = mask[:, -pad - 1 : -pad]
    if shape.cut.top:
        mask[1:pad] = mask[pad]
    if shape.cut.bottom:
        mask[-pad:-1] = mask[-pad - 1]
    return mask


def _discs(depth: Floats, pad: int) -> _Discs:
    smooth = cv2.GaussianBlur(depth, (3, 3), 0)
    slopes = [cv2.Sobel(smooth, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (0, 1)]
    inside = np.zeros_like(depth)
    inside[pad:-pad, pad:-pad] = depth[pad:-pad, pad:-pad]
    deepest = inside.max()
    axis = (cv2.magnitude(*slopes) < _STEEP) & (inside >= _THIN * deepest) | (inside == deepest)
    y, x = np.nonzero(axis)
    return _Discs(x, y, depth[y, x])


def _likeness(discs: _Discs, mask: Pixels, shape: Shape, pad: int) -> Floats:
    """How much each disc is like a head's core."""
    height, width = shape.mask.shape
    rows, columns = np.nonzero(shape.mask)
    top, bottom, middle = rows[0] + pad, rows[-1] + 1 + pad, columns.mean() + pad
    wide = width / height - _EVEN
    sideways = 0 if shape.cut.left and shape.cut.right else min(max(wide, 0), 1)  # whose ends are not seen has no sides
    share = discs.radius / discs.radius.max()
    high = np.clip((bottom - discs.y + discs.radius) / (bottom - top), 0, 1)
    aside = np.abs(discs.x - middle) / (width / 2)
    likeness = (1 + max(-wide, 0)) * high + np.interp(share, *_THICK) - 0.6 * _surroundings(discs, mask, shape.cut)
    likeness += sideways * (aside + np.interp(share, *_TRUNK)) - 0.01 * aside  # the last is for what is even all over
    return np.asarray(likeness, np.float32)


def _bulge(discs: _Discs, best: int) -> int:
    """The middle of the bulge that `best` is on the slope of, a nose for instance, or `best` where there is no such."""
    distance = np.hypot(discs.x - discs.x[best], discs.y - discs.y[best]) / discs.radius[best]
    thickest = int(np.argmax(np.where(distance < _BULGE, discs.radius * (1 - 0.01 * distance), 0)))
    return thickest if distance[thickest] < 0.9 * _BULGE else best  # at the rim: it goes on growing, into the body


def _surroundings(discs: _Discs, mask: Pixels, cut: Cut) -> Floats:
    """How full the square around each disc is, 0–1; beyond a border that cuts the subject nothing is known."""
    sums = cv2.integral(mask)
    top, bottom, down = _reached(discs.y, discs.radius, len(mask), (cut.top, cut.bottom))
    left, right, across = _reached(discs.x, discs.radius, mask.shape[1], (cut.left, cut.right))
    inside = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
    return np.asarray(inside / (down * across), np.float32)


def _reached(
    centre: Indices, radius: Floats, length: int, cut: tuple[bool, bool]
) -> tuple[Indices, Indices, NDArray[np.float64]]:
    """Along one axis: where the surroundings of discs begin and end in the mask, and how long they are."""
    first, last = np.rint(centre - _AROUND * radius), np.rint(centre + _AROUND * radius) + 1
    begin, end = np.clip(first, 0, length), np.clip(last, 0, length)
    extent = (end if cut[1] else last) - (begin if cut[0] else first)
    return begin.astype(np.intp), end.astype(np.intp), extent


def _clinging(mask: Pixels, x: int, y: int, radius: float) -> NDArray[np.bool_]:
    """The head with its ears and nose: what is near its core and connected with it there."""
    near = np.zeros_like(mask)
    above, below, aside = (round(each * radius) for each in (_ABOVE, _BELOW, _ASIDE))
    window = slice(max(y - above, 0), y + below + 1), slice(max(x - aside, 0), x + aside + 1)
    near[window] = mask[window]
    _, labels = cv2.connectedComponents(near, connectivity=4)
    return np.asarray(labels == labels[y, x])


def _in_picture(shape: Shape, x: int, y: int, head: NDArray[np.bool_]) -> Head:
    """The head whose core's centre is at (`x`, `y`) of the shape's mask."""
    rows, columns = np.nonzero(head)
    height, width = head.shape
    top, bottom = _ends(rows, height, shape.box.top, shape.box.height)
    left, right = _ends(columns, width, shape.box.left, shape.box.width)
    return Head(
        x=shape.box.left + (x + 0.5) * shape.box.width / width,
        y=shape.box.top + (y + 0.5) * shape.box.height / height,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
    )


def _ends(taken: Indices, cells: int, start: int, length: int) -> tuple[int, int]:
    """Where the first of the cells `taken` begins and the last one ends, in whole pixels outwards.

    There are so many `cells` in a `length` that begins at `start`.
    """
    return start + int(taken.min()) * length // cells, start - (-(int(taken.max()) + 1) * length // cells)
