"""AVIF: libaom through Pillow, on one thread; sRGB by its colour description (nclx), alpha lossless."""

import io
from collections.abc import Callable
from typing import Final

from PIL import Image

from gateway.pictures.encoding.bleed import bleed
from gateway.pictures.encoding.table import FULL_COLOUR_QUALITY
from gateway.pictures.picture import Pixels

_LARGE: Final = 4_000_000  # pixels; 0.4 s a million below, 0.2 s above for an eighth more bytes


def avif(pixels: Pixels, quality: int, going: Callable[[], None]) -> bytes:
    """`pixels` uint8 (H, W, 4) RGBA, whose hidden colours may be overwritten, (H, W, 3) RGB or (H, W) grey, C-contiguous.

    `quality` is that of colours; alpha and grey are lossless.
    """
    if pixels.shape[2:] == (4,):
        bleed(pixels)
    going()
    height, width = pixels.shape[:2]
    mode = "L" if pixels.ndim == 2 else {3: "RGB", 4: "RGBA"}[pixels.shape[2]]
    stream = io.BytesIO()
    Image.frombuffer(mode, (width, height), pixels, "raw", mode, 0, 1).save(
        stream,
        "AVIF",
        quality=100 if mode == "L" else quality,
        subsampling=_sampling(mode, quality),
        speed=9 if height * width > _LARGE else 8,
        max_threads=1,  # with more, the tiles and so the bytes would differ from machine to machine
        advanced={"alpha:lossless": "1"},
    )
    return stream.getvalue()


def _sampling(mode: str, quality: int) -> str:
    if mode == "L":
        return "4:0:0"
    return "4:4:4" if quality >= FULL_COLOUR_QUALITY else "4:2:0"
