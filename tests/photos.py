"""Real photographs, as the files a client would send."""

import io
from functools import cache
from typing import Any

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image


@cache
def photo(name: str, kind: str = "JPEG", **options: Any) -> bytes:
    """scikit-image's `chelsea` (451 × 300), `astronaut` (512 × 512) or `coffee` (600 × 400) as a file."""
    return stored(getattr(skimage.data, name)(), kind, **options)


def stored(pixels: NDArray[np.uint8], kind: str, **options: Any) -> bytes:
    """`pixels` as a file of Pillow's format `kind`."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, kind, **options)
    return stream.getvalue()


def opened(data: bytes) -> Image.Image:
    """The picture in `data`, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image
