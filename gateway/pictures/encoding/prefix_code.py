"""Prefix codes: each symbol's bits, from how often it occurs (Huffman 1952; canonical as in RFC 1951, 3.2.2)."""

import heapq
from collections.abc import Sequence
from typing import Final

LONGEST: Final = 15
"""Bits of the longest code."""


def code_lengths(counts: Sequence[int]) -> list[int]:
    """How many bits each symbol gets: 0 where its count is 0 or it is the only one, else up to LONGEST."""
    while max(lengths := _optimal(counts)) > LONGEST:
        counts = [-(-count // 2) for count in counts]  # the rare become less rare
    return lengths


def codes(lengths: Sequence[int]) -> list[int]:
    """The canonical code of each symbol, its first bit the lowest."""
    result, code = [0] * len(lengths), 0
    for length in range(1, LONGEST + 1):
        code <<= 1
        for symbol in (symbol for symbol, each in enumerate(lengths) if each == length):
            result[symbol] = _reversed(code, length)
            code += 1
    return result


def _optimal(counts: Sequence[int]) -> list[int]:
    lengths = [0] * len(counts)
    heap = [(count, symbol, [symbol]) for symbol, count in enumerate(counts) if count]
    heapq.heapify(heap)
    while len(heap) > 1:
        rare, first, some = heapq.heappop(heap)
        less_rare, _, others = heapq.heappop(heap)
        for symbol in some + others:
            lengths[symbol] += 1
        heapq.heappush(heap, (rare + less_rare, first, some + others))
    return lengths


def _reversed(code: int, length: int) -> int:
    return int(f"{code:0{length}b}"[::-1], 2)
