"""Damaged files: never served, out of the way of who writes again, and kept where they cannot be made again."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.store.directory import DirectoryStore
from tests.store.directory.folder import LATER, body, create, names, path, put

DAMAGES = [
    pytest.param(lambda data: data[:-1], id="cut at its end"),
    pytest.param(lambda data: data[:40], id="cut in its head"),
    pytest.param(lambda data: data[:5], id="cut at its begin"),
    pytest.param(lambda data: b"", id="empty"),
    pytest.param(lambda data: data + b"x", id="longer"),
    pytest.param(lambda data: data[:-3] + b"xxx", id="other bytes"),
    pytest.param(lambda data: b"\0" * len(data), id="zeros"),
    pytest.param(lambda data: b"PNG" * 100, id="another file"),
    pytest.param(lambda data: data.replace(b'/b"', b'/c"'), id="another's"),
    pytest.param(lambda data: data.replace(b'"size"', b'"sise"'), id="no head of ours"),
    pytest.param(lambda data: data[:8] + b"\xff\xff\xff\xff" + data[12:], id="endless head"),
]


def damaged(store: DirectoryStore, root: Path, name: str, damage: Callable[[bytes], bytes]) -> bytes:
    """What the file of an object then holds."""
    put(store, name, b"body of some length", expires=LATER)
    data = damage(path(root, name).read_bytes())
    path(root, name).write_bytes(data)
    return data


def flipped(data: bytes) -> bytes:
    """Only who reads the body sees it."""
    return data[:-1] + b"x"


def kept(root: Path) -> list[bytes]:
    return [each.read_bytes() for each in (root / "damaged").glob("*")]


def told(logs: list[Any]) -> list[tuple[str, str]]:
    return [(each["log_level"], each["name"]) for each in logs]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_customer_s_file_is_kept_apart_and_named_once(store: DirectoryStore, root: Path, damage: Any) -> None:
    data = damaged(store, root, "a/b", damage)
    with capture_logs() as logs:
        assert [body(store, "a/b") for _ in range(3)] == [None] * 3
    assert told(logs) == [("error", "a/b")]
    assert Path(logs[0]["file"]).read_bytes() == data
    assert kept(root) == [data]
    assert names(store) == []
    create(store, "a/b", b"again")
    assert body(store, "a/b") == b"again"


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_of_the_cache_is_removed_and_made_again(store: DirectoryStore, root: Path, damage: Any) -> None:
    damaged(store, root, "cache/b", damage)
    with capture_logs() as logs:
        assert [body(store, "cache/b") for _ in range(3)] == [None] * 3
    assert told(logs) == [("warning", "cache/b")]
    create(store, "cache/b", b"again")
    assert body(store, "cache/b") == b"again"
    assert not (root / "damaged").exists()


def test_who_writes_over_it_keeps_it(store: DirectoryStore, root: Path) -> None:
    data = damaged(store, root, "a/b", lambda data: data[:-1])
    assert asyncio.run(store.head("a/b")) is None
    create(store, "a/b", b"again")
    assert body(store, "a/b") == b"again"
    assert kept(root) == [data]


def test_it_is_not_extended(store: DirectoryStore, root: Path) -> None:
    data = damaged(store, root, "a/b", flipped)
    assert asyncio.run(store.extend("a/b", expires=LATER)) is None
    assert kept(root) == [data]


def test_many_who_read_it_at_once(store: DirectoryStore, root: Path) -> None:
    data = damaged(store, root, "a/b", flipped)

    async def scenario() -> list[object]:
        return await asyncio.gather(*(store.get("a/b") for _ in range(20)))

    with capture_logs() as logs:
        assert asyncio.run(scenario()) == [None] * 20
        assert body(store, "a/b") is None  # it may have been left to somebody who only looked
    assert told(logs) == [("error", "a/b")]
    assert kept(root) == [data]


def test_one_that_cannot_be_moved_is_absent_and_named_once(store: DirectoryStore, root: Path) -> None:
    damaged(store, root, "a/b", flipped)
    (root / "damaged").write_bytes(b"a file where the folder was to be")
    with capture_logs() as logs:
        assert [body(store, "a/b") for _ in range(3)] == [None] * 3
    assert told(logs) == [("error", "a/b")]
    assert path(root, "a/b").exists()


def test_the_longest_name_has_room(store: DirectoryStore, root: Path) -> None:
    data = damaged(store, root, "/".join(["long" * 40] * 5), flipped)
    assert body(store, "/".join(["long" * 40] * 5)) is None
    assert kept(root) == [data]
