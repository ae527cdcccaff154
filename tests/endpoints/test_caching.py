"""Results that are kept, as clients see them."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, WITH_EFFECTS, Triton, running_gateway, wait_until_ready
from tests.store.memory import MemoryStore

CAT, CUP = photo("chelsea"), photo("coffee")


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def caching(triton: Triton, store: MemoryStore) -> Iterator[httpx.Client]:
    with running_gateway(Settings(model="standin_demo"), triton.address, store) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client


def until_kept(store: MemoryStore, count: int) -> None:
    """Writes are not waited for."""
    end = time.monotonic() + 10
    while len(store.objects) < count:
        assert time.monotonic() < end, f"{len(store.objects)} of {count} are kept"
        time.sleep(0.01)


def test_the_second_answer_is_the_first(caching: httpx.Client, store: MemoryStore) -> None:
    first = caching.post(PROCESS, content=CAT)
    until_kept(store, 2)
    second = caching.post(PROCESS, content=CAT)
    assert [each.headers["x-cache"] for each in (first, second)] == ["miss", "hit"]
    assert [each.headers["x-cache-hits"] for each in (first, second)] == ["0", "2"]
    assert first.content == second.content
    changing = {"x-cache", "x-cache-hits", "x-session-id", "x-request-id", "x-processing-time", "server-timing", "date"}
    assert {name: value for name, value in first.headers.items() if name not in changing} == {
        name: value for name, value in second.headers.items() if name not in changing
    }


def test_json_says_so(caching: httpx.Client, store: MemoryStore) -> None:
    answers = []
    for _ in range(2):
        answers.append(caching.post(PROCESS, content=CAT, headers={"Accept": "application/json"}).json())
        until_kept(store, 2)
    assert [each["cache"] for each in answers] == ["miss", "hit"]
    assert answers[0]["image"] == answers[1]["image"]


def test_effects_say_which(caching: httpx.Client, store: MemoryStore) -> None:
    caching.post(PROCESS, content=CAT, params={"effect": "popart"})
    until_kept(store, 2)
    answer = caching.post(WITH_EFFECTS, content=CAT, params={"effects": "color,popart"})
    info = answer.json()["cache_info"]
    assert info == {
        "background_removal_hit": True,
        "effect_cache_hits": {"color": False, "popart": True},
        "total_cache_hits": 2,
        "total_operations": 3,
    }
    assert answer.headers["x-cache"] == "miss"
    until_kept(store, 3)
    assert caching.post(WITH_EFFECTS, content=CAT, params={"effects": "color,popart"}).headers["x-cache"] == "hit"


def test_use_cache_false_computes(caching: httpx.Client, store: MemoryStore) -> None:
    caching.post(PROCESS, content=CAT)
    until_kept(store, 2)
    assert caching.post(PROCESS, content=CAT, params={"use_cache": "false"}).headers["x-cache"] == "miss"


def test_a_hundred_at_once_share_one(caching: httpx.Client, store: MemoryStore) -> None:
    with ThreadPoolExecutor(100) as pool:
        answers = list(pool.map(lambda _: caching.post(PROCESS, content=CUP), range(100)))
    assert {each.status_code for each in answers} == {200}
    assert len({each.content for each in answers}) == 1
    said = [each.headers["x-cache"] for each in answers]
    assert said.count("miss") == 1
    masks = [name for method, name in store.asked if method == "put" and "/masks/" in name]
    assert len(masks) == 1


def test_a_store_that_is_away_fails_nothing(caching: httpx.Client, store: MemoryStore) -> None:
    store.away = True
    for _ in range(2):
        answer = caching.post(PROCESS, content=CAT)
        assert answer.status_code == 200
    assert not store.objects


def test_a_warm_up_warms_the_model_each_time(caching: httpx.Client, store: MemoryStore) -> None:
    for _ in range(2):
        assert caching.post("/warmup").json()["status"] == "ready"
    assert [name for method, name in store.asked if method == "get" and name.startswith("cache/")] == []


def test_without_a_store_every_answer_is_made(client: httpx.Client) -> None:
    for _ in range(2):
        assert client.post(PROCESS, content=CAT).headers["x-cache"] == "miss"


def test_operators_see_how_good_the_cache_is(caching: httpx.Client, store: MemoryStore) -> None:
    before = caching.get("/storage/stats").json()["cache"]
    assert before == {"hit": 0, "miss": 0, "coalesced": 0, "faults": 0, "hit_ratio": None}
    for picture, kept in ((CAT, 2), (CAT, 2), (CUP, 4), (CAT, 4)):
        assert caching.post(PROCESS, content=picture).status_code == 200
        until_kept(store, kept)
    after = caching.get("/storage/stats").json()["cache"]
    assert after == {"hit": 2, "miss": 2, "coalesced": 0, "faults": 0, "hit_ratio": 0.5}
