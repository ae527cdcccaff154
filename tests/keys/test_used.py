"""When keys were used last."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from gateway.keys.used import LastUsed, read

FIRST = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now = FIRST

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def test_what_is_written_is_read(keys: Path) -> None:
    clock = Clock()
    used = LastUsed(keys, clock)
    used.note("one")
    clock.now += timedelta(minutes=1)
    used.note("two")
    used.write()
    assert read(keys) == {"one": FIRST, "two": clock.now}
    assert [path.name for path in keys.parent.iterdir()] == ["keys.json.used"]


def test_services_on_one_file_keep_each_other_s(keys: Path) -> None:
    early, late = Clock(), Clock()
    late.now += timedelta(hours=1)
    first, second = LastUsed(keys, early), LastUsed(keys, late)
    first.note("only ours")
    first.note("both")
    second.note("both")
    second.write()
    first.write()
    assert read(keys) == {"only ours": FIRST, "both": late.now}


def test_what_could_not_be_written_is_written_later_and_said_once(keys: Path) -> None:
    used = LastUsed(keys, Clock())
    used.note("one")
    blocked = keys.with_name("keys.json.used")
    blocked.mkdir()
    (blocked / "file").touch()
    with capture_logs() as logs:
        used.write()
        used.write()
    assert len(logs) == 1
    (blocked / "file").unlink()
    blocked.rmdir()
    used.write()
    assert read(keys) == {"one": FIRST}


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"a": 1}'])
def test_damage_is_nothing(keys: Path, damage: bytes) -> None:
    keys.with_name("keys.json.used").write_bytes(damage)
    assert read(keys) == {}
    used = LastUsed(keys, Clock())
    used.note("one")
    used.write()
    assert read(keys) == {"one": FIRST}


def test_nothing_is_written_for_nothing(keys: Path) -> None:
    LastUsed(keys, Clock()).write()
    assert not list(keys.parent.iterdir())
