"""What a decoded picture is."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
"""Values of each pixel that are worked on, (H, W) or (H, W, C)."""

# Each picture is computed on one thread; pictures run beside each other on the gateway's own pool.
cv2.setNumThreads(1)


class Box(NamedTuple):
    """A rectangle in pixels of the picture it belongs to."""

    top: int
    left: int
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """A decoded picture, upright and in sRGB.

    `pixels` is uint8 (H, W, 4): RGB and straight (not premultiplied) alpha, C-contiguous and writable; whoever holds the
    picture may write into it. `transparent` says whether it came with an alpha of its own; without one, alpha is 255.
    """

    pixels: Pixels
    transparent: bool
    media_type: str

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])
