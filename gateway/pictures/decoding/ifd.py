"""Directories of tags, as TIFF and EXIF have them (TIFF 6.0; BigTIFF)."""

import struct
from typing import Final, NamedTuple

SIZES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
"""Bytes of a value, by its type."""
_NUMBERS: Final = {1: "B", 3: "H", 4: "I", 16: "Q"}
_MAX_BYTES: Final = 1 << 22  # of a tag's values: more than a profile for printing has
_HEADERS: Final = {b"II*\0": ("<", False), b"MM\0*": (">", False), b"II+\0": ("<", True), b"MM\0+": (">", True)}


class Entry(NamedTuple):
    """A tag's values as bytes in the file's byte order."""

    type: int
    length: int
    data: bytes


class Flavour(NamedTuple):
    """How a file writes numbers: `endian` as struct says it, `big` with addresses of eight bytes."""

    endian: str
    big: bool

    @property
    def address(self) -> struct.Struct:
        return struct.Struct(self.endian + ("Q" if self.big else "I"))

    @property
    def counter(self) -> struct.Struct:
        """Of the entries in a directory."""
        return struct.Struct(self.endian + ("Q" if self.big else "H"))

    @property
    def entry(self) -> struct.Struct:
        """Tag, type, count, and the values or where they are."""
        return struct.Struct(self.endian + ("HHQ8s" if self.big else "HHI4s"))


def flavour(data: bytes) -> Flavour:
    """Raises KeyError where `data` does not begin like a TIFF."""
    return Flavour(*_HEADERS[data[:4]])


def first_directory(data: bytes, wanted: frozenset[int]) -> dict[int, Entry]:
    """The `wanted` tags of the first directory, each as it is first named.

    Without content where that is not inside `data`, or more than any picture needs.

    Raises KeyError, struct.error where there is no directory.
    """
    kind = flavour(data)
    [start] = kind.address.unpack_from(data, 8 if kind.big else 4)
    [count] = kind.counter.unpack_from(data, start)
    first = start + kind.counter.size
    entries = {}
    for position in range(first, first + min(count, 4096) * kind.entry.size, kind.entry.size):
        tag, of, length, field = kind.entry.unpack_from(data, position)
        if tag in wanted and tag not in entries:
            entries[tag] = Entry(of, length, _values(data, kind, SIZES.get(of, 0) * length, field))
    return entries


def _values(data: bytes, kind: Flavour, size: int, field: bytes) -> bytes:
    if size <= len(field):
        return field[:size]
    [start] = kind.address.unpack(field)
    return data[start : start + size] if size <= _MAX_BYTES and start + size <= len(data) else b""


def first(entry: Entry, kind: Flavour) -> int:
    """An entry's first value, a whole number without sign. Raises KeyError for others, struct.error where it is missing."""
    return int(struct.unpack_from(kind.endian + _NUMBERS[entry.type], entry.data)[0])


def numbers(entry: Entry, kind: Flavour) -> tuple[int, ...]:
    """An entry's values, whole numbers without sign. Raises KeyError for others, struct.error where they are missing."""
    return struct.unpack(f"{kind.endian}{entry.length}{_NUMBERS[entry.type]}", entry.data)
