"""One object as one file: its head in JSON, then its body. So both are always of the same write."""

import struct
from typing import Final

import msgspec
from isal import isal_zlib

from gateway.store.store import Info, Object

_PREFIX: Final = struct.Struct("<8sII")
"""Magic, length of the head, checksum of the body."""
_MAGIC: Final = b"CUTOUT1\n"
_LONGEST_HEAD: Final = 64 * 1024


class Damaged(Exception):
    """The file is none of ours, or not whole."""


def packed(info: Info, body: bytes) -> tuple[bytes, bytes]:
    """What stands before the body, and the body. Raises ValueError for a head that would not be read again."""
    head = msgspec.json.encode(info)
    if len(head) > _LONGEST_HEAD:
        raise ValueError(f"the metadata of {info.name!r} has {len(head)} bytes; {_LONGEST_HEAD} are allowed")
    return _PREFIX.pack(_MAGIC, len(head), isal_zlib.crc32(body)) + head, body


def info(name: str, start: bytes, size: int) -> Info:
    """What the first bytes of a file of `size` bytes say of object `name`. Raises Damaged."""
    return _parsed(name, start, size)[0]


def unpacked(name: str, data: bytes) -> Object:
    """The object `name` in `data`, a whole file. Raises Damaged."""
    found, begin, checksum = _parsed(name, data, len(data))
    body = data[begin:]
    if isal_zlib.crc32(body) != checksum:
        raise Damaged("its body is not what was written")
    return Object(found, body)


HEAD_BYTES: Final = 4096
"""That nearly every head is shorter than."""


def _parsed(name: str, start: bytes, size: int) -> tuple[Info, int, int]:
    if len(start) < _PREFIX.size:
        raise Damaged("it is too short")
    magic, length, checksum = _PREFIX.unpack_from(start)
    begin = _PREFIX.size + length
    if magic != _MAGIC or length > _LONGEST_HEAD:
        raise Damaged("it is not a store's file")
    if len(start) < begin:
        raise Damaged("its head is not whole")
    try:
        found = msgspec.json.decode(start[_PREFIX.size : begin], type=Info)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        raise Damaged("its head cannot be read") from exc
    if found.name != name or found.size != size - begin:
        raise Damaged("its head is another file's, or its body is not whole")
    if found.expires is not None and found.expires.tzinfo is None:
        raise Damaged("its head has a time without its zone")
    return found, begin, checksum
