import subprocess
import time
from pathlib import Path

from gateway.embedded.stubs import dead_stubs


def test_a_child_that_nobody_reaped_is_dead_and_a_running_one_is_not(tmp_path: Path) -> None:
    with subprocess.Popen(
        ["sh", "-c", "sleep 0 & echo $!; exec sleep 60"], stdout=subprocess.PIPE, text=True
    ) as parent:
        try:
            assert parent.stdout is not None
            child = int(parent.stdout.readline())
            assert _within(3, lambda: dead_stubs(parent.pid) == {child})
        finally:
            parent.kill()


def test_a_server_that_is_gone_has_no_dead_stubs(tmp_path: Path) -> None:
    assert dead_stubs(1, proc=tmp_path) == set()


def _within(seconds: float, condition) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()
