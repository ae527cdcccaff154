"""The file of keys: written whole, read anew, never lost."""

import os
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import pytest

from gateway.keys.file import KeysError, WatchedRing, changing, read

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def add(path: Path, name: str = "n") -> str:
    with changing(path) as change:
        change.ring, made = change.ring.created(name, ("process",), (), None, NOW)
    return made.text


def test_a_file_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    text = add(tmp_path / "keys.json")
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600
    assert read(tmp_path / "keys.json").judge(text, NOW).name == "n"


def _add_many(path: Path) -> None:
    for _ in range(10):
        add(path)


def test_two_writers_lose_nothing(tmp_path: Path) -> None:
    writers = [get_context("spawn").Process(target=_add_many, args=(tmp_path / "keys.json",)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert len(read(tmp_path / "keys.json").keys) == 20


def test_a_change_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    add(path)
    before = path.read_bytes()
    with pytest.raises(ZeroDivisionError), changing(path):
        raise ZeroDivisionError
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"keys": [{}]}', b'{"kays": []}', b"\xff", b'{"keys": [{"id": "../../etc"}]}'],
    ids=repr,
)
def test_what_is_no_file_of_keys_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "keys.json"
    path.write_bytes(content)
    with pytest.raises(KeysError, match=r"keys\.json: is not a file of keys"):
        WatchedRing(path)


def test_no_file_at_all(tmp_path: Path) -> None:
    with pytest.raises(KeysError, match="keys create"):
        WatchedRing(tmp_path / "keys.json")
    with pytest.raises(KeysError, match="cannot be"):
        add(tmp_path / "nowhere" / "keys.json")


def test_a_running_service_sees_a_change_and_survives_a_broken_one(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    add(path)
    watched = WatchedRing(path)
    text = add(path)
    watched.refresh()
    assert watched.ring.judge(text, NOW)
    path.write_text("{")
    watched.refresh()
    assert watched.ring.judge(text, NOW)
    path.unlink()
    watched.refresh()
    assert watched.ring.judge(text, NOW)
    later = add(path)
    watched.refresh()
    assert [each.id for each in watched.ring.keys] == [later.split("_")[1]]


def test_a_mounted_secret_is_swapped_by_its_link(tmp_path: Path) -> None:
    texts = []
    for version in ("v1", "v2"):
        (tmp_path / version).mkdir()
        texts.append(add(tmp_path / version / "keys.json"))
    (tmp_path / "data").symlink_to("v1")
    (tmp_path / "keys.json").symlink_to("data/keys.json")
    watched = WatchedRing(tmp_path / "keys.json")
    (tmp_path / "new").symlink_to("v2")
    os.replace(tmp_path / "new", tmp_path / "data")  # noqa: PTH105 - as kubelet does it
    watched.refresh()
    assert watched.ring.judge(texts[1], NOW)
