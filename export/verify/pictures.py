"""What models are compared on: held-out synthetic pictures, or the photographs in a folder."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from export.evaluate import held_out
from export.verify.errors import PicturesError

ENDINGS = frozenset({".bmp", ".gif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"})

_DAMAGE = (
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    ValueError,
    Image.DecompressionBombError,
    struct.error,
    zlib.error,
)
"""What Pillow's decoders raise about files that are broken, each its own, or absurdly large."""


@dataclass(frozen=True)
class Picture:
    """`rgb` uint8 (S, S, 3) is what a model sees; `aspect` is the width of the photo it came from over its height."""

    name: str
    rgb: NDArray[np.uint8]
    aspect: float


def synthetic(size: int, count: int) -> Iterator[Picture]:
    """Held-out pictures, half of them (one more if odd) easy and half hard."""
    kinds = (("easy", (count + 1) // 2), ("hard", count // 2))
    return chain.from_iterable(_series(kind, size, number) for kind, number in kinds)


def _series(kind: str, size: int, count: int) -> Iterator[Picture]:
    for index, drawn in enumerate(held_out(size, count, hard=kind == "hard"), 1):
        yield Picture(f"{kind} {index}", np.ascontiguousarray(drawn[..., :3]), 1.0)


def photographs(folder: Path, size: int, count: int | None, skipped: list[str]) -> Iterator[Picture]:
    """The first `count` images, by name, in a folder and those in it; `skipped` gets a sentence on each that is unreadable.

    Raises PicturesError where there is none, or none that can be read.
    """
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS and path.is_file())
    if not paths:
        raise PicturesError(f"{folder}: has no pictures in it ({', '.join(sorted(ENDINGS))})")
    readable = 0
    for path in paths[:count]:
        name = str(path.relative_to(folder))
        try:
            picture = photograph(path, name, size)
        except _DAMAGE:
            skipped.append(f"{name} cannot be read as a picture")
            continue
        readable += 1
        yield picture
    if not readable:
        raise PicturesError(f"{folder}: none of its {len(paths[:count])} pictures can be read")


def photograph(path: Path, name: str, size: int) -> Picture:
    """A file as the model sees it when it comes through the gateway; raises what Pillow raises about a file.

    That is the gateway's preview, which build time may not import: upright, on white where it is transparent, and one
    antialiased bilinear resampling by Pillow to the square.
    """
    with Image.open(path) as file:
        image = _on_white(_eight_bits(ImageOps.exif_transpose(file)))
    square = np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))
    return Picture(name, square, image.width / image.height)


def _eight_bits(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I;16"):
        return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
    return image


def _on_white(image: Image.Image) -> Image.Image:
    if not image.has_transparency_data:
        return image.convert("RGB")
    rgba = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(rgba.convert("RGB"), mask=rgba.getchannel("A"))
    return ground
