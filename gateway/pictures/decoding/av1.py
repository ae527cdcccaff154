"""How large the pictures in AV1 are by their own account (AV1 Bitstream & Decoding Process Specification, 5.3 and 5.5).

The file around it says a size, too, and the decoder believes the bitstream: what is called 64 × 64 may be 16384 × 16384.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

_SEQUENCE: Final = 1
_MAX_UNITS: Final = 10_000


class _Bits:
    def __init__(self, data: bytes) -> None:
        self._value = int.from_bytes(data)
        self._left = 8 * len(data)

    def take(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            raise ValueError("beyond the end")
        return self._value >> self._left & (1 << count) - 1


def largest(*streams: memoryview) -> int:
    """Pixels of the largest picture that a sequence header in `streams` announces; 0 where there is none.

    A stream that is no AV1 has none. Raises ValueError where a sequence header is cut short, or there is too much else.
    """
    found = 0
    for number, announced in enumerate(chain.from_iterable(map(_units, streams))):
        if number == _MAX_UNITS:
            raise ValueError("too many units")
        found = max(found, announced)
    return found


def _units(stream: memoryview) -> Iterator[int]:
    """For each unit, the pixels that it announces."""
    position = 0
    while unit := _unit(stream, position):
        kind, start, position = unit
        yield _announced(bytes(stream[start : min(position, start + 512)])) if kind == _SEQUENCE else 0


def _unit(stream: memoryview, position: int) -> tuple[int, int, int] | None:
    """The unit at `position`: its kind, and where its content begins and ends. None where none is."""
    head = bytes(stream[position : position + 10])
    if not head or head[0] & 0x81:  # bits that are 0 in any unit
        return None
    kind, extended, sized = head[0] >> 3 & 15, head[0] >> 2 & 1, head[0] >> 1 & 1
    size, start = 0, 1 + extended
    if not sized:
        return kind, position + start, len(stream)
    for shift, byte in enumerate(head[start:]):
        size |= (byte & 127) << 7 * shift
        if byte < 128:
            begin = position + start + shift + 1
            return (kind, begin, begin + size) if begin + size <= len(stream) else None
    return None


def _announced(header: bytes) -> int:
    bits = _Bits(header)
    bits.take(4)
    if bits.take(1):  # a reduced header, for still pictures
        bits.take(5)
    else:
        _skip_timing(bits)
    widths, heights = bits.take(4) + 1, bits.take(4) + 1
    return (bits.take(widths) + 1) * (bits.take(heights) + 1)


def _skip_timing(bits: _Bits) -> None:
    delay_bits = 0
    if bits.take(1):
        delay_bits = _skip_clock(bits)
    initial = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if initial and bits.take(1):
            bits.take(4)


def _skip_clock(bits: _Bits) -> int:
    """Bits that each operating point's delays have; 0 where they have none."""
    bits.take(64)
    if bits.take(1):
        zeros = 0
        while not bits.take(1):
            zeros += 1
            if zeros > 32:
                raise ValueError("a number of more than 32 bits")
        bits.take(zeros)
    if not bits.take(1):
        return 0
    delay_bits = bits.take(5) + 1
    bits.take(42)
    return delay_bits
