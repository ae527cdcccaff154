"""A store in a folder: what can happen to folders and to those who write into them."""

import asyncio
import fcntl
import gc
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.errors import StoreUnavailable
from gateway.store.directory import DirectoryStore
from gateway.store.errors import StoreError
from gateway.store.store import Info, Object
from gateway.store.threads import Threads

TEXT = "text/plain"
LATER = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "store"


@pytest.fixture
def store(root: Path) -> Iterator[DirectoryStore]:
    store = opened(root)
    yield store
    store.close()


def opened(root: Path, cache_bytes: int = 10**9) -> DirectoryStore:
    store = DirectoryStore(root, cache_bytes)
    store.open()
    return store


def put(store: DirectoryStore, name: str, body: bytes = b"body", expires: datetime | None = None) -> Info:
    return asyncio.run(store.put(name, body, media_type=TEXT, expires=expires))


def body(store: DirectoryStore, name: str) -> bytes | None:
    found = asyncio.run(store.get(name))
    return None if found is None else found.body


def path(root: Path, name: str) -> Path:
    return root / "objects" / f"{name}~"


@pytest.mark.parametrize(
    "damage",
    [
        pytest.param(lambda data: data[:-1], id="cut at its end"),
        pytest.param(lambda data: data[:40], id="cut in its head"),
        pytest.param(lambda data: data[:5], id="cut at its begin"),
        pytest.param(lambda data: b"", id="empty"),
        pytest.param(lambda data: data + b"x", id="longer"),
        pytest.param(lambda data: data[:-3] + b"xxx", id="other bytes"),
        pytest.param(lambda data: b"\0" * len(data), id="zeros"),
        pytest.param(lambda data: b"PNG" * 100, id="another file"),
        pytest.param(lambda data: data.replace(b'"name":"a/b"', b'"name":"a/c"'), id="another's"),
        pytest.param(lambda data: data.replace(b'"size"', b'"sise"'), id="no head of ours"),
        pytest.param(lambda data: data[:8] + b"\xff\xff\xff\xff" + data[12:], id="endless head"),
    ],
)
def test_what_is_damaged_is_not_served_and_may_be_replaced(store: DirectoryStore, root: Path, damage) -> None:
    put(store, "a/b", b"body of some length")
    where = path(root, "a/b")
    where.write_bytes(damage(where.read_bytes()))
    assert body(store, "a/b") is None
    if asyncio.run(store.head("a/b")) is None:  # a head that is whole is believed
        asyncio.run(store.put("a/b", b"again", media_type=TEXT, generation=0))
    put(store, "a/b", b"again")
    assert body(store, "a/b") == b"again"


def test_a_long_head_is_read(store: DirectoryStore) -> None:
    metadata = {f"key{number}": "x" * 500 for number in range(20)}
    made = asyncio.run(store.put("a", b"body", media_type=TEXT, metadata=metadata))
    assert asyncio.run(store.head("a")) == made


WRITER = """
import asyncio, sys
from pathlib import Path
from gateway.store.directory import DirectoryStore

async def main(root, run):
    store = DirectoryStore(Path(root), 10**9)
    store.open()
    for number in range(10**6):
        name = f"{'cache' if number % 2 else 'kept'}/{number % 7}"
        await store.put(name, f"{run} {number} ".encode() * 5000, media_type="text/plain")
        print(name, run, number, flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2]))
"""


def test_a_writer_that_is_killed_leaves_everything_whole(root: Path) -> None:
    acknowledged: dict[str, str] = {}
    for run in range(12):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, root, str(run)], stdout=subprocess.PIPE, text=True, cwd=Path.cwd()
        )
        assert process.stdout is not None
        lines = [process.stdout.readline()]
        time.sleep(0.02 + 0.017 * run)
        os.kill(process.pid, signal.SIGKILL)
        lines += process.communicate(timeout=10)[0].splitlines(keepends=True)
        for line in lines:
            if line.endswith("\n"):
                name, of, number = line.split()
                acknowledged[name] = f"{of} {number} "
        store = opened(root)
        for name, text in acknowledged.items():
            found = body(store, name)
            assert found is not None
            there = found.decode().split(" ")
            assert found == f"{there[0]} {there[1]} ".encode() * 5000
            of, number = text.split()
            assert (int(there[0]), int(there[1])) >= (int(of), int(number)), "what was acknowledged is lost"
        store.close()
    assert len(acknowledged) == 14


