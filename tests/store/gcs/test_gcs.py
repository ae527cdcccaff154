"""A bucket, and what can happen between it and us; the bucket is an emulator's in a process of its own."""

import asyncio
import hashlib
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from google.cloud import storage
from structlog.testing import capture_logs

from gateway.errors import StoreUnavailable
from gateway.store.errors import StoreError
from gateway.store.gcs import GcsStore
from gateway.store.store import Changed, Info, TooLarge
from tests.store.emulator import BUCKET, Emulator, running_emulator

TEXT = "text/plain"


@pytest.fixture
def emulator(tmp_path: Path) -> Iterator[Emulator]:
    """One for this test alone, which bends and kills it."""
    with running_emulator(tmp_path) as emulator:
        yield emulator


@pytest.fixture
def store(emulator: Emulator) -> Iterator[GcsStore]:
    store = GcsStore(BUCKET, "t/", seconds=2)
    store.open()
    yield store
    emulator.faults()
    store.close()


def put(store: GcsStore, name: str, body: bytes = b"body", **options: Any) -> Info:
    return asyncio.run(store.put(name, body, media_type=TEXT, **options))


def body(store: GcsStore, name: str) -> bytes | None:
    found = asyncio.run(store.get(name))
    return None if found is None else found.body


def written(name: str) -> Any:
    """The object as Google's own client sees it."""
    return storage.Client().bucket(BUCKET).get_blob(name)


def test_a_bucket_that_is_missing_stops_the_start_and_is_named(emulator: Emulator) -> None:
    with pytest.raises(StoreError, match=r"no bucket nowhere: gcloud storage buckets create gs://nowhere"):
        GcsStore("nowhere", seconds=2).open()


def test_a_permission_that_is_missing_stops_the_start_and_is_named(emulator: Emulator) -> None:
    emulator.faults(denied=["storage.objects.delete"])
    with pytest.raises(
        StoreError, match=r"storage\.objects\.delete are missing: gcloud storage buckets add-iam"
    ) as error:
        GcsStore(BUCKET, seconds=2).open()
    assert "storage.objects.get" not in str(error.value)


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 500}, {"latency": 5}], ids=str)
def test_a_bucket_that_is_away_at_the_start_is_used_later(emulator: Emulator, fault: dict[str, int]) -> None:
    emulator.faults(**fault)
    store = GcsStore(BUCKET, seconds=1)
    store.open()
    emulator.faults()
    put(store, "a")
    assert body(store, "a") == b"body"
    store.close()


@pytest.mark.parametrize("denied", [None, ["storage.objects.list"]], ids=["no bucket", "no permission"])
def test_a_bucket_that_was_away_at_the_start_and_cannot_be_used_is_not_an_empty_one(
    emulator: Emulator, denied: list[str] | None
) -> None:
    emulator.faults(status=503)
    store = GcsStore("nowhere" if denied is None else BUCKET, seconds=1)
    store.open()
    emulator.faults(**({} if denied is None else {"denied": denied}))
    with capture_logs() as logs, pytest.raises(StoreUnavailable, match="cannot be used"):
        body(store, "a")
    assert ("no bucket nowhere" if denied is None else "storage.objects.list are missing") in logs[-1]["reason"]
    store.close()


@pytest.mark.parametrize("fault", [{"status": 503}, {"status": 500}, {"status": 429}, {"latency": 5}], ids=str)
def test_what_fails_says_so_in_time_and_in_our_words(
    store: GcsStore, emulator: Emulator, fault: dict[str, int]
) -> None:
    put(store, "a")
    emulator.faults(**fault)
    for work in (
        store.get("a"),
        store.put("b", b"", media_type=TEXT),
        store.head("a"),
        store.list(""),
        store.delete("a"),
    ):
        begin = time.monotonic()
        with pytest.raises(StoreUnavailable) as error:
            asyncio.run(work)
        assert time.monotonic() - begin < 6
        assert "fault" not in error.value.detail
        assert "http" not in error.value.detail.lower()
    emulator.faults()
    assert body(store, "a") == b"body"


def test_refused_is_not_away(store: GcsStore, emulator: Emulator) -> None:
    emulator.faults(status=403)
    with pytest.raises(StoreUnavailable, match="may not be used"):
        put(store, "a")


def test_a_short_fault_is_not_noticed(store: GcsStore, emulator: Emulator) -> None:
    async def scenario() -> Info:
        emulator.faults(status=503)
        writing = asyncio.create_task(store.put("a", b"body", media_type=TEXT))
        await asyncio.sleep(0.3)
        emulator.faults()
        return await writing

    asyncio.run(scenario())
    assert body(store, "a") == b"body"


@pytest.mark.parametrize("generation", [None, 0])
def test_a_write_whose_answer_is_lost_is_one_s_own(store: GcsStore, emulator: Emulator, generation: int | None) -> None:
    async def scenario() -> Info:
        emulator.faults(lose=True)
        writing = asyncio.create_task(store.put("a", b"body", media_type=TEXT, generation=generation))
        await asyncio.sleep(0.3)
        emulator.faults()
        return await writing

    info = asyncio.run(scenario())
    assert asyncio.run(store.head("a")) == info
    with pytest.raises(Changed):
        put(store, "a", b"another", generation=0)


