"""WebP (RFC 9649), of an animated one the first frame."""

import struct
from typing import Final

import numpy as np
from PIL import _webp

from gateway.pictures.decoding import exif
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.facts import Facts

_MAX_CHUNKS: Final = 10_000
_TELLING: Final = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ICCP", b"EXIF"))


def read(data: bytes) -> Facts:
    """Raises ValueError, LookupError, struct.error for damage."""
    chunks = _chunks(data)
    width, height = _size(chunks)
    return Facts(width, height, exif.orientation(chunks.get(b"EXIF", b"")), chunks.get(b"ICCP"))


def raw(data: bytes, facts: Facts) -> Raw:
    """Raises what Pillow raises, and ValueError where there is no first frame."""
    decoder = _webp.WebPAnimDecoder(data)
    (width, height), *_ = decoder.get_info()
    if (width, height) != (facts.width, facts.height):
        raise ValueError("another size than the header says")
    frame = decoder.get_next()
    del decoder  # it holds two such frames
    if frame is None:
        raise ValueError("no frame")
    pixels = np.frombuffer(frame[0], np.uint8).reshape(height, width, 4).copy()
    return Raw(pixels, "RGB", transparent=True)  # animations may have alpha and not say so


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """The first chunk of each name that matters."""
    found: dict[bytes, bytes] = {}
    start = 12
    for _ in range(_MAX_CHUNKS):
        name, size = data[start : start + 4], int.from_bytes(data[start + 4 : start + 8], "little")
        if name in _TELLING and name not in found:
            found[name] = data[start + 8 : start + 8 + min(size, 10 if name.startswith(b"VP8") else size)]
        start += 8 + size + size % 2
        if start >= len(data):
            break
    return found


def _size(chunks: dict[bytes, bytes]) -> tuple[int, int]:
    if extended := chunks.get(b"VP8X"):
        return 1 + int.from_bytes(extended[4:7], "little"), 1 + int.from_bytes(extended[7:10], "little")
    if lossless := chunks.get(b"VP8L"):
        [bits] = struct.unpack_from("<I", lossless, 1)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    width, height = struct.unpack_from("<HH", chunks[b"VP8 "], 6)
    return width & 0x3FFF, height & 0x3FFF
