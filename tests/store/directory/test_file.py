"""One object as one file; test_quarantine.py damages files in every way."""

import struct
from datetime import UTC, datetime, timedelta

import pytest

from gateway.store.directory.file import Damaged, info, packed, unpacked
from gateway.store.store import Info, Object

NOW = datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC)
INFO = Info("a/b", 4, "image/png", "0" * 64, 7, NOW, NOW + timedelta(days=1), {"text": "Müller, ☃ \n"})


def test_what_is_packed_is_unpacked() -> None:
    data = b"".join(packed(INFO, b"body"))
    assert unpacked("a/b", data) == Object(INFO, b"body")
    assert info("a/b", data[:-4], len(data)) == INFO


def test_a_time_needs_its_zone() -> None:
    data = b"".join(packed(INFO, b"body")).replace(b"2026-01-03T03:04:05.000006Z", b"2026-01-03T03:04:05.0000060")
    with pytest.raises(Damaged, match="zone"):
        unpacked("a/b", data)


@pytest.mark.parametrize("head", [b'{"name":"\xff"}', b'{"x":' + b"[" * 9000], ids=["not UTF-8", "deep"])
def test_a_head_that_cannot_be_read_is_damage(head: bytes) -> None:
    data = struct.pack("<8sII", b"CUTOUT1\n", len(head), 0) + head
    with pytest.raises(Damaged, match="head"):
        unpacked("a/b", data)
