"""Nearest colours of a palette, by a distance that weighs channels as eyes do: R 0.15, G 0.60, B 0.25."""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.pictures.picture import Pixels

WEIGHTS: Final = np.array([3, 12, 5], np.float32)
"""Twentieths: with them, distances between uint8 colours are whole numbers below 2 ** 24, which float32 holds exactly."""
_ROWS: Final = 1024  # colours at a time: what they are compared with stays in the processor's cache
_ROUNDS: Final = 12


class Palette:
    """`colours`, uint8 (N, 3)."""

    def __init__(self, colours: Pixels) -> None:
        self.colours = colours
        own = colours.astype(np.float32)
        self._factors = -2 * (WEIGHTS * own).T
        self._offsets = (WEIGHTS * own * own).sum(axis=1)

    def nearest(self, colours: NDArray[np.float32]) -> NDArray[np.intp]:
        """The index of the nearest colour, the first of equally near ones, of each of `colours`: float32 (M, 3), whole."""
        return np.asarray((colours @ self._factors + self._offsets).argmin(axis=1), np.intp)

    def mapped(self, pixels: Pixels) -> Pixels:
        """`pixels`, uint8 (M, 3), each replaced by the nearest of the colours."""
        mapped = np.empty_like(pixels)
        for top in range(0, len(pixels), _ROWS):
            part = slice(top, top + _ROWS)
            mapped[part] = self.colours[self.nearest(pixels[part].astype(np.float32))]
        return mapped


def of_picture(pixels: Pixels, count: int, seed: int) -> Palette:
    """`count` colours, or as many as there are, by k-means with the first means drawn by k-means++ from `seed`.

    `pixels` is uint8 (M, 3), M ≥ 1. Each different colour counts once, however often it is there, and differences are
    those of CIELAB: so that the eyes of a brown dog keep their blue.
    """
    different = np.unique(pixels, axis=0)
    if len(different) <= count:
        return Palette(different)
    lab = cv2.cvtColor(different[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    cv2.setRNGSeed(seed)  # of this thread's generator
    rounds = (cv2.TERM_CRITERIA_MAX_ITER, _ROUNDS, 0)
    _, _, means = cv2.kmeans(lab, count, np.empty(0), rounds, 1, cv2.KMEANS_PP_CENTERS)
    colours = cv2.cvtColor(means[None], cv2.COLOR_LAB2RGB)[0]
    return Palette(np.unique(np.rint(255 * np.clip(colours, 0, 1)).astype(np.uint8), axis=0))
