"""The facts in an ONNX file, written and read without onnx: `ModelProto.metadata_props`.

A protobuf message is a sequence of fields, and two messages one after the other are their union. So facts are added to a
model by appending bytes, and found by stepping from field to field.
"""

import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from checkpoints.errors import FormatError

_GRAPH, _NAME = 7, 2
_METADATA_PROPS: Final = 14
_KEY, _VALUE = 1, 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types: how a field's length is known."""


def encode(facts: Mapping[str, str]) -> bytes:
    """The bytes that, appended to a serialized ModelProto, add the facts to its metadata."""
    return b"".join(
        _field(_METADATA_PROPS, _field(_KEY, key.encode()) + _field(_VALUE, value.encode()))
        for key, value in facts.items()
    )


def graph_name(name: str) -> bytes:
    """The bytes that, appended to a serialized ModelProto, give its graph this name."""
    return _field(_GRAPH, _field(_NAME, name.encode()))


def read(model: Path) -> dict[str, str]:
    """The facts in an ONNX file; of two with one key, the later. Raises FormatError when it is none."""
    try:
        with model.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            entries = [dict(_fields(entry)) for number, entry in _fields(data) if number == _METADATA_PROPS]
        return {entry[_KEY].decode(): entry[_VALUE].decode() for entry in entries}
    except (IndexError, KeyError, ValueError) as exc:
        raise FormatError(f"{model}: is no ONNX file, or a damaged one") from exc


def _field(number: int, data: bytes) -> bytes:
    return _varint(number << 3 | _BYTES) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    """Seven bits a byte, the lowest first, all but the last with the high bit set."""
    groups = []
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])


def _fields(data: bytes | mmap.mmap) -> Iterator[tuple[int, bytes]]:
    """Number and bytes of each field that has bytes of its own; only those of metadata are copied out of a large file."""
    at = 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        number, kind = tag >> 3, tag & 7
        if kind == _BYTES:
            length, at = _read_varint(data, at)
            if at + length > len(data):
                raise ValueError("a field reaches beyond the end")
            yield number, data[at : at + length] if number in (_KEY, _VALUE, _METADATA_PROPS) else b""
            at += length
        elif kind == _VARINT:
            _, at = _read_varint(data, at)
        elif kind in (_FIXED64, _FIXED32):
            at += 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"wire type {kind}")


def _read_varint(data: bytes | mmap.mmap, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 0x7F) << shift, shift + 7, at + 1
        if byte < 0x80:
            return value, at
