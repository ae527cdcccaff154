"""The kinds of files that are read, told apart by their first bytes alone: names and declared types do not count."""

from collections.abc import Callable
from typing import Final, NamedTuple

from PIL import Image

from gateway.errors import UnsupportedImage
from gateway.pictures.decoding import avif, bmp, foreign, gif, heif, jpeg, png, tiff, webp
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.facts import Facts

# Sizes are judged here, by the header; Pillow's own limit would warn, and is one for all programs of a process.
Image.MAX_IMAGE_PIXELS = None

_HEVC: Final = frozenset((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"))
_AV1: Final = frozenset((b"avif", b"avis"))
_GENERIC: Final = frozenset((b"mif1", b"mif2", b"msf1", b"miaf"))  # what is inside, the other brands say


class Format(NamedTuple):
    """A kind of file. `name` is for people.

    `read` what its bytes say of the picture, decode it to `raw` pixels, or `reduced` to a half, a quarter or an eighth of
    its size if they can be; all of them may raise what damage.DAMAGE lists.
    """

    media_type: str
    name: str
    recognises: Callable[[bytes], bool]
    read: Callable[[bytes], Facts]
    raw: Callable[[bytes, Facts], Raw]
    reduced: Callable[[bytes, int], Raw] | None = None


def sniff(data: bytes) -> Format:
    """The format that the first bytes announce. Raises UnsupportedImage."""
    for each in FORMATS:
        if each.recognises(data):
            return each
    what = foreign.name(data)
    found = f"This is {what}, which" if what else "The data"
    raise UnsupportedImage(f"{found} is not a picture this service reads. It reads {_NAMES}.", allowed=FORMAT_NAMES)


def is_picture(data: bytes) -> bool:
    """Whether the first bytes announce one of the formats."""
    return any(each.recognises(data) for each in FORMATS)


def _begins(*magic: bytes) -> Callable[[bytes], bool]:
    return lambda data: data.startswith(magic)


def _has_brand(own: frozenset[bytes], *, else_generic: bool) -> Callable[[bytes], bool]:
    """Files whose brand is one of `own`, or a generic one that names one of them, or `else_generic` none that we know."""

    def recognises(data: bytes) -> bool:
        if data[4:8] != b"ftyp":
            return False
        brand, size = data[8:12], min(int.from_bytes(data[:4]), 1024)
        compatible = {data[at : at + 4] for at in range(16, size, 4)}
        return brand in own or (brand in _GENERIC and (else_generic or bool(compatible & own)))

    return recognises


FORMATS: Final = (
    Format("image/jpeg", "JPEG", _begins(b"\xff\xd8\xff"), jpeg.read, jpeg.raw, jpeg.reduced),
    Format("image/png", "PNG", _begins(png.MAGIC), png.read, png.raw),
    Format("image/webp", "WebP", lambda data: data[:4] == b"RIFF" and data[8:12] == b"WEBP", webp.read, webp.raw),
    Format("image/avif", "AVIF", _has_brand(_AV1, else_generic=False), avif.read, avif.raw),
    Format("image/heic", "HEIC", _has_brand(_HEVC, else_generic=True), heif.read, heif.raw),
    Format("image/gif", "GIF", _begins(b"GIF87a", b"GIF89a"), gif.read, gif.raw),
    Format("image/tiff", "TIFF", _begins(b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"), tiff.read, tiff.raw),
    Format("image/bmp", "BMP", _begins(b"BM"), bmp.read, bmp.raw),
)
FORMAT_NAMES: Final = tuple(each.media_type for each in FORMATS)
_NAMES: Final = ", ".join(each.name for each in FORMATS[:-1]) + f" and {FORMATS[-1].name}"
