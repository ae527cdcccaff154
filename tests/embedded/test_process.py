"""Whatever ends the owner, nothing of Triton stays: no process, and no shared memory after the next start."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from gateway.embedded import rundir

ROOT = Path(__file__).parents[2]
OWNER = Path(__file__).with_name("owner.py")


@contextmanager
def launched(repository: Path, temporary: Path) -> Iterator[subprocess.Popen[str]]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    command = [sys.executable, str(OWNER), str(repository), "standin"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)
            within(5, lambda: not running_below(temporary))
            rundir.sweep(temporary)


@contextmanager
def owner(repository: Path, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    with launched(repository, temporary) as process:
        assert process.stdout is not None
        yield process, psutil.Process(int(process.stdout.readline()))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_no_process_outlives_its_owner(name: str, repository: Path, tmp_path: Path) -> None:
    with owner(repository, tmp_path) as (process, triton):
        assert len(triton.children(recursive=True)) == 1, "the stub of the one instance"
        process.send_signal(signal.Signals[name])
        process.wait(10)
        assert none_left(tmp_path)


def test_a_stub_that_hangs_does_not_outlive_a_killed_owner(repository: Path, tmp_path: Path) -> None:
    with owner(repository, tmp_path) as (process, triton):
        triton.children()[0].suspend()
        process.kill()
        process.wait(10)
        assert none_left(tmp_path)


def test_an_owner_killed_while_triton_starts_leaves_no_process(repository: Path, tmp_path: Path) -> None:
    with launched(repository, tmp_path) as process:
        assert within(10, lambda: len(running_below(tmp_path)) > 1), "Triton beside its owner"
        process.kill()
        process.wait(10)
        assert none_left(tmp_path)


def none_left(temporary: Path) -> bool:
    return within(5, lambda: not running_below(temporary))


def running_below(temporary: Path) -> list[psutil.Process]:
    """Processes with a path below `temporary` on their command line: owner, tritonserver, stub and guard."""
    found = psutil.process_iter(["cmdline"])
    return [process for process in found if any(str(temporary) in word for word in process.info["cmdline"] or ())]


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


def test_an_owner_that_is_told_to_end_leaves_no_files(repository: Path, tmp_path: Path) -> None:
    with owner(repository, tmp_path) as (process, _):
        [directory] = tmp_path.glob("inspyrenet-triton-*")
        assert list(Path("/dev/shm").glob(f"{directory.name}_*"))
        process.terminate()
        assert process.wait(10) == 0
    assert not directory.exists()
    assert list(Path("/dev/shm").glob(f"{directory.name}_*")) == []


def test_the_next_start_removes_what_a_killed_owner_left(repository: Path, tmp_path: Path) -> None:
    with owner(repository, tmp_path) as (process, _):
        [directory] = tmp_path.glob("inspyrenet-triton-*")
        process.kill()
        process.wait(10)
        assert none_left(tmp_path)
        assert directory.exists()
        with rundir.run_directory(tmp_path):
            assert not directory.exists()
        assert list(Path("/dev/shm").glob(f"{directory.name}_*")) == []
