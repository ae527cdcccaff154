"""What can be written: formats, their media types and their limits."""

from typing import Final, Literal

OutputFormat = Literal["png", "webp", "jpeg", "avif", "zip"]

MEDIA_TYPES: Final[dict[OutputFormat, str]] = {
    "png": "image/png",
    "webp": "image/webp",
    "jpeg": "image/jpeg",
    "avif": "image/avif",
    "zip": "application/zip",
}

MAX_SIDES: Final[dict[OutputFormat, int]] = {
    "png": 1_000_000,  # libpng reads no more
    "webp": 16_383,
    "jpeg": 65_500,  # libjpeg
    "avif": 32_768,  # libavif reads no more
    "zip": 65_500,  # its colours are a JPEG
}
"""Pixels."""

FULL_COLOUR_QUALITY: Final = 90
"""From this quality on, JPEG and AVIF keep colour at the full resolution, not at half."""

KEEPS_ALPHA: Final[frozenset[OutputFormat]] = frozenset({"png", "webp", "avif", "zip"})

MAX_PIXELS: Final[dict[OutputFormat, int]] = {"avif": 25_000_000}  # its encoder takes 23 bytes a pixel
"""Where there is a bound below what is read."""
