"""The file of keys: written whole, read anew, never lost."""

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

import msgspec
import pytest
from structlog.testing import capture_logs

from gateway.errors import KeyUnknown
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


@contextmanager
def no_more_files() -> Iterator[None]:
    """Whoever opens a file is refused, as in a service with too many connections."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    free = os.open(os.devnull, os.O_RDONLY)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_revocation_that_could_not_be_read_at_once_is_read_later(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    text = add(path)
    watched = WatchedRing(path)
    with changing(path) as change:
        change.ring = change.ring.revoked(text.split("_")[1], NOW)
    with no_more_files():
        watched.refresh()
    assert watched.ring.judge(text, NOW)
    watched.refresh()
    with pytest.raises(KeyUnknown):
        watched.ring.judge(text, NOW)


def test_a_broken_file_is_complained_of_once_and_again_after_it_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    add(path)
    whole = path.read_bytes()
    watched = WatchedRing(path)
    with capture_logs() as lines:
        for _ in range(2):
            path.write_text("{")
            for _ in range(3):
                watched.refresh()
            path.write_bytes(whole)
            watched.refresh()
    assert [line["log_level"] for line in lines] == ["error", "info", "error", "info"]


def test_a_file_that_is_away_again_is_complained_of_again(tmp_path: Path) -> None:
    path, away = tmp_path / "keys.json", tmp_path / "away.json"
    add(path)
    watched = WatchedRing(path)
    with capture_logs() as lines:
        for _ in range(2):
            path.rename(away)
            watched.refresh()
            away.rename(path)
            watched.refresh()
    assert [line["log_level"] for line in lines] == ["error", "error"]


def test_a_link_stays_a_link_and_its_file_is_changed(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to("keys.json")
    for path in (tmp_path / "keys.json", tmp_path / "link.json"):
        add(path)
    assert (tmp_path / "link.json").is_symlink()
    assert len(read(tmp_path / "keys.json").keys) == 2


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    """Where others may write beside the file: root's `keys create` would make, or open, whatever they point at."""
    (tmp_path / "keys.json.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(KeysError, match=r"keys\.json\.lock"):
        add(tmp_path / "keys.json")
    assert not (tmp_path / "elsewhere").exists()


def test_what_a_dead_writer_left_does_not_open_the_file_to_others(tmp_path: Path) -> None:
    (tmp_path / "keys.json.new").touch(0o644)
    add(tmp_path / "keys.json")
    assert (tmp_path / "keys.json").stat().st_mode & 0o777 == 0o600


def test_two_keys_of_one_id_are_no_ring(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    add(path)
    record = read(path).keys[0]
    revoked = msgspec.structs.replace(record, revoked=NOW)
    path.write_bytes(msgspec.json.encode({"keys": [record, revoked]}))
    with pytest.raises(KeysError, match="two keys"):
        read(path)


def test_what_is_no_origin_is_not_silently_never_matched(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    add(path)
    path.write_text(path.read_text().replace('"origins": []', '"origins": ["https://shop.example/"]'))
    with pytest.raises(KeysError, match="origins"):
        read(path)


def test_a_file_from_before_there_were_rates_is_read(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    text = add(path)
    old = msgspec.json.decode(path.read_bytes())
    assert old["keys"][0].pop("rate") is None
    path.write_bytes(msgspec.json.encode(old))
    assert read(path).judge(text, NOW).rate is None


@pytest.mark.parametrize("rate", ["", "often", "0/minute", "600/minute\n", "x600/minute"])
def test_what_is_no_rate_stops_the_start(tmp_path: Path, rate: str) -> None:
    path = tmp_path / "keys.json"
    add(path)
    content = msgspec.json.decode(path.read_bytes())
    content["keys"][0]["rate"] = rate
    path.write_bytes(msgspec.json.encode(content))
    with pytest.raises(KeysError, match="rate"):
        read(path)
