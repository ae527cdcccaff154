"""A ZIP of color.jpg and alpha.png: a cut-out for programs that read no alpha from lossy pictures."""

import io
from collections.abc import Callable, Iterator
from typing import Final
from zipfile import ZipFile, ZipInfo

from gateway.pictures.encoding.bleed import bleed
from gateway.pictures.encoding.jpeg import jpeg
from gateway.pictures.encoding.png import png
from gateway.pictures.picture import Pixels

_UNIX: Final = 3
_READABLE: Final = 0o644 << 16


def archive(pixels: Pixels, quality: int, going: Callable[[], None]) -> bytes:
    """`pixels` uint8 (H, W, 4) RGBA, (H, W, 3) RGB or (H, W), alpha alone, C-contiguous; overwritten.

    What the picture does not have, the archive does not have. `quality` is that of color.jpg.
    """
    stream = io.BytesIO()
    with ZipFile(stream, "w") as file:
        for name, data in _members(pixels, quality, going):
            file.writestr(_entry(name), data)
    return stream.getvalue()


def _members(pixels: Pixels, quality: int, going: Callable[[], None]) -> Iterator[tuple[str, bytes]]:
    if pixels.ndim == 2:
        yield "alpha.png", png(pixels, going)
    elif pixels.shape[2] == 3:
        yield "color.jpg", jpeg(pixels, quality, going)
    else:
        yield "alpha.png", png(pixels[..., 3], going)
        bleed(pixels)
        yield "color.jpg", jpeg(pixels, quality, going)


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name)  # dated 1980: the same bytes at every time
    entry.create_system, entry.external_attr = _UNIX, _READABLE  # and on every system
    return entry
