"""What Pillow's decoders give, in four bytes a pixel whatever they had in the file."""

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile

from gateway.errors import UnsupportedImage
from gateway.pictures.buffers import LAYOUTS, decoded
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.picture import Pixels


def raw(image: ImageFile, size: tuple[int, int]) -> Raw:
    """Decodes `image`, opened and not yet loaded, which must be of `size`.

    Raises UnsupportedImage, ValueError for another size, and what the decoder raises.
    """
    if image.size != size:
        raise ValueError("another size than the header says")
    if image.mode not in LAYOUTS:
        raise UnsupportedImage(
            f"The {image.format} picture has samples of 32 bits or more; pictures of 8 and 16 bits are read."
        )
    samples = decoded(image)
    return _READERS[image.mode](samples, image)


def grey(samples: Pixels) -> Raw:
    """`samples` uint8 (H, W)."""
    return Raw(np.asarray(cv2.cvtColor(samples, cv2.COLOR_GRAY2RGBA), np.uint8), "GRAY")


def opaque(pixels: Pixels) -> Pixels:
    """`pixels`, (H, W, 4), with alpha 255 everywhere."""
    pixels[..., 3] = 255
    return pixels


def _grey(samples: Pixels, image: ImageFile) -> Raw:
    return _keyed(grey(samples), image)


def _deep_grey(samples: NDArray[np.uint16], image: ImageFile) -> Raw:
    found = grey((samples >> 8).astype(np.uint8))
    key = image.info.get("transparency")
    if key is not None:
        found.pixels[samples == key, 3] = 0
        found.transparent = True
    return found


def _colours(pixels: Pixels, image: ImageFile) -> Raw:
    if image.format != "JPEG":  # whose decoder writes 255 as the fourth byte
        opaque(pixels)
    return _keyed(Raw(pixels, "RGB"), image)


def _keyed(found: Raw, image: ImageFile) -> Raw:
    """With alpha 0 where the colour is the one that PNG's tRNS names."""
    key = image.info.get("transparency")
    if key is not None:
        red, green, blue = key if isinstance(key, tuple) else (key, key, key)
        hidden = cv2.inRange(found.pixels, (red, green, blue, 255), (red, green, blue, 255))
        cv2.insertChannel(cv2.bitwise_not(hidden), found.pixels, 3)
        found.transparent = True
    return found


def _palette(samples: Pixels, image: ImageFile) -> Raw:
    table, transparent = _colour_table(image)
    flat = np.take(table.view(np.uint32), samples.ravel(), mode="clip")
    return Raw(flat.view(np.uint8).reshape(*samples.shape, 4), "RGB", transparent)


def _colour_table(image: ImageFile) -> tuple[Pixels, bool]:
    """uint8 (256, 4) flat, and whether any of it is not opaque."""
    table = np.zeros((256, 4), np.uint8)
    table[:, 3] = 255
    colours = np.array(image.getpalette("RGB"), np.uint8).reshape(-1, 3)
    table[: len(colours), :3] = colours
    key = image.info.get("transparency")
    if isinstance(key, int):
        table[key, 3] = 0
    elif key is not None:
        table[: len(key), 3] = np.frombuffer(key, np.uint8)[:256]
    return table.ravel(), key is not None


def _palette_with_alpha(pixels: Pixels, image: ImageFile) -> Raw:
    table, _ = _colour_table(image)
    coloured = table.reshape(256, 4)[pixels[..., 0]]
    coloured[..., 3] = pixels[..., 3]
    return Raw(coloured, "RGB", transparent=True)


def _luminance(pixels: Pixels, image: ImageFile) -> Raw:
    return Raw(np.array(image.convert("RGBA")), "RGB")


_READERS: Final[dict[str, Callable[[NDArray[Any], ImageFile], Raw]]] = {
    "1": _grey,
    "L": _grey,
    "I;16": _deep_grey,
    "I;16B": _deep_grey,
    "P": _palette,
    "PA": _palette_with_alpha,
    "LA": lambda pixels, image: Raw(pixels, "GRAY", transparent=True),
    "RGB": _colours,
    "RGBA": lambda pixels, image: Raw(pixels, "RGB", transparent=True),
    "CMYK": lambda pixels, image: Raw(pixels, "CMYK"),
    "YCbCr": _luminance,
    "LAB": lambda pixels, image: Raw(opaque(pixels), "LAB"),
}
