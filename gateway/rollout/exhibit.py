"""A picture on which two versions disagreed, as it is kept for people to look at."""

import io
from datetime import datetime

import msgspec
import numpy as np
from numpy.typing import NDArray
from PIL import Image


class Exhibit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`picture` is WebP, as the model saw it; `stable` and `candidate` are the alphas, PNG in grey."""

    at: datetime
    iou: float
    mae: float
    stable_seconds: float
    candidate_seconds: float
    picture: bytes
    stable: bytes
    candidate: bytes


def webp(pixels: NDArray[np.uint8]) -> bytes:
    """uint8 (S, S, 3), for looking at."""
    return _encoded(pixels, "WEBP", quality=85)


def png(alpha: NDArray[np.uint8]) -> bytes:
    """uint8 (S, S), exactly."""
    return _encoded(alpha, "PNG")


def pixels(file: bytes) -> NDArray[np.uint8]:
    """Of one of an exhibit's files."""
    return np.asarray(Image.open(io.BytesIO(file)))


def _encoded(array: NDArray[np.uint8], kind: str, **options: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(array).save(stream, kind, **options)
    return stream.getvalue()
