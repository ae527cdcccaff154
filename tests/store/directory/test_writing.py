"""Files that are there whole or not at all."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from gateway.store.directory.writing import create, write
from tests.store.directory.folder import body, opened

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
    assert not (root / "damaged").exists()


def test_who_comes_second_makes_nothing(tmp_path: Path) -> None:
    tmp = tmp_path / "tmp"
    tmp.mkdir()
    for content in (b"first", b"second"):
        create(tmp_path / "made", content, tmp)
    assert (tmp_path / "made").read_bytes() == b"first"
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o600
    assert list(tmp.iterdir()) == []


def test_what_cannot_be_placed_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "target").mkdir()
    with pytest.raises(IsADirectoryError):
        write(tmp_path / "target", [b"body"], tmp_path / "tmp", durable=tmp_path)
    assert list((tmp_path / "tmp").iterdir()) == []


before_moves: list[Callable[[], object]] = []
sys.addaudithook(lambda event, args: before_moves.pop()() if event == "os.rename" and before_moves else None)


def test_folders_that_are_swept_meanwhile_are_made_again(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    before_moves[:] = [lambda: shutil.rmtree(tmp_path / "a"), lambda: (tmp_path / "a" / "b").rmdir()]
    write(tmp_path / "a" / "b" / "c", [b"body"], tmp_path / "tmp", durable=tmp_path)
    assert (tmp_path / "a" / "b" / "c").read_bytes() == b"body"
    assert before_moves == []
