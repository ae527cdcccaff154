"""Numbers of few bits, one after the other, the lowest bit of each first."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

_WORD: Final = 32


class Bits:
    """A growing sequence of bits."""

    def __init__(self) -> None:
        self._whole = bytearray()
        self._rest = 0  # what doesn't fill a word
        self._used = 0  # bits of it

    def put(self, value: int, width: int) -> None:
        """Appends one number of up to 32 bits."""
        self._rest |= value << self._used
        self._used += width
        if self._used >= _WORD:
            self._whole += (self._rest & 0xFFFFFFFF).to_bytes(_WORD // 8, "little")
            self._rest >>= _WORD
            self._used -= _WORD

    def extend(self, values: NDArray[np.uint64], widths: NDArray[np.int64]) -> None:
        """Appends numbers of up to 32 bits each."""
        ends = self._used + np.cumsum(widths)
        starts = ends - widths
        shifted = values << (starts % _WORD).astype(np.uint64)
        first, count = starts // _WORD, int(ends[-1]) // _WORD + 1
        # No two numbers have a bit in common: their sum, exact in a double, is what either has.
        low = np.bincount(first, shifted & np.uint64(0xFFFFFFFF), count + 1)
        high = np.bincount(first + 1, shifted >> np.uint64(_WORD), count + 1)
        words = (low + high).astype("<u4")
        words[0] |= self._rest
        self._whole += words[: count - 1].tobytes()
        self._rest, self._used = int(words[count - 1]), int(ends[-1]) % _WORD

    def to_bytes(self) -> bytes:
        """All of it, the last byte filled with zeros."""
        return bytes(self._whole) + self._rest.to_bytes(_WORD // 8, "little")[: -(-self._used // 8)]
