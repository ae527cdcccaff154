"""Where entries go: whole lines, whatever is in them, and no failure where they cannot."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.audit.target import AuditError, Lines, opened

HOSTILE = {"object": 'a\r\nb\x00\x1b[31m"\u2028\u202e\udc80 Bella', "n": 1}


def entries(path: Path) -> list[object]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def test_a_file_is_its_owner_s_alone_and_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    for number in (1, 2):
        opened(str(path))({"n": number})
    assert entries(path) == [{"n": 1}, {"n": 2}]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_nothing_in_an_entry_ends_its_line_or_commands_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    opened(str(path))(HOSTILE)
    assert entries(path) == [HOSTILE]
    assert set(path.read_bytes()) <= {*range(0x20, 0x7F), ord("\n")}


@pytest.mark.parametrize("rotate", [lambda path: path.rename(path.with_suffix(".1")), Path.unlink], ids=["move", "rm"])
def test_a_file_that_was_taken_away_is_made_anew(tmp_path: Path, rotate: Callable[[Path], object]) -> None:
    path = tmp_path / "audit.jsonl"
    write = opened(str(path))
    write({"n": 1})
    rotate(path)
    write({"n": 2})
    assert entries(path) == [{"n": 2}]


def test_standard_error(capfd: pytest.CaptureFixture[str]) -> None:
    opened("stderr")(HOSTILE)
    assert json.loads(capfd.readouterr().err) == HOSTILE


def test_the_log_has_a_time_of_its_own_and_off_is_off() -> None:
    with capture_logs() as lines:
        opened("log")({"time": "now", "action": "access"})
        opened("off")({"action": "access"})
    assert lines == [{"event": "audit", "action": "access", "log_level": "info"}]


class Disk:
    """Takes `room` bytes, and no more."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.held = b""

    def append(self, line: bytes) -> int:
        taken = line[: self.room - len(self.held)]
        self.held += taken
        return len(taken)


def test_a_disk_that_fills_loses_lines_and_joins_none_that_comes_after_to_a_torn_one() -> None:
    disk = Disk(20)
    lines = Lines(disk.append)
    with capture_logs() as log:
        for number in range(5):
            lines.write({"n": number})
        disk.room = 100
        lines.write({"n": 5})
    assert [(each["event"], each["log_level"]) for each in log] == [
        ("the audit log cannot be written", "error"),
        ("the audit log is written again", "warning"),
    ]
    assert lines.lost == log[-1]["lost"] == 3
    assert disk.held == b'{"n": 0}\n{"n": 1}\n{"\n{"n": 5}\n'


def test_a_full_device_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write = opened(str(path))
    path.unlink()
    path.symlink_to("/dev/full")
    with capture_logs() as log:
        write({"n": 1})
        write({"n": 2})
    assert [each["reason"] for each in log] == [os.strerror(28)]


def test_a_pipe_that_nobody_reads_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(AuditError, match=r"CUTOUT_AUDIT: .*pipe cannot be written"):
        opened(str(tmp_path / "pipe"))


def test_what_cannot_be_written_at_the_start_is_said(tmp_path: Path) -> None:
    with pytest.raises(AuditError, match=r"nowhere/audit\.jsonl cannot be written: No such file"):
        opened(str(tmp_path / "nowhere" / "audit.jsonl"))
