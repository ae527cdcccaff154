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

from gateway.pictures.encoding.bleed import bleed
from gateway.pictures.encoding.srgb import PROFILE
from gateway.pictures.encoding.vp8l import alpha_chunk, grey_chunk
from gateway.pictures.picture import Pixels

_HAS_PROFILE: Final = 0x20
_HAS_ALPHA: Final = 0x10
_Chunk = tuple[bytes, bytes]


def webp(pixels: Pixels, quality: int, going: Callable[[], None]) -> bytes:
    """`pixels` uint8 (H, W, 4) RGBA, whose hidden colours may be overwritten, (H, W, 3) RGB or (H, W) grey.

    `quality` is that of colours; alpha and grey are lossless.
    """
    height, width = pixels.shape[:2]
    flags = _HAS_PROFILE | (_HAS_ALPHA if pixels.shape[2:] == (4,) else 0)
    header = struct.pack("<II", flags, width - 1)[:7] + struct.pack("<I", height - 1)[:3]
    image = [(b"VP8L", grey_chunk(pixels, going))] if pixels.ndim == 2 else _colour(pixels, quality, going)
    return _riff((b"VP8X", header), (b"ICCP", PROFILE), *image)


def _colour(pixels: Pixels, quality: int, going: Callable[[], None]) -> list[_Chunk]:
    if pixels.shape[2] == 3:
        return [_lossy(pixels, "RGB", quality)]
    bleed(pixels)
    going()
    colour = _lossy(pixels, "RGBX", quality)
    going()
    alpha = cv2.extractChannel(pixels, 3).astype(np.uint8, copy=False)
    return [(b"ALPH", alpha_chunk(alpha, going)), colour]


def _lossy(pixels: Pixels, mode: str, quality: int) -> _Chunk:
    """The one chunk of libwebp's file, without the container."""
    height, width = pixels.shape[:2]
    image = Image.frombuffer(mode, (width, height), pixels, "raw", mode, 0, 1)
    stream = io.BytesIO()
    image.save(stream, "WEBP", quality=quality, method=0)
    file = stream.getbuffer()
    size = int.from_bytes(file[16:20], "little")
    return bytes(file[12:16]), bytes(file[20 : 20 + size])


def _riff(*chunks: _Chunk) -> bytes:
    parts = [kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks]
    return b"".join([b"RIFF", struct.pack("<I", 4 + sum(map(len, parts))), b"WEBP", *parts])
