"""What the network sees of a picture."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from PIL import Image

from gateway.pictures.buffers import Mode, shared
from gateway.pictures.decoding.colour.convert import Raw, to_srgb
from gateway.pictures.decoding.decode import decode, divisor_for, raw
from gateway.pictures.decoding.header import Header
from gateway.pictures.decoding.turn import upright
from gateway.pictures.picture import Picture, Pixels

# Of what is left at 1, 4/3, 2 times the model's side, p99 of the difference to resampling the whole is 14, 7, 4 levels.
_SPARE: Final = 4 / 3


@dataclass(frozen=True)
class Preview:
    """`tensor` uint8 (S, S, 3) RGB is what the network sees; `picture` the whole, where it had to be decoded for that."""

    tensor: Pixels
    picture: Picture | None


def preview(data: bytes, header: Header, size: int) -> Preview:
    """The picture at `size` × `size`, its aspect ignored, as the network was trained: antialiased, bilinear, on white.

    It is never enlarged first. A JPEG is decoded at a fraction of its size where that leaves enough.
    Raises TruncatedImage, UnsupportedImage.
    """
    facts = header.facts
    divisor = divisor_for(min(header.width, header.height), math.ceil(_SPARE * size)) if header.format.reduced else 1
    if divisor == 1:
        picture = decode(data, header)
        whole = Raw(picture.pixels, "RGB", picture.transparent)
        return Preview(_on_white(_resized(whole, (picture.width, picture.height), size)), picture)
    extent = facts.width / divisor, facts.height / divisor
    small = _resized(raw(data, header, divisor), extent, size)
    pixels = to_srgb(small, facts.icc, facts.space)
    return Preview(_on_white(Raw(upright(pixels, facts.orientation), "RGB")), None)


def _resized(found: Raw, extent: tuple[float, float], size: int) -> Raw:
    """`extent` is the picture's width and height in `found`, whose last pixels may be beyond it by a fraction."""
    mode: Mode = "CMYK" if found.model == "CMYK" else "RGBA" if found.transparent else "RGB"
    image = shared(found.pixels, mode).resize((size, size), Image.Resampling.BILINEAR, (0, 0, *extent))
    pixels = np.array(image)
    if mode == "RGB":
        pixels = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA), np.uint8)
    return Raw(pixels, found.model, found.transparent)


def _on_white(found: Raw) -> Pixels:
    """uint8 (S, S, 3)."""
    pixels = found.pixels
    if found.transparent:
        alpha = cv2.extractChannel(pixels, 3).astype(np.float32)
        pixels = np.asarray(cv2.blendLinear(pixels, np.full_like(pixels, 255), alpha, 255 - alpha), np.uint8)
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGBA2RGB), np.uint8)
