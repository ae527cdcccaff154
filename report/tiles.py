"""One picture of a report, small enough for a page: photo, two cut-outs and where they disagree."""

import base64
import io
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 384
"""Pixels a side, at most."""

MORE_A = (255, 166, 77)
MORE_B = (92, 176, 255)
"""Where A, where B is more opaque: orange and blue, which people who see fewer colours tell apart, too."""

_QUALITY = 80
_EXPONENT = 0.4


@dataclass(frozen=True)
class Tiles:
    """WebP files of one picture: as it is, its two cut-outs, the disagreement; `aspect` is the photo's width / height."""

    photo: bytes
    a: bytes
    b: bytes
    disagreement: bytes
    aspect: float


def tiles(rgb: NDArray[np.uint8], a: NDArray[np.uint8], b: NDArray[np.uint8], aspect: float) -> Tiles:
    """Tiles of a picture (S, S, 3) and two alphas (S, S), all uint8; the squares are stretched back where they are shown."""
    small = _reduced(rgb)
    return Tiles(
        photo=_webp(small),
        a=_webp(np.dstack([small, _reduced(a)])),
        b=_webp(np.dstack([small, _reduced(b)])),
        disagreement=_webp(disagreement(rgb, a, b)),
        aspect=aspect,
    )


def disagreement(rgb: NDArray[np.uint8], a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """uint8 (s, s, 3), s at most SIDE: MORE_A and MORE_B over a dark picture.

    The strength is a power of the difference that lets small ones be seen. Of the pixels that share one in the map the
    largest difference counts, for an average would hide a line of single pixels.
    """
    signed = a.astype(np.int16) - b
    more_a, more_b = (_peaks(np.clip(each, 0, 255).astype(np.uint8)) for each in (signed, -signed))
    strength = (np.maximum(more_a, more_b)[..., None] / 255) ** _EXPONENT
    colour = np.where((more_a > more_b)[..., None], MORE_A, MORE_B)
    grey = cv2.cvtColor(_reduced(rgb), cv2.COLOR_RGB2GRAY)[..., None]
    ground = 16 + 0.22 * grey
    return np.asarray((ground + (colour - ground) * strength).round(), np.uint8)


def data_url(webp: bytes) -> str:
    """The file as an address that needs no other file."""
    return "data:image/webp;base64," + base64.b64encode(webp).decode()


def _reduced(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = min(SIDE, pixels.shape[0])
    return np.asarray(Image.fromarray(pixels).resize((side, side), Image.Resampling.BILINEAR))


def _peaks(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = min(SIDE, values.shape[0])
    reach = -(-values.shape[0] // side)
    spread = cv2.dilate(values, np.ones((reach, reach), np.uint8))
    return np.asarray(cv2.resize(spread, (side, side), interpolation=cv2.INTER_NEAREST), np.uint8)


def _webp(pixels: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "WEBP", quality=_QUALITY)
    return stream.getvalue()
