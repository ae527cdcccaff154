"""How the items of a HEIF file refer to each other (ISO/IEC 14496-12, 8.11.12), and whether that ends.

A grid is made of other items, and a picture has its alpha in another one; libheif follows both. Where an item leads back to
itself, it waits for itself, for ever.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from gateway.pictures.decoding.boxes import Box, Cursor, boxes

_MAX: Final = 10_000  # references: a phone's picture of 48 megapixels is a grid of some hundred
_MAX_DEPTH: Final = 8  # a grid of pictures with alpha has three


class Reference(NamedTuple):
    kind: bytes
    source: int
    target: int


def require_ends(data: bytes) -> None:
    """Raises ValueError where the decoding of an item would need that item, or more than a picture ever needs."""
    needs: dict[int, set[int]] = defaultdict(set)
    for kind, source, target in references(data):
        if source == target:
            raise ValueError("an item that refers to itself")
        if kind == b"dimg":
            needs[source].add(target)
        elif kind == b"auxl":
            needs[target].add(source)
    waiting, depth = set(needs), 0
    while waiting:
        still = {item for item in waiting if needs[item] & waiting}
        depth += 1
        if still == waiting or depth > _MAX_DEPTH:
            raise ValueError("items that need each other")
        waiting = still


def references(data: bytes) -> Iterator[Reference]:
    """All of them. Raises ValueError for tables that make no sense."""
    left = _MAX
    for box in boxes(data):
        if box.name == b"iref":
            for each in _table(data, box):
                left -= 1
                if left < 0:
                    raise ValueError("too many references")
                yield each


def _table(data: bytes, box: Box) -> Iterator[Reference]:
    size = 4 if data[box.start] else 2
    at = box.start + 4
    while at < box.end:
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        cursor = Cursor(data, at + 8)
        source, count = cursor.number(size), cursor.number(2)
        if length != 8 + size + 2 + count * size:  # libheif reads on behind the last target, whatever the length says
            raise ValueError("a reference of another length than it says")
        for _ in range(count):
            yield Reference(kind, source, cursor.number(size))
        at += length