def test_an_extension_whose_answer_is_lost_is_there(store: GcsStore, emulator: Emulator) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    put(store, "a", expires=soon)
    later = soon + timedelta(days=7)

    async def scenario() -> Info | None:
        emulator.faults(lose=True)
        extending = asyncio.create_task(store.extend("a", expires=later))
        await asyncio.sleep(0.3)
        emulator.faults()
        return await extending

    assert asyncio.run(scenario()) == asyncio.run(store.head("a"))
    found = asyncio.run(store.head("a"))
    assert found is not None
    assert found.expires == later


@pytest.mark.parametrize("by_generation", [False, True])
def test_a_delete_whose_answer_is_lost_is_one_s_own(store: GcsStore, emulator: Emulator, by_generation: bool) -> None:
    made = put(store, "a")

    async def scenario() -> bool:
        emulator.faults(lose=True)
        deleting = asyncio.create_task(store.delete("a", generation=made.generation if by_generation else None))
        await asyncio.sleep(0.3)
        emulator.faults()
        return await deleting

    assert asyncio.run(scenario())
    assert body(store, "a") is None


def test_a_delete_whose_answer_is_lost_leaves_what_came_after_it(store: GcsStore, emulator: Emulator) -> None:
    made = put(store, "a", b"old")
    other = GcsStore(BUCKET, "t/", seconds=2)

    async def scenario() -> None:
        emulator.faults(lose=True)
        deleting = asyncio.create_task(store.delete("a", generation=made.generation))
        await asyncio.sleep(0.15)
        emulator.faults()
        await other.put("a", b"new", media_type=TEXT)
        await asyncio.gather(deleting, return_exceptions=True)

    asyncio.run(scenario())
    assert body(store, "a") == b"new"
    other.close()


def test_without_credentials_there_is_no_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "none.json"))
    with pytest.raises(StoreError, match="cannot be used without credentials"):
        GcsStore("pictures")


def test_an_emulator_that_is_killed_and_comes_back_is_found_again(store: GcsStore, emulator: Emulator) -> None:
    put(store, "a")
    emulator.kill()
    with pytest.raises(StoreUnavailable):
        body(store, "a")
    emulator.start()  # empty
    assert body(store, "a") is None
    put(store, "a", b"again")
    assert body(store, "a") == b"again"


def test_what_others_put_there_is_not_ours(store: GcsStore) -> None:
    storage.Client().bucket(BUCKET).blob("t/foreign").upload_from_string(b"theirs")
    put(store, "own")
    assert body(store, "foreign") is None
    assert [info.name for info in asyncio.run(store.list(""))] == ["own"]


def test_what_a_browser_put_there_is_received(store: GcsStore, emulator: Emulator) -> None:
    put_there = httpx.put(
        f"{emulator.url}/{BUCKET}/t/uploads/ab", content=b"theirs", headers={"Content-Type": "image/png"}
    )
    assert put_there.status_code == 200
    assert body(store, "uploads/ab") is None
    found = asyncio.run(store.received("uploads/ab", most=6))
    assert found is not None
    assert (found.body, found.info.media_type) == (b"theirs", "image/png")
    assert found.info.digest == hashlib.sha256(b"theirs").hexdigest()
    with pytest.raises(TooLarge):
        asyncio.run(store.received("uploads/ab", most=5))


def test_prefixes_keep_apart(store: GcsStore, emulator: Emulator) -> None:
    other = GcsStore(BUCKET, "other/", seconds=2)
    put(store, "a", b"one")
    put(other, "a", b"two")
    assert (body(store, "a"), body(other, "a")) == (b"one", b"two")
    assert len(asyncio.run(other.list(""))) == 1
    other.close()


def test_a_large_object(store: GcsStore) -> None:
    large = bytes(range(256)) * 50_000  # 12.8 MB, which the client sends in parts
    put(store, "a", large, generation=0)
    assert body(store, "a") == large
    with pytest.raises(Changed):
        put(store, "a", large, generation=0)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("cache/files/ab.webp", r"public, max-age=(\d+), immutable"),
        ("customers/images/ab", r"private, max-age=(\d+)"),
    ],
)
def test_the_bucket_tells_caches_who_may_keep_an_object_and_for_how_long(
    store: GcsStore, name: str, pattern: str
) -> None:
    put(store, name, expires=datetime.now(UTC) + timedelta(hours=1))
    match = re.fullmatch(pattern, written(f"t/{name}").cache_control)
    assert match is not None
    assert 3500 < int(match[1]) <= 3600


def test_what_does_not_expire_has_no_such_word(store: GcsStore) -> None:
    put(store, "kept/ab")
    assert written("t/kept/ab").cache_control is None


def test_too_many_at_once_are_refused_at_once(store: GcsStore, emulator: Emulator) -> None:
    async def scenario() -> list[object]:
        emulator.faults(latency=1)
        return await asyncio.gather(*(store.head("a") for _ in range(300)), return_exceptions=True)

    results = asyncio.run(scenario())
    assert sum(isinstance(each, StoreUnavailable) for each in results) >= 300 - 256