def test_what_was_left_half_written_is_swept(store: DirectoryStore, root: Path) -> None:
    old, new = root / "tmp" / "old", root / "tmp" / "new"
    for half in (old, new):
        half.write_bytes(b"half")
    os.utime(old, (time.time() - 7200,) * 2)
    put(store, "dead", expires=datetime.now(UTC) + timedelta(seconds=0.05))
    put(store, "live", expires=LATER)
    time.sleep(0.1)
    store._tidied()
    assert (old.exists(), new.exists()) == (False, True)
    assert (path(root, "dead").exists(), path(root, "live").exists()) == (False, True)


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


def test_all_processes_share_a_secret(root: Path) -> None:
    secrets = {opened(root).secret for _ in range(3)}
    assert len(secrets) == 1
    assert len(secrets.pop()) == 32
    assert (root / "secret").stat().st_mode & 0o777 == 0o600


def test_the_cache_is_bounded_and_the_oldest_goes_first(root: Path) -> None:
    store = opened(root, cache_bytes=100_000)
    for number in range(20):
        put(store, f"cache/{number:02}", bytes(10_000))
        os.utime(path(root, f"cache/{number:02}"), (1_000_000 + number,) * 2)
    put(store, "kept/forever", bytes(500_000))
    assert body(store, "cache/03") is not None  # used again
    assert store.evict() > 0
    left = [info.name for info in asyncio.run(store.list("cache/"))]
    assert left == ["cache/03", *[f"cache/{number:02}" for number in range(13, 20)]]
    assert body(store, "kept/forever") == bytes(500_000)
    assert store.evict() == 0
    store.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of two megabytes of its own."""
    where = tmp_path / "disk"
    where.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", where], check=True)
    yield where
    subprocess.run(["umount", where], check=True)


def test_a_full_disk_refuses_and_keeps_what_is_there(small: Path) -> None:
    store = opened(small)
    put(store, "kept/one", bytes(1_500_000))
    with pytest.raises(StoreUnavailable, match="full"):
        put(store, "kept/two", bytes(1_500_000))
    assert body(store, "kept/one") == bytes(1_500_000)
    assert body(store, "kept/two") is None
    assert list((small / "tmp").iterdir()) == []
    put(store, "kept/three", bytes(100_000))
    store.close()


def test_a_full_disk_makes_room_of_the_cache(small: Path) -> None:
    store = opened(small)
    for number in range(15):
        put(store, f"cache/{number:02}", bytes(100_000))
        os.utime(path(small, f"cache/{number:02}"), (1_000_000 + number,) * 2)
    put(store, "kept/picture", bytes(1_000_000))
    assert body(store, "kept/picture") == bytes(1_000_000)
    assert body(store, "cache/00") is None
    assert body(store, "cache/14") is not None
    store.close()


def test_a_disk_that_became_read_only(small: Path) -> None:
    store = opened(small)
    put(store, "kept/one", b"there")
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        put(store, "kept/two")
    assert body(store, "kept/one") == b"there"
    with pytest.raises(StoreError, match="Read-only"):
        opened(small)
    store.close()


@pytest.mark.parametrize("kind", ["missing parent", "a file"])
def test_a_folder_that_cannot_be_used_is_named(tmp_path: Path, kind: str) -> None:
    where = tmp_path / "a" / "b" / "c"
    if kind == "a file":
        where = tmp_path / "file"
        where.write_bytes(b"")
    with pytest.raises(StoreError, match=str(where)):
        opened(where)


def test_a_disk_that_hangs_is_given_up(store: DirectoryStore, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario() -> None:
        gates = [asyncio.create_task(store._threads.run(time.sleep, 0.5)) for _ in range(4)]
        calls = [asyncio.create_task(store.get("a")) for _ in range(300)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.gather(*gates)
        assert sum(isinstance(each, StoreUnavailable) for each in results) == 300 - 252  # four are asleep

    asyncio.run(scenario())


@pytest.mark.parametrize("name", [".a~.swp", "a b", "lost+found/b~", "b", "a~"], ids=repr)
def test_what_is_others_is_passed_over(store: DirectoryStore, root: Path, name: str) -> None:
    put(store, "x/b")
    put(store, "dead", expires=datetime(2020, 1, 1, tzinfo=UTC))
    foreign = root / "objects" / "x" / name
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_bytes(b"foreign")
    assert [info.name for info in asyncio.run(store.list(""))] == ["x/b"]
    store._tidied()
    assert not path(root, "dead").exists()


@pytest.mark.parametrize("prefix", ["../", "../../etc/", "/etc/", "a//"])
def test_a_prefix_leads_nowhere_else(store: DirectoryStore, prefix: str) -> None:
    with pytest.raises(ValueError, match="no object's name"):
        asyncio.run(store.list(prefix))


looked_into: list[str] = []
sys.addaudithook(lambda event, args: looked_into.append(str(args[0])) if event == "os.scandir" else None)


def test_only_folders_that_can_hold_a_name_are_looked_into(store: DirectoryStore, root: Path) -> None:
    for name in ("s/1/a", "s/2/a", "s/20/a", "s/3/a"):
        put(store, name)
    for options, folders in (
        ({"prefix": "s/2"}, ["s", "s/2", "s/20"]),
        ({"prefix": "s/", "after": "s/2/a"}, ["s", "s/2", "s/20", "s/3"]),
        ({"prefix": "s/3/"}, ["s/3"]),
    ):
        looked_into.clear()
        asyncio.run(store.list(**options))
        assert [each.split("/objects/")[1] for each in looked_into if "/objects/" in each] == folders


def test_empty_folders_are_swept(store: DirectoryStore, root: Path) -> None:
    put(store, "a/b/c")
    put(store, "a/kept")
    asyncio.run(store.delete("a/b/c"))
    store._tidied()
    assert sorted(each.name for each in (root / "objects" / "a").iterdir()) == ["kept~"]
    put(store, "a/b/c")
    assert body(store, "a/b/c") == b"body"


def test_a_damaged_secret_ends_the_start(root: Path) -> None:
    opened(root)
    (root / "secret").write_bytes(b"")
    with pytest.raises(StoreError, match="secret is damaged"):
        opened(root)


def test_a_store_on_a_full_disk_starts_again(small: Path) -> None:
    store = opened(small)
    put(store, "kept/one")
    with (small / "other").open("wb", buffering=0) as other, suppress(OSError):
        while other.write(bytes(4096)):
            pass
    again = opened(small)
    assert body(again, "kept/one") == b"body"
    with pytest.raises(StoreUnavailable, match="full"):
        put(again, "kept/two")


def test_what_would_not_be_read_again_is_not_taken(store: DirectoryStore) -> None:
    with pytest.raises(ValueError, match="metadata"):
        asyncio.run(store.put("a", b"", media_type=TEXT, metadata={"key": "x" * 70_000}))
    with pytest.raises(ValueError, match="zone"):
        put(store, "a", expires=datetime(2100, 1, 1))
    assert asyncio.run(store.head("a")) is None


def test_a_lock_that_is_never_given_back(store: DirectoryStore, root: Path) -> None:
    put(store, "kept/a")
    held = []
    for lock in (root / "locks").iterdir():
        held.append(os.open(lock, os.O_RDWR))
        fcntl.flock(held[-1], fcntl.LOCK_EX)

    async def scenario() -> Object | None:
        writes = [asyncio.create_task(store.put("kept/a", b"new", media_type=TEXT)) for _ in range(8)]
        await asyncio.sleep(0.1)
        found = await store.get("kept/a")
        for descriptor in held:
            os.close(descriptor)
        await asyncio.gather(*writes)
        return found

    found = asyncio.run(scenario())
    assert found is not None
    assert found.body == b"body"
    assert body(store, "kept/a") == b"new"


def test_calls_that_hang_keep_their_places(caplog: pytest.LogCaptureFixture) -> None:
    threads, gate = Threads(1, 3, 0.05), threading.Event()

    async def scenario() -> list[str]:
        told = []
        for _ in range(6):
            with pytest.raises(StoreUnavailable) as refused:
                await threads.run(gate.wait)
            told.append(refused.value.detail)
        gate.set()
        while threads._pool._work_queue.qsize():
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        assert await threads.run(len, b"four") == 4
        return told

    told = asyncio.run(scenario())
    assert ["in time" in each for each in told] == [True] * 3 + [False] * 3
    threads.close()
    gc.collect()
    assert caplog.records == []
