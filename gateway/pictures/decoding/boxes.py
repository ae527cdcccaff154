"""The boxes of ISO base media files (ISO/IEC 14496-12): where the items and samples of HEIF and AVIF files lie."""

from collections.abc import Iterator
from typing import Final, NamedTuple

_FOLDERS: Final = frozenset((b"meta", b"moov", b"trak", b"mdia", b"minf", b"stbl"))
_MAX: Final = 10_000  # boxes, items, extents: cameras write some hundred


class Box(NamedTuple):
    """`start` and `end` of its content."""

    name: bytes
    start: int
    end: int


class Cursor:
    """Reads numbers one after the other."""

    def __init__(self, data: bytes, position: int) -> None:
        self._data = data
        self._position = position

    def number(self, size: int) -> int:
        self._position += size
        if self._position > len(self._data):
            raise ValueError("beyond the end")
        return int.from_bytes(self._data[self._position - size : self._position])


def boxes(data: bytes) -> Iterator[Box]:
    """All boxes, those inside of others, too, as far as is looked into them."""
    spans = [(0, len(data))]
    for _ in range(_MAX):
        if not spans:
            return
        start, end = spans.pop()
        size, name = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8]
        head = 16 if size == 1 else 8
        if size == 1:
            size = int.from_bytes(data[start + 8 : start + 16])
        stop = end if size == 0 else min(start + size, end)
        if stop < start + head:
            continue
        spans.append((stop, end))
        if name in _FOLDERS:
            spans.append((start + head + (4 if name == b"meta" else 0), stop))
        yield Box(name, start + head, stop)


class _Budget:
    """What all tables of a file together may ask for: items and extents, and bytes put together from several."""

    def __init__(self, size: int) -> None:
        self._entries = _MAX
        self._bytes = size

    def entries(self, count: int) -> int:
        self._entries -= count
        if self._entries < 0:
            raise ValueError("too many")
        return count

    def joined(self, parts: list[memoryview]) -> memoryview:
        self._bytes -= sum(map(len, parts))
        if self._bytes < 0:
            raise ValueError("parts that overlap")
        return memoryview(b"".join(parts))


def contents(data: bytes) -> Iterator[memoryview]:
    """The bytes of each item, and of the file from each chunk of a track's samples on.

    Raises ValueError for tables that make no sense.
    """
    budget = _Budget(len(data))
    found = list(boxes(data))
    inside = next((box.start for box in found if box.name == b"idat"), 0)
    for box in found:
        if box.name == b"iloc":
            yield from _items(data, box, inside, budget)
        elif box.name in (b"stco", b"co64"):
            yield from _chunks(data, box)


def _items(data: bytes, box: Box, inside: int, budget: _Budget) -> Iterator[memoryview]:
    cursor = Cursor(data, box.start)
    version = cursor.number(4) >> 24
    sizes = cursor.number(2)
    offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    for _ in range(budget.entries(cursor.number(4 if version == 2 else 2))):
        cursor.number(4 if version == 2 else 2)
        method = cursor.number(2) & 15 if version else 0
        cursor.number(2)
        base = cursor.number(base_size) + (inside if method == 1 else 0)
        parts = []
        for _ in range(budget.entries(cursor.number(2))):
            cursor.number(index_size if version else 0)
            start = base + cursor.number(offset_size)
            length = cursor.number(length_size)
            parts.append(memoryview(data)[start : start + length if length else len(data)])
        yield parts[0] if len(parts) == 1 else budget.joined(parts)


def _chunks(data: bytes, box: Box) -> Iterator[memoryview]:
    cursor = Cursor(data, box.start + 4)
    for _ in range(min(cursor.number(4), 1)):  # the first frame is in the first chunk
        yield memoryview(data)[cursor.number(8 if box.name == b"co64" else 4) :]
