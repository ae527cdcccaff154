"""A picture's two layers, the colours of its foreground and of its background, estimated from its alpha.

Every pixel is αF + (1 − α)B, which leaves F and B open between 0 and 1. As in Germer, Uelwer, Conrad and Harmeling, "Fast
Multi-Level Foreground Estimation" (2020), they are estimated from coarse to fine. Here a level takes the two colours that
explain 3 × 3 of its pixels best by least squares, held a little to those of the coarser level, where that method iterates
between neighbours: a few operations on whole arrays instead of a loop over pixels.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.pictures.picture import Box, Pixels
from gateway.pictures.tiles import STEP, cut

Floats = NDArray[np.float32]
"""Layers are (2, 3, H, W): foreground and background, each as planes of red, green and blue, 0–255."""

MARGIN: Final = 2
"""Pixels around a box whose layers are estimated with it."""
_SAMPLES: Final = 65536  # one of 64 in a picture of 4 megapixels
_AROUND: Final = 2 * STEP  # pixels around a box that its layers depend on
_HOLD: Final = np.float32(0.3)  # weight of the coarser level's colours; a level's own nine pixels weigh up to nine
_SUM_OF_THREE: Final = np.ones(3, np.float32)


def overview(pixels: Pixels, alpha: Pixels) -> Floats:
    """The layers of the whole picture, uint8 (H, W, 4) and (H, W), in steps of STEP pixels, and two more around.

    Estimated from no more than _SAMPLES of its pixels, so that a large picture takes little more time and memory.
    """
    step = STEP
    while alpha.size > _SAMPLES * step * step:
        step *= 2
    first = [min(step // 2 - 1, side - 1) for side in alpha.shape]
    sampled = [np.ascontiguousarray(each[first[0] :: step, first[1] :: step]) for each in (pixels, alpha)]
    estimate = _resized(_estimated(*sampled), *(-(-side // STEP) for side in alpha.shape))
    return np.pad(estimate, ((0, 0), (0, 0), (2, 2), (2, 2)), mode="edge")


def layers(base: Floats, pixels: Pixels, alpha: Pixels, box: Box) -> Floats:
    """The layers of `box` and MARGIN around it, as its surroundings suggest them: not adjusted to its single pixels yet.

    `base` is the `overview` of `pixels`, uint8 (H, W, 4), and `alpha`, uint8 (H, W).
    """
    half, half_alpha = _halved(cut(pixels, box, _AROUND)), _halved(cut(alpha, box, _AROUND))
    top, left = box.top // STEP, box.left // STEP
    height, width = (side // STEP + 4 for side in (box.height, box.width))
    estimate = base[:, :, top : top + height, left : left + width]
    estimate = _refined(_doubled(estimate), _halved(half), _halved(half_alpha))
    # Each doubling and each averaging spoils one pixel of the rim.
    estimate = _refined(_doubled(_inner(estimate, 2)), half[4:-4, 4:-4], half_alpha[4:-4, 4:-4])
    return _inner(_doubled(_inner(estimate, 2)), 2)


def _estimated(pixels: Pixels, alpha: Pixels) -> Floats:
    if max(alpha.shape) == 1:
        return np.broadcast_to(pixels[0, 0, :3, None, None].astype(np.float32), (2, 3, 1, 1))
    coarser = _resized(_estimated(_halved(pixels), _halved(alpha)), *alpha.shape)
    framed = np.pad(coarser, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    return _inner(_refined(framed, _framed(pixels), _framed(alpha)), 1)


def _refined(estimate: Floats, pixels: Pixels, alpha: Pixels) -> Floats:
    """The colours that explain each pixel and the eight around it best, by least squares, held to those of `estimate`."""
    share = shares(alpha)
    terms = np.empty((3, 3, *alpha.shape), np.float32)
    np.multiply(share, share, out=terms[0, :2, None])
    np.multiply(share[0, 0], share[1, 0], out=terms[0, 2])
    np.multiply(share, _planes(pixels), out=terms[1:])
    terms = _summed(terms)
    explained = terms[1:]
    explained += _HOLD * estimate
    colours: Floats = np.einsum("klhw,lchw->kchw", _inverse(*terms[0]), explained)
    return np.clip(colours, 0, 255, out=colours)


def _inverse(foreground: Floats, background: Floats, both: Floats) -> Floats:
    """Of the matrices of the normal equations, (2, 2, H, W), from the sums of α², of (1 − α)² and of their root's product."""
    foreground += _HOLD
    background += _HOLD
    inverse = np.stack([background, -both, -both, foreground])
    inverse /= foreground * background - both * both
    return inverse.reshape(2, 2, *both.shape)


def _planes(pixels: Pixels) -> Floats:
    planes = np.empty((3, *pixels.shape[:2]), np.float32)
    for channel, plane in enumerate(planes):
        plane[:] = pixels[..., channel]
    return planes


def shares(alpha: Pixels) -> Floats:
    """What each layer gives to each pixel: α and 1 − α, (2, 1, H, W)."""
    share = np.empty((2, 1, *alpha.shape), np.float32)
    np.multiply(alpha, np.float32(1 / 255), out=share[0, 0])
    np.subtract(1, share[0, 0], out=share[1, 0])
    return share


def unexplained(estimate: Floats, pixels: Pixels, share: Floats) -> Floats:
    """What, times its share, must be added to each layer of `estimate` to explain `pixels` by the least change: (3, H, W)."""
    rest: Floats = np.einsum("kohw,kchw->chw", share, estimate)
    for channel, plane in enumerate(rest):
        np.subtract(pixels[..., channel], plane, out=plane)
    rest /= np.einsum("kohw,kohw->ohw", share, share)
    return rest


def _halved(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return np.asarray(cv2.resize(pixels, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA), np.uint8)


def _resized(estimate: Floats, height: int, width: int) -> Floats:
    result = np.empty((2, 3, height, width), np.float32)
    for index in np.ndindex(2, 3):
        cv2.resize(estimate[index], (width, height), dst=result[index], interpolation=cv2.INTER_LINEAR)
    return result


def _doubled(estimate: Floats) -> Floats:
    height, width = estimate.shape[2:]
    doubled = cv2.resize(_stacked(estimate), (2 * width, 12 * height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(doubled, np.float32).reshape(2, 3, 2 * height, 2 * width)


def _summed(planes: Floats) -> Floats:
    """Each plane of (N, C, H, W) summed over 3 × 3 pixels."""
    summed = cv2.sepFilter2D(_stacked(planes), -1, _SUM_OF_THREE, _SUM_OF_THREE)
    return np.asarray(summed, np.float32).reshape(planes.shape)


def _stacked(planes: Floats) -> Floats:
    """All planes as one, so that one call serves all; what looks at neighbours then mixes a plane's rim with the next's."""
    return planes.reshape(-1, planes.shape[3])


def _framed(pixels: Pixels) -> Pixels:
    return np.asarray(cv2.copyMakeBorder(pixels, 1, 1, 1, 1, cv2.BORDER_REPLICATE), np.uint8)


def _inner(estimate: Floats, rim: int) -> Floats:
    return estimate[:, :, rim:-rim, rim:-rim]
