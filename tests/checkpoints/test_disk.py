"""Room, and one writer at a time."""

import subprocess
import sys

import pytest

from checkpoints import disk
from checkpoints.errors import SpaceError

HOLD = """
import sys
from pathlib import Path
from checkpoints import disk
with disk.locked(Path(sys.argv[1]), waiting=lambda: None):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_room_that_is_not_there_is_said_in_figures(tmp_path):
    disk.require_space(tmp_path, 1, "make room")
    with pytest.raises(
        SpaceError, match=rf"{tmp_path}: 1,000,000,000,000 MB are needed and [\d,]+ MB are free: make room"
    ):
        disk.require_space(tmp_path, 10**18, "make room")


@pytest.mark.parametrize("name", ["file.lock", ""], ids=["file", "folder"])
def test_a_second_process_waits_for_the_first(tmp_path, name):
    path, told = tmp_path / name, []
    command = [sys.executable, "-c", HOLD, path]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "held\n"
        with disk.locked(path, waiting=lambda: (told.append("waits"), first.stdin.close())):
            assert told == ["waits"]
    with disk.locked(path, waiting=lambda: told.append("again")):
        assert told == ["waits"]
