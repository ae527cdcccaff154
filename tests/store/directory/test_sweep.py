"""Rounds through a store's folder."""

import asyncio
import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from structlog.testing import capture_logs

from gateway.store.directory import DirectoryStore
from gateway.store.directory.disk import Disk
from gateway.store.directory.locks import Locks
from gateway.store.directory.sweep import Sweep
from tests.store.directory.folder import LATER, body, opened, path, put

PAST = datetime(2020, 1, 1, tzinfo=UTC)


def sweep(root: Path) -> Sweep:
    done = Sweep(Disk(root), threading.Event())
    done.run()
    return done


def test_what_has_expired_goes(store: DirectoryStore, root: Path) -> None:
    put(store, "dead", expires=PAST)
    put(store, "live", expires=LATER)
    assert sweep(root).removed == 1
    assert (path(root, "dead").exists(), path(root, "live").exists()) == (False, True)


def test_what_was_left_half_written_goes(store: DirectoryStore, root: Path) -> None:
    old, new = root / "tmp" / "old", root / "tmp" / "new"
    for half in (old, new):
        half.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    assert sweep(root).removed == 1
    assert (old.exists(), new.exists()) == (False, True)


def test_empty_folders_go(store: DirectoryStore, root: Path) -> None:
    put(store, "a/b/c")
    put(store, "a/kept")
    asyncio.run(store.delete("a/b/c"))
    sweep(root)
    assert sorted(each.name for each in (root / "objects" / "a").iterdir()) == ["kept~"]
    put(store, "a/b/c")
    assert body(store, "a/b/c") == b"body"


def test_what_is_damaged_is_moved_away(store: DirectoryStore, root: Path) -> None:
    for name in ("kept/a", "cache/a"):
        put(store, name)
        path(root, name).write_bytes(b"damaged")
    assert sweep(root).failed is None
    assert len(list((root / "damaged").iterdir())) == 1
    assert not path(root, "kept/a").exists()
    assert not path(root, "cache/a").exists()


def test_what_somebody_writes_is_left_to_the_next_round(store: DirectoryStore, root: Path) -> None:
    put(store, "dead", expires=PAST)
    with Locks(root / "locks").held("dead"):
        assert sweep(root).removed == 0
    assert sweep(root).removed == 1


class After(threading.Event):
    """Set once it has been asked so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    def is_set(self) -> bool:
        self._times -= 1
        return self._times < 0


def test_it_ends_when_it_is_told(store: DirectoryStore, root: Path) -> None:
    for number in range(10):
        put(store, f"{number}", expires=PAST)
    ended = Sweep(Disk(root), After(3))
    ended.run()
    assert ended.removed == 3
    assert len(list((root / "objects").iterdir())) == 7


def unmovable(root: Path, name: str) -> None:
    path(root, name).write_bytes(b"damaged")
    (root / "damaged").write_bytes(b"a file where the folder was to be")


def test_what_cannot_be_removed_is_passed_over(store: DirectoryStore, root: Path) -> None:
    for name in ("a", "b"):
        put(store, name, expires=PAST)
    unmovable(root, "a")
    done = sweep(root)
    assert isinstance(done.failed, FileExistsError)
    assert not path(root, "b").exists()


def test_what_fails_in_every_round_is_told_once(store: DirectoryStore, root: Path) -> None:
    put(store, "a")
    unmovable(root, "a")

    async def scenario() -> None:
        rounds = asyncio.create_task(store.keep_tidy(0.001))
        for name in ("b", "c", "d"):
            await store.put(name, b"", media_type="text/plain", expires=PAST)
            while path(root, name).exists():
                await asyncio.sleep(0.001)
        rounds.cancel()

    with capture_logs() as logs:
        asyncio.run(scenario())
    assert [each["event"] for each in logs].count("the store was not tidied") == 1


def test_it_ends_with_the_store(root: Path) -> None:
    store = opened(root)
    for number in range(3_000):
        path(root, f"{number:04}").write_bytes(b"damaged")

    async def scenario() -> None:
        rounds = asyncio.create_task(store.keep_tidy())
        while path(root, "0000").exists():
            await asyncio.sleep(0.001)
        rounds.cancel()

    with capture_logs():
        asyncio.run(scenario())
        store.close()
    assert not any(thread.is_alive() for thread in store._tidier._threads)
    assert path(root, "2999").exists()
