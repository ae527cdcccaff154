"""HEIF with HEVC inside, as iPhones write it (HEIC).

libheif is called through pi_heif's extension module: pi_heif's own classes ask it for all metadata of a file at once, which
ends the process where a damaged file names an item without a type.
"""

from typing import Any, Final

import _pi_heif  # type: ignore[import-not-found]
import cv2
import numpy as np

from gateway.errors import UnsupportedImage
from gateway.pictures.buffers import shared
from gateway.pictures.decoding.colour import cicp
from gateway.pictures.decoding.colour.convert import Raw
from gateway.pictures.decoding.colour.space import Space
from gateway.pictures.decoding.facts import Facts
from gateway.pictures.decoding.raw import grey
from gateway.pictures.decoding.references import require_ends
from gateway.pictures.picture import Pixels

_THREADS: Final = 1  # pictures are decoded beside each other
_ICC: Final = ("rICC", "prof")


def read(data: bytes) -> Facts:
    """The size is upright already: libheif turns what it decodes, and EXIF's word on it does not count.

    Raises UnsupportedImage, and what pi_heif raises.
    """
    image = _primary(data)
    (width, height), mode = image.size_mode
    if not mode.startswith("RGB") and image.bit_depth != 8:
        # pi_heif would write two bytes a sample, as the header says, where the decoder may have made room for one.
        raise UnsupportedImage(
            "This HEIC is grey of more or fewer than 8 bits, which this service does not read. Please save it as PNG."
        )
    colours = image.color_profile or {}
    if colours.get("type") in _ICC:
        return Facts(width, height, icc=colours["data"])
    return Facts(width, height, space=_space(colours))


def space(data: bytes) -> Space | None:
    """What the file's nclx numbers say of its colours. Raises what pi_heif raises."""
    return _space(_primary(data).color_profile or {})


def raw(data: bytes, facts: Facts) -> Raw:
    """Of what was read. Raises what pi_heif raises, and ValueError for another size than the header says."""
    image = _primary(data)
    decoded = image.data
    size, mode = image.size_mode  # decoding may change it
    if size != (facts.width, facts.height):
        raise ValueError("another size than the header says")
    samples = np.frombuffer(decoded, np.uint8)
    found = four(samples.reshape(facts.height, facts.width, -1))
    if "a" in mode:  # colours that alpha has been multiplied into
        found.pixels = np.array(shared(found.pixels, "RGBa").convert("RGBA"))
    return found


def four(samples: Pixels) -> Raw:
    """A copy of uint8 `samples` (H, W, channels), in four channels: grey, grey and alpha, RGB, or RGBA."""
    channels = samples.shape[2]
    if channels == 3:
        return Raw(np.asarray(cv2.cvtColor(samples, cv2.COLOR_RGB2RGBA), np.uint8), "RGB")
    if channels == 4:
        return Raw(samples.copy(), "RGB", transparent=True)
    found = grey(np.ascontiguousarray(samples[..., 0]))
    if channels == 2:
        found.pixels[..., 3] = samples[..., 1]
        found.transparent = True
    return found


def _primary(data: bytes) -> Any:
    require_ends(data)
    to_8_bits, as_bgr, without_padding, deep_as_16_bits, without_limits = True, False, True, True, False
    images = _pi_heif.load_file(data, _THREADS, to_8_bits, as_bgr, without_padding, deep_as_16_bits, "", without_limits)
    [primary] = [image for image in images if image is not None and image.primary]
    return primary


def _space(colours: dict[str, Any]) -> Space | None:
    numbers = colours.get("data") if colours.get("type") == "nclx" else None
    return cicp.told(numbers["color_primaries"], numbers["transfer_characteristics"]) if numbers else None
