"""What an effect looks like, on a photograph of ours."""

from functools import cache
from pathlib import Path
from typing import Final

from gateway.effects import EFFECTS, Drawing
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import read_header
from gateway.pictures.encoding.encode import encode

_CUTOUT: Final = Path(__file__).with_name("sample.webp")  # bench/cutouts.py made it
_LIMIT: Final = 1_000_000
_QUALITY: Final = 85


@cache
def sample(name: str) -> bytes:
    """The sample, as WebP, in the effect of that name and its default values; drawn once."""
    data, effect = _CUTOUT.read_bytes(), EFFECTS[name]
    pixels = decode(data, read_header(data, _LIMIT)).pixels
    return encode(Drawing(effect, effect.parameters()).draw(pixels), "webp", _QUALITY)
