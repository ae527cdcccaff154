"""The first process: how long it goes on for those who are connected, and what it says at the end."""

import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.triton.supervision import has_clients
from tests.conftest import ROOT

SCRIPT = """
import sys
from pathlib import Path
from deploy.triton.supervision import supervise
needed = Path(sys.argv[1])
sys.exit(supervise(sys.argv[3:], {"PATH": "/usr/bin:/bin"}, float(sys.argv[2]), needed.exists))
"""
TRAP = "trap 'echo told; exit 3' TERM; echo up; while :; do sleep 0.05; done"


def started(needed: Path, linger: float, *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, needed, str(linger), *command], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize(
    ("command", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -KILL $$", 137)], ids=["done", "failed", "killed"]
)
def test_its_end_is_the_child_s(tmp_path: Path, command: str, code: int) -> None:
    with started(tmp_path / "none", 5, "sh", "-c", command) as process:
        assert process.wait(10) == code


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path, "1", "no-such-program"], cwd=ROOT, stderr=subprocess.PIPE, text=True
    )
    assert done.returncode == 127
    assert "no-such-program cannot be started" in done.stderr


def test_told_to_stop_it_waits_for_those_who_need_it(tmp_path: Path) -> None:
    needed = tmp_path / "needed"
    needed.touch()
    with started(needed, 60, "sh", "-c", TRAP) as process:
        assert line(process) == "up"
        process.terminate()
        time.sleep(0.5)
        assert process.poll() is None
        needed.unlink()
        assert process.wait(10) == 0
        assert line(process) == "told"


@pytest.mark.parametrize(("linger", "signals"), [(0.3, 1), (60, 2)], ids=["time is up", "told twice"])
def test_it_does_not_wait_for_ever(tmp_path: Path, linger: float, signals: int) -> None:
    with started(tmp_path, linger, "sh", "-c", TRAP) as process:
        assert line(process) == "up"
        for _ in range(signals):
            process.terminate()
            time.sleep(0.3)
        assert process.wait(10) == 0


def test_killed_it_takes_its_child_along(tmp_path: Path) -> None:
    with started(tmp_path, 5, "sh", "-c", TRAP) as process:
        assert line(process) == "up"
        family = psutil.Process(process.pid).children()
        process.kill()
        _, alive = psutil.wait_procs(family, timeout=5)
        assert alive == []


def test_orphans_are_reaped() -> None:
    script = "import os, time; os.fork() or os.fork() or os._exit(0); time.sleep(0.2)"
    with started(Path("/none"), 5, sys.executable, "-c", script) as process:
        assert process.wait(10) == 0


def test_a_client_is_seen_while_it_is_connected() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert not has_clients(port)
        with socket.create_connection(("127.0.0.1", port)):
            assert has_clients(port)
            assert not has_clients(port + 1 if port < 65535 else port - 1)


def test_a_table_that_cannot_be_read_counts_as_a_client(tmp_path: Path) -> None:
    assert has_clients(1, [tmp_path])
    assert not has_clients(1, [tmp_path / "none"])
