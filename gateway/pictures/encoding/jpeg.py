"""JPEG: libjpeg-turbo through OpenCV, which leaves the interpreter free and reads the pixels row by row."""

from collections.abc import Callable
from typing import Final

import cv2

from gateway.pictures.encoding.srgb import PROFILE
from gateway.pictures.encoding.table import FULL_COLOUR_QUALITY
from gateway.pictures.picture import Pixels

_BAND: Final = 64  # rows
_PROGRESSIVE: Final = 2_000_000  # pixels; above, 5 % fewer bytes take four times as long
_ICC: Final = b"ICC_PROFILE\0\x01\x01" + PROFILE  # the first of one part
_TO_BGR: Final = {3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}


def jpeg(pixels: Pixels, quality: int, going: Callable[[], None]) -> bytes:
    """`pixels` uint8 (H, W, 3) RGB, (H, W, 4) whose fourth is ignored, or (H, W) grey, C-contiguous; overwritten."""
    going()
    if pixels.ndim == 3:
        _to_bgr(pixels)
    _, file = cv2.imencode(".jpg", pixels, _options(pixels, quality))
    return _with_profile(file.data) if pixels.ndim == 3 else file.tobytes()  # the profile is one of three channels


def _options(pixels: Pixels, quality: int) -> list[int]:
    height, width = pixels.shape[:2]
    full, half = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
    options = {
        cv2.IMWRITE_JPEG_QUALITY: quality,
        cv2.IMWRITE_JPEG_PROGRESSIVE: int(height * width <= _PROGRESSIVE),
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR: full if quality >= FULL_COLOUR_QUALITY else half,
    }
    return [number for option in options.items() for number in option]


def _to_bgr(pixels: Pixels) -> None:
    for top in range(0, len(pixels), _BAND):
        band = pixels[top : top + _BAND]
        cv2.cvtColor(band, _TO_BGR[pixels.shape[2]], dst=band)


def _with_profile(file: memoryview) -> bytes:
    """The profile goes behind the first segment, JFIF's."""
    behind = 4 + int.from_bytes(file[4:6], "big")
    segment = b"\xff\xe2" + (len(_ICC) + 2).to_bytes(2, "big") + _ICC
    return b"".join([file[:behind], segment, file[behind:]])
