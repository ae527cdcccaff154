"""Windows bitmaps."""

import io
import struct
from typing import Final

import numpy as np
from PIL.BmpImagePlugin import BmpImageFile

from gateway.errors import UnsupportedImage
from gateway.pictures.decoding import raw as pillow
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.facts import Facts

_OLD: Final = 12  # bytes of OS/2's header
_RUN_LENGTHS: Final = (1, 2)
_FOUR_BITS: Final = 2
_INSIDE: Final = (4, 5)  # a JPEG or PNG, for printers
_MAX_RUN_LENGTHS: Final = 1_000_000  # bytes, with four bits pixels: Pillow takes them one by one, in Python


def read(data: bytes) -> Facts:
    """Raises UnsupportedImage; struct.error, ValueError for damage."""
    [size] = struct.unpack_from("<I", data, 14)
    if size == _OLD:
        return Facts(*struct.unpack_from("<HH", data, 18))
    width, height, _, _, compression = struct.unpack_from("<iiHHI", data, 18)
    if width < 0:
        raise ValueError("negative width")
    work = len(data) if compression != _FOUR_BITS else abs(width * height)
    if compression in _INSIDE or (compression in _RUN_LENGTHS and work > _MAX_RUN_LENGTHS):
        raise UnsupportedImage("This BMP is compressed in a way this service does not read. Please save it as PNG.")
    return Facts(width, abs(height))


def raw(data: bytes, facts: Facts) -> Raw:
    """Raises what Pillow raises."""
    found = pillow.raw(BmpImageFile(io.BytesIO(data)), (facts.width, facts.height))
    if found.transparent and not np.any(found.pixels[..., 3]):  # an alpha that nobody filled in
        pillow.opaque(found.pixels)
        found.transparent = False
    return found
