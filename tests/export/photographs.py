"""Real pictures to compare networks on."""

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

PHOTOGRAPHS = ("astronaut", "chelsea", "coffee")


def photographs(size: int) -> NDArray[np.uint8]:
    """Three real photographs, resampled to uint8 (3, size, size, 3)."""
    pictures = (Image.fromarray(getattr(skimage.data, name)()) for name in PHOTOGRAPHS)
    return np.stack([np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR)) for picture in pictures])
