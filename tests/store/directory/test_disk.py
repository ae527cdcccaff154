"""Objects on a disk."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.directory import DirectoryStore
from tests.store.directory.folder import LATER, TEXT, body, opened, path, put


def test_a_long_head_is_read(store: DirectoryStore) -> None:
    metadata = {f"key{number}": "x" * 500 for number in range(20)}
    made = asyncio.run(store.put("a", b"body", media_type=TEXT, metadata=metadata))
    assert asyncio.run(store.head("a")) == made


def test_what_would_not_be_read_again_is_not_taken(store: DirectoryStore) -> None:
    with pytest.raises(ValueError, match="metadata"):
        asyncio.run(store.put("a", b"", media_type=TEXT, metadata={"key": "x" * 70_000}))
    with pytest.raises(ValueError, match="zone"):
        put(store, "a", expires=datetime(2100, 1, 1))
    assert asyncio.run(store.head("a")) is None


def test_other_users_of_the_machine_see_no_picture(tmp_path: Path) -> None:
    before = os.umask(0o022)
    try:
        store = opened(tmp_path / "store")
        put(store, "sessions/pictures/a")
        store.close()
    finally:
        os.umask(before)
    for folder in ("objects", "tmp", "locks"):
        assert (tmp_path / "store" / folder).stat().st_mode & 0o077 == 0


def fill_bytes(folder: Path) -> None:
    with (folder / "other").open("wb", buffering=0) as other, suppress(OSError):
        while other.write(bytes(4096)):
            pass


def fill_files(folder: Path) -> None:
    with suppress(OSError):
        for number in count():
            (folder / str(number)).touch()


@pytest.mark.parametrize("fill", [fill_bytes, fill_files], ids=["no bytes", "no files"])
def test_a_store_on_a_full_disk_starts_again_and_is_cleared(small: Path, fill: Callable[[Path], None]) -> None:
    store = opened(small)
    put(store, "kept/one", expires=LATER)
    put(store, "kept/two")
    store.close()
    fill(small)
    again = opened(small)
    assert body(again, "kept/one") == b"body"
    with pytest.raises(StoreUnavailable, match="full"):
        put(again, "kept/three")
    assert asyncio.run(again.delete("kept/two"))
    assert not path(small, "kept/two").exists()
    put(again, "kept/three")
    again.close()


def test_use_is_noted_of_the_cache_alone(store: DirectoryStore, root: Path) -> None:
    for name in ("cache/a", "kept/a"):
        put(store, name)
        os.utime(path(root, name), (1_000_000,) * 2)
        assert body(store, name) == b"body"
    assert path(root, "cache/a").stat().st_mtime > 1_000_000
    assert path(root, "kept/a").stat().st_mtime == 1_000_000
