"""A file in the store's directory; what comes as its head is also read as one of the right length, before a whole body."""

import struct
import zlib
from contextlib import suppress

from gateway.store.directory.file import HEAD_BYTES, Damaged, info, packed, unpacked
from tests.fuzz.target import Target

NAME = "results/a.png"
PREFIX = 16


def run(data: bytes) -> None:
    with suppress(Damaged):
        _require_whole(_framed(data))
    _require_whole(data)


def _framed(data: bytes) -> bytes:
    head, brace, body = data[PREFIX:].rpartition(b"}")
    return struct.pack("<8sII", b"CUTOUT1\n", len(head + brace), zlib.crc32(body)) + head + brace + body


def _require_whole(data: bytes) -> None:
    whole = unpacked(NAME, data)
    assert whole.info.name == NAME and whole.info.size == len(whole.body) < len(data)
    with suppress(Damaged):  # its head may be a long one
        assert info(NAME, data[:HEAD_BYTES], len(data)) == whole.info
    assert whole.info.expires is None or not whole.info.alive(whole.info.expires)
    assert unpacked(NAME, b"".join(packed(whole.info, whole.body))) == whole


TARGET = Target(
    "stored_file",
    run,
    (Damaged,),
    (
        b"CUTOUT1\n",
        b'"name":"results/a.png"',
        b'"size":4',
        b'"generation":1',
        b'"created":"2026-01-01T00:00:00Z"',
        b'"expires":"2026-01-01T00:00:00"',
        b'"expires":null',
        b'"metadata":{"a":"b"}',
        b"+14:00",
        b"0001-01-01T00:00:00",
        b"9999-12-31T23:59:59",
        b'"\\ud800"',
        b"{}",
    ),
)
