"""The network's mask enlarged to the picture, following the picture's own edges.

Between two mask pixels the mask says nothing, but the picture does: where the colours of foreground and background are
known, a pixel's place on the line between them is its alpha. The mask's bilinear enlargement is moved towards that place
by Bayes' rule, with as much trust as the two colours are far apart, against how uneven each layer is and how little the
mask varies there: a flat or evenly rising mask leaves hair and edges nowhere to hide and stays as it is.
"""

from typing import Final

import cv2
import numpy as np
from PIL import Image

from gateway.pictures.layers import MARGIN, Floats, layers, overview
from gateway.pictures.picture import Box, Pixels
from gateway.pictures.tiles import STEP, boxes, cut, place

# Chosen on the composites of bench/matte.py; docs/edges.md has the comparison.
_NOISE: Final = np.float32((0.05 * 255) ** 2)  # variance of a layer's colour that its neighbourhood does not show
_HIDDEN: Final = np.float32(32)  # variance of alpha within a mask pixel, of that among its neighbours
_EVEN: Final = np.float32(0.01)  # a variance of alpha that an even slope has as well
_LEVELS: Final = 8  # a mask that differs by less from pixel to pixel would be moved by less than it can show
_NEIGHBOURS: Final = np.ones((3, 3), np.uint8)
_ONES: Final = np.ones(4, np.float32)


def enlarged(mask: Pixels, guide: Pixels) -> Pixels:
    """The picture's alpha, uint8 (H, W), from `mask`, uint8 (S, S), whatever the picture's aspect.

    `guide` is the picture, uint8 (H, W, 4); its fourth channel is not read. A picture that is lower or narrower than the
    mask gets it shrunk; alpha then follows the mask alone. Where the mask is 0 or 255 all around, alpha is exactly that.
    """
    height, width = guide.shape[:2]
    size = len(mask)
    if height < size or width < size:  # OpenCV's bilinear does not antialias what it shrinks
        return np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.BILINEAR))
    alpha = np.asarray(cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    uneven = np.where(cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, _NEIGHBOURS) >= _LEVELS, np.uint8(1), np.uint8(0))
    slopes = _slopes(uneven, mask, _shrunk(guide, size))
    for row in boxes(_reached(uneven, width, height), scale=STEP):
        for box in row:
            _move(alpha, guide, slopes, box)
    return alpha


def _reached(uneven: Pixels, width: int, height: int) -> Pixels:
    """Where a pixel's alpha depends on what is `uneven`, for every STEP-th pixel."""
    reach = 1 + -(-STEP * len(uneven) // (2 * min(width, height)))
    grown = cv2.dilate(uneven, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    reached = cv2.resize(grown, (-(-width // STEP), -(-height // STEP)), interpolation=cv2.INTER_NEAREST)
    return np.asarray(reached, np.uint8)


def _shrunk(guide: Pixels, size: int) -> Pixels:
    """The picture at the mask's size, uint8 (S, S, 4): halved while that is possible, so that little is skipped."""
    while min(guide.shape[:2]) >= 2 * size:
        height, width = guide.shape[0] // 2, guide.shape[1] // 2
        even = guide[: 2 * height, : 2 * width]  # OpenCV is several times as slow where it does not halve exactly
        guide = np.asarray(cv2.resize(even, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(guide, (size, size), interpolation=cv2.INTER_LINEAR), np.uint8)


def _slopes(uneven: Pixels, mask: Pixels, small: Pixels) -> Floats:
    """(S, S, 4): by how many levels alpha rises with each level of red, green and blue, and an offset; 0 elsewhere."""
    slopes = np.zeros((*mask.shape, 4), np.float32)
    rows = boxes(uneven)
    if rows:
        base = overview(small, mask)
        for box in (box for row in rows for box in row):
            inside = slopes[place(box)]
            inside[:] = _slopes_in(box, mask, small, base)[: inside.shape[0], : inside.shape[1]]
    return slopes


def _slopes_in(box: Box, mask: Pixels, small: Pixels, base: Floats) -> Floats:
    """The mean of α given a colour I = B + αD + noise, α around `share` with variance `hidden`, is linear in I."""
    foreground, background = layers(base, small, mask, box)
    seen = np.stack(cv2.split(cut(small, box, MARGIN))[:3]).astype(np.float32)
    share = cut(mask, box, MARGIN) * np.float32(1 / 255)
    difference = foreground - background
    nearby = _variance(share[None], 3)
    hidden = np.minimum(_HIDDEN * nearby * nearby / (nearby + _EVEN), share * (1 - share))
    expected = background + share * difference
    noise = _variance(seen - expected, 5) + _NOISE
    slope = difference * (255 * hidden / (hidden * _dot(difference, difference) + noise))
    offset = -_dot(slope, expected)
    return np.asarray(cv2.merge([*slope, offset]), np.float32)[MARGIN:-MARGIN, MARGIN:-MARGIN]


def _variance(planes: Floats, side: int) -> Floats:
    """Of the `side` × `side` pixels around each one, summed over (C, H, W)."""
    means = np.stack([cv2.blur(plane, (side, side)) for plane in planes]).astype(np.float32, copy=False)
    squares = np.asarray(cv2.blur(_dot(planes, planes), (side, side)), np.float32)
    squares -= _dot(means, means)
    return np.maximum(squares, 0, out=squares)


def _dot(a: Floats, b: Floats) -> Floats:
    """Over the first of three axes."""
    return np.asarray(np.einsum("chw,chw->hw", a, b), np.float32)


def _move(alpha: Pixels, guide: Pixels, slopes: Floats, box: Box) -> None:
    """Adds to `alpha` in `box` what `slopes` make of the picture's colours; in place."""
    seen = guide[place(box)].astype(np.float32)
    seen[..., 3] = 1
    height, width = seen.shape[:2]
    down, across = len(slopes) / len(guide), len(slopes) / guide.shape[1]
    first = (box.left + 0.5) * across - 0.5, (box.top + 0.5) * down - 0.5
    where = np.array([[across, 0, first[0]], [0, down, first[1]]])
    seen *= cv2.warpAffine(
        slopes, where, (width, height), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE
    )
    alpha[place(box)] = cv2.add(alpha[place(box)], seen @ _ONES, dtype=cv2.CV_8U)
