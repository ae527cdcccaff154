"""The cap on the cache."""

import asyncio
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from structlog.testing import capture_logs

from gateway.store.directory.disk import Disk
from gateway.store.directory.eviction import Eviction
from gateway.store.directory.locks import Locks
from tests.store.directory.folder import body, names, opened, path, put


def aged(root: Path, name: str, age: int) -> None:
    """As if it had been used last `age` seconds after a day long ago."""
    os.utime(path(root, name), (1_000_000 + age,) * 2)


def held(root: Path) -> int:
    return sum(each.stat().st_size for each in (root / "objects" / "cache").iterdir())


def test_the_cache_is_bounded_and_the_oldest_goes_first(root: Path) -> None:
    store = opened(root)
    for number in range(20):
        put(store, f"cache/{number:02}", bytes(10_000))
        aged(root, f"cache/{number:02}", number)
    put(store, "kept/forever", bytes(500_000))
    assert body(store, "cache/03") is not None  # used again
    eviction = Eviction(Disk(root), 100_000)
    assert eviction.look() == 12
    assert names(store, "cache/") == ["cache/03", *[f"cache/{number:02}" for number in range(13, 20)]]
    assert body(store, "kept/forever") == bytes(500_000)
    assert eviction.look() == 0
    store.close()


def test_between_two_rounds_what_is_written_counts(root: Path) -> None:
    store = opened(root, cache_bytes=100_000)
    for number in range(60):
        put(store, f"cache/{number:02}", bytes(4_000))
        aged(root, f"cache/{number:02}", number)
        assert held(root) <= 115_000
    assert held(root) > 85_000
    assert names(store, "cache/")[-1] == "cache/59"
    store.close()


def test_what_is_no_cache_does_not_count(root: Path) -> None:
    store = opened(root, cache_bytes=10_000)
    put(store, "cache/a", bytes(9_000))
    for number in range(5):
        put(store, f"kept/{number}", bytes(9_000))
    assert len(names(store)) == 6
    store.close()


def test_a_full_disk_makes_room_of_the_cache(small: Path) -> None:
    store = opened(small)
    for number in range(15):
        put(store, f"cache/{number:02}", bytes(100_000))
        aged(small, f"cache/{number:02}", number)
    put(store, "kept/picture", bytes(1_000_000))
    assert body(store, "kept/picture") == bytes(1_000_000)
    assert body(store, "cache/00") is None
    assert body(store, "cache/14") is not None
    store.close()


def test_what_somebody_writes_is_left_alone(root: Path) -> None:
    store = opened(root)
    for name in ("cache/a", "cache/b"):
        put(store, name, bytes(1_000))
    aged(root, "cache/a", 0)
    with Locks(root / "locks").held("cache/a"):
        assert Eviction(Disk(root), 1_500).look() == 1
    assert names(store) == ["cache/a"]
    store.close()


class Unreadable(Disk):
    """Objects can be read and written, folders cannot be."""

    def files(self, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
        raise OSError(errno.EIO, "Input/output error")


def test_what_was_written_is_there_even_where_nothing_can_be_evicted(root: Path) -> None:
    eviction = Eviction(Unreadable(root), 1_000)
    with capture_logs() as logs:
        eviction.count(1_000)
    assert [each["reason"] for each in logs] == ["Input/output error"]


def test_many_who_write_at_once(root: Path) -> None:
    store = opened(root, cache_bytes=50_000)

    async def scenario() -> None:
        await asyncio.gather(*(store.put(f"cache/{n:03}", bytes(2_000), media_type="text/plain") for n in range(100)))

    asyncio.run(scenario())
    assert held(root) <= 50_000 + 5_000 + 4 * 3_000
    store.close()
