"""Pictures written anew, so that nothing but pixels is kept: no place, no camera, no thumbnail, no trailing bytes."""

from dataclasses import dataclass
from typing import Final

from gateway.pictures.compose import WHITE, over
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import read_header
from gateway.pictures.encoding.encode import encode
from gateway.pictures.encoding.table import MEDIA_TYPES, OutputFormat

_QUALITY: Final = 95
_SUFFIXES: Final[dict[OutputFormat, str]] = {"jpeg": "jpg", "png": "png", "webp": "webp"}


@dataclass(frozen=True)
class Written:
    """A file of ours."""

    body: bytes
    media_type: str
    suffix: str


def written(data: bytes, max_pixels: int) -> Written:
    """The picture in `data`, upright and in sRGB: PNG and WebP keep their format and alpha, everything else becomes JPEG.

    Raises what read_header and decode raise.
    """
    header = read_header(data, max_pixels)
    picture = decode(data, header)
    output = _output(header.media_type, transparent=picture.transparent)
    pixels = picture.pixels if output != "jpeg" else over(picture.pixels, WHITE)
    return Written(encode(pixels, output, _QUALITY), MEDIA_TYPES[output], _SUFFIXES[output])


def _output(media_type: str, *, transparent: bool) -> OutputFormat:
    if media_type == "image/webp":
        return "webp"
    return "png" if transparent or media_type == "image/png" else "jpeg"
