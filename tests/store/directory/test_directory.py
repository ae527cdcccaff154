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


