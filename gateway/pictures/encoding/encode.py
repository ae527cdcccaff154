"""Pixels to a file's bytes."""

from collections.abc import Callable
from typing import Final

import numpy as np

from gateway.pictures.encoding.archive import archive
from gateway.pictures.encoding.avif import avif
from gateway.pictures.encoding.jpeg import jpeg
from gateway.pictures.encoding.png import png
from gateway.pictures.encoding.table import KEEPS_ALPHA, OutputFormat
from gateway.pictures.encoding.webp import webp
from gateway.pictures.picture import Pixels

_Writer = Callable[[Pixels, int, Callable[[], None]], bytes]

_LOSSY: Final[dict[OutputFormat, _Writer]] = {"webp": webp, "jpeg": jpeg, "avif": avif, "zip": archive}


def encode(pixels: Pixels, output: OutputFormat, quality: int, going: Callable[[], None] = lambda: None) -> bytes:
    """The picture as a file in sRGB without other metadata; the same pixels give the same bytes.

    `pixels` is uint8: (H, W, 4) RGBA with straight alpha, RGB 0 where alpha is 0; (H, W, 3) RGB, an opaque picture; or
    (H, W), an alpha channel alone. It is the encoder's from now on and may be overwritten. Its sides are at most
    MAX_SIDES[output]. `quality` 1–100 is that of lossy colours; alpha is lossless wherever the format keeps it, and so is
    an alpha channel alone except in JPEG. PNG has no quality. `going` is called between steps and may raise to stop.

    Raises ValueError where the format keeps no alpha and the picture has one.
    """
    if pixels.shape[2:] == (4,) and output not in KEEPS_ALPHA:
        raise ValueError(f"{output} keeps no alpha")
    if output == "png":
        return png(pixels, going)
    return _LOSSY[output](np.require(pixels, requirements=("C", "W")), quality, going)
