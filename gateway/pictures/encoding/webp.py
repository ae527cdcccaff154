"""WebP: colours by libwebp, lossy; alpha by our own writer, lossless, which takes a fraction of libwebp's time.

The container is RFC 9649's extended file format.
"""

import io
import struct
from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from PIL import Image

from gateway.errors import InvalidParameter
from gateway.pictures.encoding.bleed import bleed
from gateway.pictures.encoding.srgb import PROFILE
from gateway.pictures.encoding.vp8l import alpha_chunk, grey_chunk
from gateway.pictures.picture import Pixels

_HAS_PROFILE: Final = 0x20
_HAS_ALPHA: Final = 0x10
_Chunk = tuple[bytes, bytes]

_OVERFLOW: Final = "encoding error 6"  # VP8_ENC_ERROR_PARTITION0_OVERFLOW in Pillow's words
_ATTEMPTS: Final = ((1.0, 0), (1.0, 2), (0.8, 0), (0.6, 0), (0.4, 0), (0.2, 0), (0.0, 0))
"""Share of the quality, and libwebp's method. What is predicted how lies in a partition of at most 512 KiB (RFC 6386, 9.5): a
picture of tens of megapixels and much detail needs more, unless it is predicted more coarsely."""


def webp(pixels: Pixels, quality: int, going: Callable[[], None]) -> bytes:
    """`pixels` uint8 (H, W, 4) RGBA, whose hidden colours may be overwritten, (H, W, 3) RGB or (H, W) grey.

    `quality` is that of colours, lowered where the format could not hold so much detail; alpha and grey are lossless.

    Raises InvalidParameter where it cannot hold it at any quality.
    """
    height, width = pixels.shape[:2]
    flags = _HAS_PROFILE | (_HAS_ALPHA if pixels.shape[2:] == (4,) else 0)
    header = struct.pack("<II", flags, width - 1)[:7] + struct.pack("<I", height - 1)[:3]
    image = [(b"VP8L", grey_chunk(pixels, going))] if pixels.ndim == 2 else _colour(pixels, quality, going)
    return _riff((b"VP8X", header), (b"ICCP", PROFILE), *image)


def _colour(pixels: Pixels, quality: int, going: Callable[[], None]) -> list[_Chunk]:
    if pixels.shape[2] == 3:
        return [_lossy(pixels, "RGB", quality, going)]
    bleed(pixels)
    going()
    colour = _lossy(pixels, "RGBX", quality, going)
    going()
    alpha = cv2.extractChannel(pixels, 3).astype(np.uint8, copy=False)
    return [(b"ALPH", alpha_chunk(alpha, going)), colour]


def _lossy(pixels: Pixels, mode: str, quality: int, going: Callable[[], None]) -> _Chunk:
    """The one chunk of libwebp's file, without the container. Raises InvalidParameter where no attempt fits the format."""
    height, width = pixels.shape[:2]
    image = Image.frombuffer(mode, (width, height), pixels, "raw", mode, 0, 1)
    for share, method in _ATTEMPTS:
        file = _saved(image, max(round(quality * share), 1), method)
        if file is not None:
            size = int.from_bytes(file[16:20], "little")
            return bytes(file[12:16]), bytes(file[20 : 20 + size])
        going()
    raise InvalidParameter(
        "output_format: webp cannot hold a picture of so much detail; use png, or a smaller max_side."
    )


def _saved(image: Image.Image, quality: int, method: int) -> memoryview | None:
    """libwebp's file; None where its first partition would be larger than the format allows."""
    stream = io.BytesIO()
    try:
        image.save(stream, "WEBP", quality=quality, method=method)
    except ValueError as error:
        if str(error) == _OVERFLOW:
            return None
        raise
    return stream.getbuffer()


def _riff(*chunks: _Chunk) -> bytes:
    parts = [kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks]
    return b"".join([b"RIFF", struct.pack("<I", 4 + sum(map(len, parts))), b"WEBP", *parts])
