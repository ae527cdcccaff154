"""Pillow and NumPy on the same memory.

Pillow can lay a picture over memory that someone else owns. So the array comes first, and a decoder writes its pixels
straight into it: it is an ordinary array, owns its memory and needs no picture to stay alive.
"""

from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, _imaging
from PIL.ImageFile import ImageFile

from gateway.pictures.picture import Pixels

Mode = Literal["RGB", "RGBA", "RGBa", "CMYK", "LAB"]


class Layout(NamedTuple):
    """How Pillow lays out a pixel: `samples` numbers of `dtype`."""

    dtype: str
    samples: int


_BYTE: Final = Layout("u1", 1)
_FOUR: Final = Layout("u1", 4)  # three samples take four bytes, too; grey with alpha is grey three times, and alpha

LAYOUTS: Final[dict[str, Layout]] = {
    "1": _BYTE,
    "L": _BYTE,
    "P": _BYTE,
    "I;16": Layout("<u2", 1),
    "I;16B": Layout(">u2", 1),
    "LA": _FOUR,
    "PA": _FOUR,
    "RGB": _FOUR,
    "RGBA": _FOUR,
    "CMYK": _FOUR,
    "YCbCr": _FOUR,
    "LAB": _FOUR,
}
"""By Pillow's name of the mode."""


def decoded(image: ImageFile) -> NDArray[Any]:
    """Decodes `image`, opened and not yet loaded, into an array of its own: (H, W) or (H, W, 4) as LAYOUTS says.

    What the decoder leaves out is 0. Raises KeyError for a mode that is not in LAYOUTS, and what the decoder raises.
    """
    layout = LAYOUTS[image.mode]
    shape = (image.height, image.width) if layout.samples == 1 else (image.height, image.width, layout.samples)
    array = np.zeros(shape, layout.dtype)
    core = _over(array, "L" if image.mode == "1" else image.mode)  # Pillow would want four bytes for a bit, and use one
    image.im = core
    image.load()
    if image.im is not core:
        raise ValueError("the decoder took memory of its own")
    return array


def shared(pixels: Pixels, mode: Mode) -> Image.Image:
    """A picture over `pixels`, uint8 (H, W, 4), C-contiguous: writing into one writes into the other."""
    return Image.Image()._new(_over(pixels, mode))  # Image.frombuffer would not take RGB in four bytes, nor Lab


def _over(array: NDArray[Any], mode: str) -> Any:
    height, width = array.shape[:2]
    return _imaging.map_buffer(array, (width, height), "raw", 0, (mode, array.strides[0], 1))
