"""Pictures for those who show no key, where there are keys: they come after everybody else."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from gateway.keys.file import changing
from gateway.keys.used import read
from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_gateway, wait_until_ready

CAT = photo("chelsea")
FRESH = {"use_cache": "false"}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def key(keys: Path) -> dict[str, str]:
    with changing(keys) as change:
        change.ring, made = change.ring.created("shop", ("process",), (), None, datetime.now(UTC))
    return {"X-Api-Key": made.text}


@pytest.fixture
def open_to_all(triton: Triton, keys: Path, key: dict[str, str]) -> Iterator[httpx.Client]:
    settings = Settings(model="standin_demo", keys=keys, anonymous=True, permits=2, places=40)
    with running_gateway(settings, triton.address) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=60) as client:
            yield client


def test_pictures_need_no_key_and_everything_else_does(open_to_all: httpx.Client, key: dict[str, str]) -> None:
    assert open_to_all.post(PROCESS, content=CAT).status_code == 200
    assert open_to_all.get("/api/v2/effects").status_code == 200
    assert_problem(open_to_all.post("/store-image", content=CAT), 401, "key_missing")
    assert_problem(open_to_all.get("/storage/stats"), 401, "key_missing")


@pytest.mark.parametrize("path", ["/api/v1/upload/signed-url", "/api/v1/upload/confirm"])
def test_nobody_fills_the_disk_without_a_key(open_to_all: httpx.Client, path: str) -> None:
    assert_problem(open_to_all.post(path, json={}), 401, "key_missing")


def test_a_key_that_is_shown_has_to_be_good(open_to_all: httpx.Client) -> None:
    for headers in ({"X-Api-Key": "nothing"}, {"Authorization": "Bearer nothing"}, {"Authorization": "Basic x"}):
        answer = open_to_all.post(PROCESS, content=CAT, headers=headers)
        assert answer.status_code == 401


@pytest.mark.parametrize("others", [PROCESS, "/warmup"])
def test_who_shows_a_key_waits_where_others_are_refused(
    open_to_all: httpx.Client, key: dict[str, str], others: str
) -> None:
    def ask(number: int) -> tuple[bool, int]:
        mine = number % 2 == 0
        if mine:
            answer = open_to_all.post(PROCESS, content=CAT + bytes(number), params=FRESH, headers=key)
        else:
            answer = open_to_all.post(others, content=CAT + bytes(number))
        if answer.status_code != 200:
            assert_problem(answer, 503, "overloaded")
            assert int(answer.headers["retry-after"]) >= 1
        return mine, answer.status_code

    with ThreadPoolExecutor(24) as pool:
        answers = list(pool.map(ask, range(48)))
    assert {status for mine, status in answers if mine} == {200}
    assert 503 in {status for mine, status in answers if not mine}


def test_last_use_is_written_when_the_service_ends(triton: Triton, keys: Path, key: dict[str, str]) -> None:
    begin = datetime.now(UTC)
    with running_gateway(Settings(model="standin_demo", keys=keys), triton.address) as url:
        wait_until_ready(url)
        assert httpx.get(url + "/api/v2/effects", headers=key).status_code == 200
        assert httpx.get(url + "/api/v2/effects", headers={"X-Api-Key": "nothing"}).status_code == 401
    (used,) = read(keys).values()
    assert begin <= used <= datetime.now(UTC)
