"""WebP's lossless coding of one plane of bytes: a cut-out's alpha, or a grey picture.

The format is RFC 9649's: prediction from three neighbours (for alpha the gradient filter, for pictures the predictor
transform's mode 12, which is the same), then runs of equal residuals and one prefix code. Masks are flat but for their
edges, so this takes a fraction of libwebp's time at its fastest, and fewer bytes.
"""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from gateway.pictures.encoding.bits import Bits
from gateway.pictures.encoding.prefix_code import LONGEST, code_lengths, codes
from gateway.pictures.picture import Pixels

_BAND: Final = 1 << 17  # pixels
_LONGEST_RUN: Final = 4096
_SHORTEST_RUN: Final = 3
_LITERALS: Final = 256
_SYMBOLS: Final = _LITERALS + 24  # and the lengths of runs
_GRADIENT: Final = 12
_SUBTRACT_GREEN: Final = 2
_LENGTH_SYMBOLS: Final = (17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)  # the format's order


class _Tokens(NamedTuple):
    """What a band becomes: `symbols` of the prefix code, and each one's `runs`: a length, 0 where it is a literal."""

    symbols: NDArray[np.uint16]
    runs: NDArray[np.uint16]


def alpha_chunk(alpha: Pixels, going: Callable[[], None]) -> bytes:
    """The payload of an ALPH chunk, lossless: `alpha` uint8 (H, W), of any strides."""
    bits = Bits()
    bits.put(0b00_00_11_01, 8)  # no preprocessing, the gradient filter, lossless coding
    bits.put(0, 1)  # no transforms
    _plane(bits, alpha, going)
    return bits.to_bytes()


def grey_chunk(grey: Pixels, going: Callable[[], None]) -> bytes:
    """The payload of a VP8L chunk, a lossless picture: `grey` uint8 (H, W), of any strides."""
    bits = Bits()
    bits.put(0x2F, 8)
    bits.put(grey.shape[1] - 1, 14)
    bits.put(grey.shape[0] - 1, 14)
    bits.put(0, 4)  # no alpha, version 0
    bits.put(1 | _SUBTRACT_GREEN << 1, 3)  # red and blue become 0
    bits.put(1 | 0 << 1, 3)  # prediction, its modes in a picture of their own: one pixel for 512 × 512
    bits.put(7, 3)
    bits.put(0, 1)  # no colour cache
    _only_symbol(bits, _GRADIENT)
    _other_channels(bits)
    bits.put(0, 1)  # no more transforms
    _plane(bits, grey, going)
    return bits.to_bytes()


def _plane(bits: Bits, plane: Pixels, going: Callable[[], None]) -> None:
    bands = []
    counts = np.zeros(_SYMBOLS, np.int64)
    for residuals in _residuals(plane):
        going()
        bands.append(_tokens(residuals))
        counts += np.bincount(bands[-1].symbols, minlength=_SYMBOLS)
    bits.put(0, 2)  # no colour cache, one group of codes
    lengths = code_lengths(counts.tolist())
    _code(bits, lengths, int(counts.argmax()))
    _other_channels(bits)
    _coded(bits, bands, lengths)


def _residuals(plane: Pixels) -> Iterator[Pixels]:
    """Each byte less what its left, upper and upper left neighbours foretell, flat, a band at a time."""
    height, width = plane.shape
    rows = max(_BAND // width, 1)
    above = np.zeros(width + 1, np.uint8)  # the first byte has zeros around it
    for top in range(0, height, rows):
        near = np.zeros((min(rows, height - top) + 1, width + 1), np.uint8)
        near[0] = above
        near[1:, 1:] = plane[top : top + rows]
        corner, upper, left = near[:-1, :-1], near[:-1, 1:], near[1:, :-1]
        foretold = cv2.subtract(cv2.add(left, cv2.subtract(upper, corner)), cv2.subtract(corner, upper))
        yield np.subtract(near[1:, 1:], foretold).reshape(-1)
        above = near[-1]


def _tokens(residuals: Pixels) -> _Tokens:
    """A run is a literal, and how often it is repeated."""
    starts = np.append(0, np.flatnonzero(residuals[1:] != residuals[:-1]) + 1)
    repeats = np.diff(starts, append=residuals.size) - 1
    copied = repeats >= _SHORTEST_RUN
    tokens = 1 + np.where(copied, -(-repeats // _LONGEST_RUN), repeats)
    run = np.repeat(np.arange(starts.size), tokens)
    place = np.arange(run.size) - (np.cumsum(tokens) - tokens)[run]
    left = repeats[run] - (place - 1) * _LONGEST_RUN
    runs = np.where(copied[run] & (place > 0), np.minimum(left, _LONGEST_RUN), 0).astype(np.uint16)
    symbols = np.where(runs > 0, _LITERALS + _PREFIXES[runs], residuals[starts][run])
    return _Tokens(symbols.astype(np.uint16), runs)


def _coded(bits: Bits, bands: list[_Tokens], lengths: list[int]) -> None:
    """The tokens, each symbol followed by what its run's prefix leaves open; a run's distance, always 1, takes no bits."""
    width, code = np.array(lengths), np.array(codes(lengths), np.uint64)
    for symbols, runs in bands:
        widths = width[symbols]
        extra = _EXTRA[runs] << widths.astype(np.uint64)
        bits.extend(code[symbols] | extra, widths + _EXTRA_BITS[runs])


def _code(bits: Bits, lengths: list[int], usual: int) -> None:
    """How long each symbol's code is; `usual` is the only symbol if none has a length."""
    if not any(lengths):
        return _only_symbol(bits, usual)
    bits.put(0, 1)  # not the short form
    bits.put(15, 4)  # first the lengths of all 19 codes for lengths
    for symbol in _LENGTH_SYMBOLS:
        bits.put(4 if symbol <= LONGEST else 0, 3)  # so that a length is written in four bits, and none as a repeat
    bits.put(0, 1)  # for all symbols
    for length in lengths:
        bits.put(int(f"{length:04b}"[::-1], 2), 4)


def _only_symbol(bits: Bits, symbol: int) -> None:
    bits.put(0b101, 3)  # the short form, one symbol, of eight bits
    bits.put(symbol, 8)


def _other_channels(bits: Bits) -> None:
    """Red, blue and alpha are 0 throughout, and a run's distance has code 2, the pixel to the left."""
    for symbol in (0, 0, 0, 1):
        _only_symbol(bits, symbol)


def _run_codes() -> tuple[NDArray[np.uint16], NDArray[np.uint64], NDArray[np.int64]]:
    """For each length from 0 on: its prefix, the number that follows, and that number's bits."""
    rest = np.maximum(np.arange(_LONGEST_RUN + 1) - 1, 0)
    high = np.frexp(rest)[1] - 1  # the highest bit
    follow = np.where(rest < 4, 0, high - 1).astype(np.int64)
    prefixes = np.where(rest < 4, rest, 2 * high + (rest >> follow & 1))
    return prefixes.astype(np.uint16), (rest & (1 << follow) - 1).astype(np.uint64), follow


_PREFIXES, _EXTRA, _EXTRA_BITS = _run_codes()
