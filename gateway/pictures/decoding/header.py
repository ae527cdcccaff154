"""What can be known of a picture without decoding any of it, and what is refused for it."""

from dataclasses import dataclass
from typing import Final

from gateway.errors import TooManyPixels, TruncatedImage
from gateway.pictures.decoding.damage import told
from gateway.pictures.decoding.facts import Facts
from gateway.pictures.decoding.formats import Format, sniff
from gateway.pictures.decoding.turn import swaps

MAX_SIDE: Final = 65_535


@dataclass(frozen=True)
class Header:
    """`width` and `height` in pixels as the picture is seen, upright; `facts` are about how it is stored."""

    format: Format
    width: int
    height: int
    facts: Facts

    @property
    def orientation(self) -> int:
        """1–8, as EXIF counts."""
        return self.facts.orientation

    @property
    def media_type(self) -> str:
        return self.format.media_type


def read_header(data: bytes, max_pixels: int) -> Header:
    """Raises UnsupportedImage, TooManyPixels, and TruncatedImage where the header is damaged."""
    kind = sniff(data)
    with told(kind.name, "picture's header"):
        facts = kind.read(data)
    _refuse_size(facts, max_pixels)
    width, height = facts.width, facts.height
    if swaps(facts.orientation):
        width, height = height, width
    return Header(kind, width, height, facts)


def _refuse_size(facts: Facts, max_pixels: int) -> None:
    width, height = facts.width, facts.height
    if width <= 0 or height <= 0:
        raise TruncatedImage("The picture's header says that it is empty.")
    _refuse_pixels(width * height, max_pixels, f"{width} × {height}")
    _refuse_pixels(facts.coded, max_pixels, "by the data inside")
    if max(width, height) > MAX_SIDE:
        raise TooManyPixels(
            f"The picture is {width} × {height} pixels; {MAX_SIDE} are allowed a side.",
            limit=MAX_SIDE,
            actual=max(width, height),
        )


def _refuse_pixels(pixels: int, limit: int, how: str) -> None:
    if pixels > limit:
        raise TooManyPixels(
            f"The picture has {_megapixels(pixels, limit)} megapixels ({how}); {limit / 1e6:g} are allowed.",
            limit=limit,
            actual=pixels,
        )


def _megapixels(pixels: int, limit: int) -> str:
    """Short, but never so short that it looks as if it were allowed."""
    return next(text for digits in range(7) if float(text := f"{pixels / 1e6:.{digits}f}") * 1e6 > limit)
