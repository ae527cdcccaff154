"""Colours of soft edges without the old background: what shines through hair is replaced by the hair's own colour."""

import cv2
import numpy as np

from gateway.pictures.layers import MARGIN, Floats, layers, overview, shares, unexplained
from gateway.pictures.picture import Box, Pixels
from gateway.pictures.tiles import boxes, place


def decontaminate(pixels: Pixels, alpha: Pixels) -> None:
    """Replaces RGB of `pixels`, uint8 (H, W, 4), where 0 < `alpha` < 255, uint8 (H, W), by the foreground's colour.

    In place; every other pixel, and the fourth channel, stays as it is. Where alpha is nearly 0 or nearly 255 and nothing
    softer is near, colours stay as well: they could make a difference of two levels. For the method see layers.py.
    """
    rows = boxes(_between(alpha, 3, 252))
    if not rows:
        return
    base = overview(pixels, alpha)
    finished: list[tuple[Box, Pixels]] = []
    for row in rows:
        coming = [(box, _foreground(base, pixels, alpha, box)) for box in row]
        _write(finished, pixels, alpha)  # not before its neighbours are done: they look at the original around them
        finished = coming
    _write(finished, pixels, alpha)


def _foreground(base: Floats, pixels: Pixels, alpha: Pixels, box: Box) -> Pixels:
    """The foreground's colours in `box`, (h, w, 4), with the fourth channel of `pixels`."""
    seen, share = pixels[place(box)], shares(alpha[place(box)])
    height, width = seen.shape[:2]
    estimate = layers(base, pixels, alpha, box)[:, :, MARGIN : MARGIN + height, MARGIN : MARGIN + width]
    change = unexplained(estimate, seen, share)
    change *= share[0]
    colours = [cv2.add(plane, more, dtype=cv2.CV_8U) for plane, more in zip(estimate[0], change, strict=True)]
    return np.asarray(cv2.merge([*colours, seen[..., 3]]), np.uint8)


def _write(finished: list[tuple[Box, Pixels]], pixels: Pixels, alpha: Pixels) -> None:
    for box, colours in finished:
        soft = _between(alpha[place(box)], 1, 254) != 0
        np.copyto(pixels[place(box)].view(np.uint32), colours.view(np.uint32), where=soft[..., None])


def _between(alpha: Pixels, lowest: int, highest: int) -> Pixels:
    return np.asarray(cv2.inRange(alpha, np.array(lowest), np.array(highest)), np.uint8)
