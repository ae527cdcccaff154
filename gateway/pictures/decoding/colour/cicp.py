"""Colours told by numbers (ITU-T H.273), as AVIF, HEIF and PNG do besides ICC profiles."""

from functools import lru_cache
from typing import Final

import numpy as np

from gateway.pictures.decoding.colour.space import D65, SRGB_PRIMARIES, Curve, Floats, Space, decoded, space

_PRIMARIES: Final = {
    1: SRGB_PRIMARIES,
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
}
_WHITE: Final = 203  # cd/m² of what is white on paper (ITU-R BT.2408)


def _perceptual_quantizer(levels: Floats) -> Floats:
    """SMPTE ST 2084; what is brighter than white is cut."""
    root = levels ** (1 / 78.84375)
    light = np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)
    return np.asarray(10000 / _WHITE * light ** (1 / 0.1593017578125), np.float64)


def _hybrid_log_gamma(levels: Floats) -> Floats:
    """ARIB STD-B67; three quarters of its levels are up to white."""
    low = levels**2 / 3
    high = (np.exp((levels - 0.55991073) / 0.17883277) + 0.28466892) / 12
    return np.where(levels <= 0.5, low, high) * (12 / 3.179550717)


_CURVES: Final[dict[int, Curve]] = {
    4: lambda levels: levels**2.2,
    5: lambda levels: levels**2.8,
    8: lambda levels: levels,
    16: _perceptual_quantizer,
    18: _hybrid_log_gamma,
}


@lru_cache(maxsize=16)
def told(primaries: int, transfer: int) -> Space | None:
    """The space of two code points; None where it is sRGB, or unknown and taken for it.

    BT.709's and its relatives' transfer is taken for sRGB's, as browsers do: it says how cameras write, not how it is seen.
    """
    if primaries not in _PRIMARIES or (primaries == 1 and transfer not in _CURVES):
        return None
    return space(_PRIMARIES[primaries], D65, _CURVES.get(transfer, decoded))
