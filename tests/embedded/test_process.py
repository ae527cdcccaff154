"""Whatever ends the owner, nothing of Triton stays: no process, and no shared memory after the next start."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from gateway.embedded import rundir

ROOT = Path(__file__).parents[2]
OWNER = Path(__file__).with_name("owner.py")


@contextmanager
def owner(repository: Path, temporary: Path) -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary)}
    command = [sys.executable, str(OWNER), str(repository), "standin"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        try:
            assert process.stdout is not None
            yield process, psutil.Process(int(process.stdout.readline()))
        finally:
            process.kill()


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGKILL"])
def test_no_process_outlives_its_owner(name: str, repository: Path, tmp_path: Path) -> None:
    with owner(repository, tmp_path) as (process, triton):
        family = [triton, *triton.children(recursive=True)]
        assert len(family) == 2, "tritonserver and the stub of its one instance"
        process.send_signal(signal.Signals[name])
        process.wait(10)
        _, alive = psutil.wait_procs(family, timeout=3)
        assert [one for one in alive if one.status() != psutil.STATUS_ZOMBIE] == []


def test_an_owner_that_is_told_to_end_leaves_no_files(repository: Path, tmp_path: Path) -> None:
    with owner(repository, tmp_path) as (process, _):
        [directory] = tmp_path.glob("inspyrenet-triton-*")
        assert list(Path("/dev/shm").glob(f"{directory.name}_*"))
        process.terminate()
        assert process.wait(10) == 0
    assert not directory.exists()
    assert list(Path("/dev/shm").glob(f"{directory.name}_*")) == []


def test_the_next_start_removes_what_a_killed_owner_left(repository: Path, tmp_path: Path) -> None:
    with owner(repository, tmp_path) as (process, triton):
        [directory] = tmp_path.glob("inspyrenet-triton-*")
        family = [triton, *triton.children()]
        process.kill()
        process.wait(10)
        psutil.wait_procs(family, timeout=3)
    assert directory.exists()
    with rundir.run_directory(tmp_path):
        assert not directory.exists()
    assert list(Path("/dev/shm").glob(f"{directory.name}_*")) == []
