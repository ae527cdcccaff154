"""Smooth noise that any part of a picture can be given by itself."""

import cv2
import numpy as np

from gateway.pictures.picture import Plane

_BORDER = 2  # knots around the picture, which the interpolation looks at


class Noise:
    """Value noise over a picture of `height` × `width`: standard normals `cell` pixels apart, with cubic curves between them.

    The same `seed` gives the same noise. A cell below one pixel is one pixel.
    """

    def __init__(self, height: int, width: int, cell: float, seed: int) -> None:
        self._cell = max(cell, 1.0)
        self._width = width
        rows, columns = (int(side / self._cell) + 2 + 2 * _BORDER for side in (height, width))
        self._knots = np.random.Generator(np.random.SFC64(seed)).standard_normal((rows, columns), np.float32)

    def rows(self, part: slice) -> Plane:
        """Those of `part`, float32 (rows, width), around 0."""
        step = 1 / self._cell
        place = np.array([[step, 0, _BORDER], [0, step, _BORDER + part.start * step]])
        size = (self._width, part.stop - part.start)
        return np.asarray(
            cv2.warpAffine(self._knots, place, size, flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP), np.float32
        )
