"""PNG, written band by band: rows filtered with NumPy and OpenCV, deflated with ISA-L, or with zlib where they are flat.

The format is W3C's PNG, third edition (filters: section 9; deflate: RFC 1951). One deflate stream is put together from
segments that end on a byte (a sync flush), so each band may be deflated by whatever suits it.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Final

import cv2
import numpy as np
from isal import isal_zlib

from gateway.pictures.picture import Pixels

_Filter = Callable[[Pixels, int], Pixels]
"""A band as _bands gives it and its bytes a pixel → uint8 (rows, 1 + bytes of a row), the filter's number first."""

_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_COLOUR_TYPES: Final = {1: 0, 3: 2, 4: 6}  # channels → grey, truecolour, truecolour with alpha
_PERCEPTUAL: Final = b"\0"  # sRGB's rendering intent
_HEADER: Final = b"\x78\x01"  # of zlib's format
_LAST_BLOCK: Final = b"\x03\x00"  # an empty one

_BAND_BYTES: Final = 1 << 18  # with what is made of it, it stays in the processor's cache
_SAMPLE_BYTES: Final = 1 << 15
_TRIAL: Final = 6  # bands: the filter that is best on a sample of the first serves the others


def png(pixels: Pixels, going: Callable[[], None]) -> bytes:
    """The picture, lossless, marked as sRGB: `pixels` uint8 (H, W, 4) RGBA, (H, W, 3) RGB or (H, W) grey, of any strides."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    file = io.BytesIO()  # its getvalue() gives away what was written, without a copy
    file.write(_SIGNATURE)
    _chunk(file, b"IHDR", struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0))
    _chunk(file, b"sRGB", _PERCEPTUAL)
    for data in _Deflate(channels).stream(_bands(pixels), going):
        _chunk(file, b"IDAT", data)
    _chunk(file, b"IEND", b"")
    return file.getvalue()


def _chunk(file: io.BytesIO, kind: bytes, data: bytes) -> None:
    file.write(struct.pack(">I", len(data)) + kind)
    file.write(data)
    file.write(struct.pack(">I", isal_zlib.crc32(data, isal_zlib.crc32(kind))))


def _bands(pixels: Pixels) -> Iterator[Pixels]:
    """Bands of rows, each below the row above it: uint8 (rows + 1, bytes of a row), contiguous."""
    rows = max(_BAND_BYTES * len(pixels) // pixels.nbytes, 1)
    first = np.concatenate([np.zeros_like(pixels[:1]), pixels[:rows]])
    yield first.reshape(len(first), -1)
    for top in range(rows, len(pixels), rows):
        band = np.ascontiguousarray(pixels[top - 1 : top + rows])
        yield band.reshape(len(band), -1)


class _Deflate:
    """The bands of one picture of `channels` bytes a pixel, filtered and deflated."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._filter: _Filter = _average
        self._until_trial = 0  # bands

    def stream(self, bands: Iterator[Pixels], going: Callable[[], None]) -> Iterator[bytes]:
        """The picture's zlib stream in parts. `bands` as _bands gives them."""
        checksum = 1
        yield _HEADER
        for band in bands:
            going()
            filtered, segment = self._deflated(band)
            checksum = isal_zlib.adler32(filtered, checksum)
            yield segment
        yield _LAST_BLOCK + struct.pack(">I", checksum)

    def _deflated(self, band: Pixels) -> tuple[Pixels, bytes]:
        """What was deflated, and what it became."""
        if not cv2.countNonZero(band[1:]):
            return _blank((len(band) - 1) * (band.shape[1] + 1))
        filtered = self._best_filter(band)(band, self._channels)
        segment = _fast(filtered)
        if _is_flat(filtered, len(segment)):
            segment = min(segment, _small(filtered), key=len)
        return filtered, segment

    def _best_filter(self, band: Pixels) -> _Filter:
        if not self._until_trial:
            sample = _middle(band, max(_SAMPLE_BYTES // band.shape[1], 1))
            self._filter = min(_FILTERS, key=lambda each: len(_fast(each(sample, self._channels))))
            self._until_trial = _TRIAL
        self._until_trial -= 1
        return self._filter


def _middle(band: Pixels, rows: int) -> Pixels:
    top = max(len(band) - 1 - rows, 0) // 2
    return band[top : top + rows + 1]


def _up(band: Pixels, channels: int) -> Pixels:
    """Each byte less the one above it."""
    filtered = _rows(band, 2)
    np.subtract(band[1:], band[:-1], out=filtered[:, 1:])
    return filtered


def _sub(band: Pixels, channels: int) -> Pixels:
    """Each byte less the one to the left of it."""
    filtered = _rows(band, 1)
    row, result = band[1:], filtered[:, 1:]
    result[:, :channels] = row[:, :channels]
    np.subtract(row[:, channels:], row[:, :-channels], out=result[:, channels:])
    return filtered


def _average(band: Pixels, channels: int) -> Pixels:
    """Each byte less the mean, rounded down, of the one to the left of it and the one above it."""
    filtered = _rows(band, 3)
    row, above, result = band[1:], band[:-1], filtered[:, 1:]
    np.subtract(row[:, :channels], above[:, :channels] >> 1, out=result[:, :channels])
    if row.shape[1] > channels:  # OpenCV rounds to the nearest; less a quarter, that is down
        mean = cv2.addWeighted(row[:, :-channels], 0.5, above[:, channels:], 0.5, -0.25)
        np.subtract(row[:, channels:], mean, out=result[:, channels:])
    return filtered


_FILTERS: Final = (_average, _up, _sub)


def _rows(band: Pixels, number: int) -> Pixels:
    filtered = np.empty((len(band) - 1, band.shape[1] + 1), np.uint8)
    filtered[:, 0] = number
    return filtered


def _is_flat(filtered: Pixels, deflated: int) -> bool:
    """Whether zlib, though slower, is worth trying: where little changes (masks, logos) or what changes repeats (text).

    ISA-L is long-winded there, a byte for 258 zeros; on photographs it needs over half a byte for each that isn't 0.
    """
    busy = cv2.countNonZero(filtered)
    return deflated < filtered.size / 8 and (busy < filtered.size / 16 or deflated < busy / 2)


def _fast(data: Pixels) -> bytes:
    deflate = isal_zlib.compressobj(2, isal_zlib.DEFLATED, -15)
    return deflate.compress(data) + deflate.flush(isal_zlib.Z_SYNC_FLUSH)


def _small(data: Pixels) -> bytes:
    deflate = zlib.compressobj(6, zlib.DEFLATED, -15, 9)
    return deflate.compress(data.data) + deflate.flush(zlib.Z_SYNC_FLUSH)


@lru_cache(maxsize=8)
def _blank(size: int) -> tuple[Pixels, bytes]:
    """Transparent rows of `size` bytes in all, and what they are deflated to: with filter type 0 they are all zeros."""
    zeros = np.zeros(size, np.uint8)
    return zeros, _small(zeros)
