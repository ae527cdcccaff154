"""Who may replace what: between threads, between processes, and where somebody never gives a lock back."""

import asyncio
import fcntl
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.store.directory import DirectoryStore
from gateway.store.directory.locks import Locks
from gateway.store.store import Object
from tests.store.directory.folder import TEXT, body, put

COUNTER = """
import asyncio, sys
from pathlib import Path
from gateway.store.directory import DirectoryStore
from gateway.store.store import Changed

async def main(root):
    store = DirectoryStore(Path(root), 10**9)
    store.open()
    for _ in range(100):
        while True:
            found = await store.get("count")
            body, seen = str(int(found.body) + 1).encode(), found.info.generation
            try:
                await store.put("count", body, media_type="text/plain", generation=seen)
                break
            except Changed:
                pass

asyncio.run(main(sys.argv[1]))
"""


def test_two_processes_lose_no_count(store: DirectoryStore, root: Path) -> None:
    put(store, "count", b"0")
    processes = [subprocess.Popen([sys.executable, "-c", COUNTER, root], cwd=Path.cwd()) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert body(store, "count") == b"200"


@contextmanager
def all_held(root: Path) -> Iterator[None]:
    held = [os.open(lock, os.O_RDWR) for lock in (root / "locks").iterdir()]
    for each in held:
        fcntl.flock(each, fcntl.LOCK_EX)
    try:
        yield
    finally:
        for each in held:
            os.close(each)


def test_a_lock_that_is_never_given_back_keeps_no_reader_waiting(store: DirectoryStore, root: Path) -> None:
    put(store, "kept/a")

    async def scenario() -> Object | None:
        with all_held(root):
            writes = [asyncio.create_task(store.put("kept/a", b"new", media_type=TEXT)) for _ in range(8)]
            await asyncio.sleep(0.1)
            found = await store.get("kept/a")
            assert [info.name for info in await store.list("")] == ["kept/a"]
        await asyncio.gather(*writes)
        return found

    found = asyncio.run(scenario())
    assert found is not None
    assert found.body == b"body"
    assert body(store, "kept/a") == b"new"


def test_nor_does_it_where_what_is_read_is_damaged(store: DirectoryStore, root: Path) -> None:
    for name in ("kept/a", "cache/a"):
        put(store, name)
        where = root / "objects" / f"{name}~"
        where.write_bytes(where.read_bytes()[:-1])
        begin = time.monotonic()
        with all_held(root):
            assert body(store, name) is None
        assert time.monotonic() - begin < 4
        assert where.exists()


def test_who_waits_for_a_lock_gives_up(store: DirectoryStore, root: Path) -> None:
    locks = Locks(root / "locks")
    with all_held(root), pytest.raises(TimeoutError, match="somebody else holds a lock"), locks.held("a", seconds=0.02):
        pytest.fail("two have it")
    with locks.held("a", seconds=0):
        pass
