"""What is kept is found again as it was; what fails is counted."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from gateway.cache.cache import Cache, Kept
from gateway.cache.keys import MaskKey, ResultKey, digest, result_key
from gateway.effects import PLAIN
from gateway.finish import File
from gateway.order import Order
from gateway.pictures.picture import Box
from gateway.segmentation import Segmentation
from tests.store.memory import MemoryStore

MASK = MaskKey(digest(b"picture"), "m", "3")
RESULT: ResultKey = result_key(MASK, Order("m", "3"), PLAIN, None)
FILE = File("color", b"PNG", digest(b"PNG"), 30, 20, Box(1, 2, 3, 4))
SEGMENTATION = Segmentation(np.arange(64, dtype=np.uint8).reshape(8, 8), 1 / 3, "m", "3", 0.2)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def cache(store: MemoryStore) -> Cache:
    return Cache(store, 60, memory=0, clock=lambda: store.now)


@pytest.mark.parametrize("confidence", [None, 0.1 + 0.2])
def test_a_file_comes_back_as_it_was(cache: Cache, confidence: float | None) -> None:
    file = replace(FILE, confidence=confidence)
    asyncio.run(cache.keep_file(RESULT, Kept(file, 0.7, 0.2)))
    kept = asyncio.run(cache.file(RESULT))
    assert kept == Kept(file, 0.7, 0.2)


def test_a_mask_comes_back_as_it_was(cache: Cache) -> None:
    asyncio.run(cache.keep_mask(MASK, SEGMENTATION))
    kept = asyncio.run(cache.mask(MASK))
    assert kept is not None
    assert np.array_equal(kept.alpha, SEGMENTATION.alpha)
    assert (kept.confidence, kept.model, kept.version, kept.no_subject_below) == (1 / 3, "m", "3", 0.2)


def test_nothing_is_found_where_nothing_is(cache: Cache) -> None:
    assert asyncio.run(cache.mask(MASK)) is None
    assert asyncio.run(cache.file(RESULT)) is None
    assert cache.counts.faults == 0


def test_it_is_kept_for_so_long_and_no_longer(cache: Cache, store: MemoryStore) -> None:
    asyncio.run(cache.keep_file(RESULT, Kept(FILE, 0.7)))
    store.now += timedelta(seconds=59)
    assert asyncio.run(cache.file(RESULT)) is not None
    store.now += timedelta(seconds=2)
    assert asyncio.run(cache.file(RESULT)) is None


def test_a_store_that_is_away_is_counted_and_no_more(cache: Cache, store: MemoryStore) -> None:
    store.away = True
    asyncio.run(cache.keep_file(RESULT, Kept(FILE, 0.7)))
    asyncio.run(cache.keep_mask(MASK, SEGMENTATION))
    assert asyncio.run(cache.file(RESULT)) is None
    assert asyncio.run(cache.mask(MASK)) is None
    assert cache.counts.faults == 4


@pytest.mark.parametrize(
    "metadata",
    [{}, {"side": "9", "confidence": "1"}, {"side": "x", "confidence": "1"}, {"side": "8", "confidence": "high"}],
    ids=str,
)
def test_a_mask_that_is_none_is_not_taken(cache: Cache, store: MemoryStore, metadata: dict[str, str]) -> None:
    asyncio.run(cache.keep_mask(MASK, SEGMENTATION))
    found = store.objects[MASK.name]
    store.objects[MASK.name] = replace(found, info=replace(found.info, metadata=metadata))
    assert asyncio.run(cache.mask(MASK)) is None
    assert cache.counts.faults == 1


def test_bytes_that_are_no_mask_are_not_taken(cache: Cache, store: MemoryStore) -> None:
    asyncio.run(cache.keep_mask(MASK, SEGMENTATION))
    store.objects[MASK.name] = replace(store.objects[MASK.name], body=b"rubbish")
    assert asyncio.run(cache.mask(MASK)) is None
    assert cache.counts.faults == 1


@pytest.mark.parametrize("name", ["size", "foreground", "confidence"])
def test_a_file_that_is_not_described_is_not_taken(cache: Cache, store: MemoryStore, name: str) -> None:
    asyncio.run(cache.keep_file(RESULT, Kept(FILE, 0.7)))
    found = store.objects[RESULT.name]
    left = {each: value for each, value in found.info.metadata.items() if each != name}
    store.objects[RESULT.name] = replace(found, info=replace(found.info, metadata=left))
    assert asyncio.run(cache.file(RESULT)) is None
    assert cache.counts.faults == 1


def test_what_is_at_hand_needs_no_store(store: MemoryStore) -> None:
    cache = Cache(store, 60, clock=lambda: store.now)
    cache.keep_file(RESULT, Kept(FILE, 0.7)).close()
    cache.keep_mask(MASK, SEGMENTATION).close()
    assert cache.file_at_hand(RESULT) == Kept(FILE, 0.7)
    assert asyncio.run(cache.file(RESULT)) == Kept(FILE, 0.7)
    assert asyncio.run(cache.mask(MASK)) is SEGMENTATION
    assert store.asked == []
    store.now += timedelta(seconds=60)
    assert cache.file_at_hand(RESULT) is None
    assert cache.mask_at_hand(MASK) is None


def test_what_the_store_gave_is_at_hand_until_it_expires(store: MemoryStore) -> None:
    asyncio.run(Cache(store, 60, clock=lambda: store.now).keep_file(RESULT, Kept(FILE, 0.7)))
    cache = Cache(store, 600, clock=lambda: store.now)
    assert cache.file_at_hand(RESULT) is None
    asyncio.run(cache.file(RESULT))
    assert cache.file_at_hand(RESULT) == Kept(FILE, 0.7)
    store.now += timedelta(seconds=61)
    assert asyncio.run(cache.file(RESULT)) is None
