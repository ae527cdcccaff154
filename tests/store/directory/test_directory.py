"""A store in a folder: disks that are full, read-only or hang, and its end."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.errors import StoreUnavailable
from gateway.store.directory import DirectoryStore
from gateway.store.errors import StoreError
from tests.store.directory.folder import body, opened, path, put


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
    put(store, "kept/two")
    path(small, "kept/two").write_bytes(b"damaged")
    subprocess.run(["mount", "-o", "remount,ro", small], check=True)
    with pytest.raises(StoreUnavailable, match="cannot be written"):
        put(store, "kept/three")
    assert body(store, "kept/one") == b"there"
    assert body(store, "kept/two") is None
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


def test_a_disk_that_hangs_is_given_up(store: DirectoryStore) -> None:
    async def scenario() -> None:
        gates = [asyncio.create_task(store._threads.run(time.sleep, 0.5)) for _ in range(4)]
        calls = [asyncio.create_task(store.get("a")) for _ in range(300)]
        results = await asyncio.gather(*calls, return_exceptions=True)
        await asyncio.gather(*gates)
        assert sum(isinstance(each, StoreUnavailable) for each in results) == 300 - 252  # four are asleep

    asyncio.run(scenario())


def hangs(root: Path, name: str) -> Path:
    """Whoever reads that object waits until somebody opens its file to write into it."""
    path(root, name).parent.mkdir(exist_ok=True)
    os.mkfifo(path(root, name))
    return path(root, name)


async def given_up(store: DirectoryStore, name: str) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await store.get(name)


def test_close_waits_for_no_disk_that_hangs(root: Path) -> None:
    store = opened(root)
    file = hangs(root, "kept/a")
    asyncio.run(given_up(store, "kept/a"))
    begin = time.monotonic()
    with capture_logs() as logs:
        store.close(0.2)
    assert time.monotonic() - begin < 3
    assert [each["calls"] for each in logs] == [1]
    file.open("wb").close()


HANGING = """
import asyncio, sys
from pathlib import Path
from gateway.store.directory import DirectoryStore

async def main(root):
    store = DirectoryStore(Path(root), 10**9)
    store.open()
    try:
        await asyncio.wait_for(store.get("kept/a"), 0.05)
    except TimeoutError:
        store.close(0.05)

asyncio.run(main(sys.argv[1]))
"""


def test_a_process_ends_while_its_disk_hangs(root: Path) -> None:
    opened(root).close()
    hangs(root, "kept/a")
    process = subprocess.run([sys.executable, "-c", HANGING, root], cwd=Path.cwd(), timeout=30, check=True)
    assert process.returncode == 0
