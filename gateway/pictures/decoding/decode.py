"""A file's bytes to a picture."""

from typing import Final

from gateway.pictures.decoding.colour.convert import Raw, to_srgb
from gateway.pictures.decoding.damage import told
from gateway.pictures.decoding.header import Header
from gateway.pictures.decoding.turn import upright
from gateway.pictures.picture import Picture

_DIVISORS: Final = (8, 4, 2)


def decode(data: bytes, header: Header, side: int | None = None) -> Picture:
    """The whole picture of the file whose `header` was read.

    Where `side` is given, the picture's longer side may have fewer pixels than the header says, but not fewer than `side`.
    Raises TruncatedImage, UnsupportedImage.
    """
    divisor = divisor_for(max(header.width, header.height), side) if side else 1
    found = raw(data, header, divisor)
    pixels = to_srgb(found, header.facts.icc, header.facts.space)
    transparent = found.transparent and int(pixels[..., 3].min()) < 255  # many have an alpha and make no use of it
    return Picture(upright(pixels, header.orientation), transparent, header.media_type)


def divisor_for(length: int, least: int) -> int:
    """The largest number that a decoder may divide `length` pixels by so that `least` are left."""
    return next((divisor for divisor in _DIVISORS if length >= divisor * least), 1)


def raw(data: bytes, header: Header, divisor: int = 1) -> Raw:
    """The pixels as they are stored, at 1/`divisor` of their size where the format can.

    Raises TruncatedImage, UnsupportedImage.
    """
    with told(header.format.name):
        if divisor > 1 and header.format.reduced:
            return header.format.reduced(data, divisor)
        return header.format.raw(data, header.facts)
