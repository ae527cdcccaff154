"""Inputs made of others: the changes that parsers stumble over."""

import re
from collections.abc import Sequence
from random import Random
from typing import Final

MOST: Final = 32 * 1024
"""Bytes of a mutant; seeds may be longer."""

_NUMBER: Final = re.compile(rb"[0-9]+")
_BYTES: Final = (0, 1, 0x20, 0x22, 0x25, 0x2C, 0x3B, 0x7F, 0x80, 0xFF)
_BITS: Final = (8, 16, 31, 32, 63, 64)
_EDGES: Final = (0, 1, *(2**bits + step for bits in _BITS for step in (-1, 0)))


class Mutator:
    """The same inputs in the same order for the same `seeds`, `words` and state of `random`."""

    def __init__(self, seeds: Sequence[bytes], words: Sequence[bytes], random: Random) -> None:
        self._seeds = seeds
        self._words = words or (b"\0",)
        self._random = random

    def mutant(self) -> bytes:
        """One seed, changed in one to eight ways."""
        data = bytearray(self._random.choice(self._seeds))
        for _ in range(2 ** self._random.randrange(4)):
            self._random.choice(self._WAYS)(self, data)
        return bytes(data[:MOST])

    def _flip(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)

    def _set(self, data: bytearray) -> None:
        if data:
            data[self._random.randrange(len(data))] = self._random.choice(_BYTES)

    def _cut(self, data: bytearray) -> None:
        del data[self._span(data)]

    def _end(self, data: bytearray) -> None:
        del data[self._place(data) :]

    def _repeat(self, data: bytearray) -> None:
        span = self._span(data)
        data[span.stop : span.stop] = data[span] * self._random.choice((1, 1, 2, 70))

    def _splice(self, data: bytearray) -> None:
        other = self._random.choice(self._seeds)
        data[self._place(data) :] = other[self._place(other) :]

    def _graft(self, data: bytearray) -> None:
        other = self._random.choice(self._seeds)
        data[self._span(data)] = other[self._span(other)]

    def _insert(self, data: bytearray) -> None:
        place = self._place(data)
        data[place:place] = self._random.choice(self._words)

    def _replace(self, data: bytearray) -> None:
        word, place = self._random.choice(self._words), self._place(data)
        data[place : place + len(word)] = word

    def _digits(self, data: bytearray) -> None:
        """A number that is written out becomes one at an edge, or next to itself."""
        found = [*_NUMBER.finditer(data)]
        if found:
            number = self._random.choice(found)
            near = int(number[0][:18]) + self._random.choice((-1, 1))
            data[number.start() : number.end()] = str(self._random.choice((near, *_EDGES))).encode()

    def _binary(self, data: bytearray) -> None:
        """One, two or four bytes become a number at an edge."""
        size, order = self._random.choice((1, 2, 4)), self._random.choice(("big", "little"))
        value = self._random.choice(_EDGES) % 256**size
        place = self._place(data)
        data[place : place + size] = value.to_bytes(size, order)

    def _place(self, data: bytes | bytearray) -> int:
        return self._random.randint(0, len(data))

    def _span(self, data: bytes | bytearray) -> slice:
        """Short ones mostly."""
        start = self._place(data)
        length = self._random.randint(0, len(data) - start)
        return slice(start, start + self._random.choice((min(length, 4), min(length, 32), length)))

    _WAYS: Final = (_flip, _set, _cut, _end, _repeat, _splice, _graft, _insert, _replace, _digits, _binary)
