"""ICC profiles (ICC.1): matrix and curves are read here, everything else is left to Little CMS."""

import struct
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, Literal

import numpy as np

from gateway.pictures.decoding.colour.space import LEVELS, Curve, Floats, Space, encoded, from_colorants
from gateway.pictures.picture import Pixels

Model = Literal["RGB", "GRAY", "CMYK", "LAB"]

MAX_BYTES: Final = 4_000_000  # the largest printing profiles in use have less
_SMALL: Final = 200_000  # matrix and curves fit into it by far, and a few may be kept
_MAX_TAGS: Final = 100
_PARAMETERS: Final = (1, 3, 4, 5, 7)  # of the parametric curves, by their type


def model(icc: bytes) -> Model | None:
    """What kind of pixels the profile is for; None where it is none we can use."""
    if not 132 <= len(icc) <= MAX_BYTES or icc[36:40] != b"acsp":
        return None
    names: dict[bytes, Model] = {b"RGB ": "RGB", b"GRAY": "GRAY", b"CMYK": "CMYK", b"Lab ": "LAB"}
    return names.get(icc[16:20])


def rgb(icc: bytes) -> Space | None:
    """The space of an RGB profile of matrix and curves; None for others. Raises ValueError, LookupError, struct.error."""
    return _matrix_profile(icc) if len(icc) <= _SMALL else None


@lru_cache(maxsize=16)  # a phone's photographs share theirs
def _matrix_profile(icc: bytes) -> Space | None:
    tags = _tags(icc)
    if b"A2B0" in tags or b"rXYZ" not in tags:
        return None
    colorants = np.stack([_xyz(tags[name]) for name in (b"rXYZ", b"gXYZ", b"bXYZ")], axis=1)
    return from_colorants(colorants, [_curve(tags[name]) for name in (b"rTRC", b"gTRC", b"bTRC")])


def grey(icc: bytes) -> Pixels:
    """A GRAY profile as a table (256,) from its levels to sRGB's. Raises ValueError, LookupError, struct.error."""
    with np.errstate(all="ignore"):
        light = np.nan_to_num(_curve(_tags(icc)[b"kTRC"])(LEVELS))
    return np.rint(255 * encoded(light)).astype(np.uint8)


def _tags(icc: bytes) -> dict[bytes, bytes]:
    [count] = struct.unpack_from(">I", icc, 128)
    if count > _MAX_TAGS:
        raise ValueError("more tags than any profile has")
    found = {}
    for position in range(132, 132 + 12 * count, 12):
        name, start, size = struct.unpack_from(">4sII", icc, position)
        found[name] = icc[start : start + size]
    return found


def _xyz(tag: bytes) -> Floats:
    return np.array(struct.unpack_from(">3i", tag, 8)) / 65536


def _curve(tag: bytes) -> Curve:
    if tag[:4] == b"para":
        return _parametric(tag)
    if tag[:4] != b"curv":
        raise ValueError("not a curve")
    [count] = struct.unpack_from(">I", tag, 8)
    samples = np.frombuffer(tag, ">u2", count, 12)
    if count == 0:
        return lambda levels: levels
    if count == 1:
        return lambda levels: levels ** (float(samples[0]) / 256)
    return lambda levels: np.interp(levels * (count - 1), np.arange(count), samples / 65535)


def _parametric(tag: bytes) -> Curve:
    [kind] = struct.unpack_from(">H", tag, 8)
    count = _PARAMETERS[kind]
    return _curves(kind, [value / 65536 for value in struct.unpack_from(f">{count}i", tag, 12)])


def _curves(kind: int, parameters: Sequence[float]) -> Curve:
    """ICC.1:2022, table 68: a power above a limit, and a line, or nothing, below."""
    g, a, b, c, d, e, f = (*parameters, *[0.0] * (7 - len(parameters)))
    if kind == 0:
        return lambda levels: levels**g
    if kind in (1, 2):  # their constant is added on both sides of where the power begins
        return lambda levels: np.where(levels >= -b / a, (a * levels + b) ** g, 0) + (c if kind == 2 else 0)
    return lambda levels: np.where(levels >= d, (a * levels + b) ** g + e, c * levels + f)
