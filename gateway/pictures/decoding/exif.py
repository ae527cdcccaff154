"""The one thing in EXIF that changes a picture: which way is up."""

import struct
from typing import Final

from gateway.pictures.decoding import ifd

ORIENTATION: Final = 0x0112


def orientation(exif: bytes) -> int:
    """1–8 as EXIF counts; 1 where `exif` does not say, or is damaged: a picture is not worse for its metadata."""
    exif = exif.removeprefix(b"Exif\0\0")
    try:
        entries = ifd.first_directory(exif, frozenset((ORIENTATION,)))
        return known(ifd.first(entries[ORIENTATION], ifd.flavour(exif)))
    except (LookupError, struct.error):
        return 1


def known(value: int) -> int:
    """`value` where it is an orientation, else 1."""
    return value if 1 <= value <= 8 else 1
