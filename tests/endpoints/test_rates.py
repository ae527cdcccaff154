"""How often a client may ask, as clients see it. Each test comes from addresses of its own, told by a proxy."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

from examples.sign import sign, sign_address
from gateway.endpoints.operation import Operation
from gateway.endpoints.table import OPERATIONS
from gateway.keys.file import changing
from gateway.keys.ring import Scope
from gateway.middleware.cors import EXPOSED
from gateway.rates.rate import Rate
from gateway.rates.shared import PAUSE_SECONDS
from gateway.settings import Settings
from tests.photos import photo, stored
from tests.redis import running_redis
from tests.server.raw import answer, connected
from tests.service import PROCESS, WITH_EFFECTS, Triton, assert_problem, running_gateway, wait_until_ready
from tests.store.memory import MemoryStore

JPEG = photo("chelsea", quality=30)
ORIGIN = "https://shop.example"
TEN = Settings(model="standin_demo", proxies=1, rate_anonymous=Rate(10, 60), origins=frozenset({ORIGIN}))
CHEAP = "/api/v2/effects"
FREE = {
    "/api/v2/effects/{name}/sample",
    "/files/{name}",
    "/health",
    "/health/live",
    "/health/ready",
    "/version",
    "/robots.txt",
    "/openapi.json",
    "/docs",
}


def black(width: int, height: int) -> bytes:
    """A JPEG of that size."""
    return stored(np.zeros((height, width, 3), np.uint8), "JPEG")


def from_somewhere() -> dict[str, str]:
    """The header of a proxy that has seen a client nobody has seen before."""
    return {"X-Forwarded-For": f"2001:db8:{random.randrange(16**4):x}:{random.randrange(16**4):x}::1"}


def used_up(client: httpx.Client, headers: dict[str, str], units: int = 10, of: int | None = None) -> None:
    """Uses so many units of a rate of which nothing was used."""
    for left in range((of or units) - 1, (of or units) - 1 - units, -1):
        found = client.get(CHEAP, headers=headers)
        assert (found.status_code, found.headers["ratelimit-remaining"]) == (200, str(left))


def ask(client: httpx.Client, operation: Operation, headers: dict[str, str]) -> httpx.Response:
    path = operation.template.format(name="color", session_id="s1")
    with client.stream(operation.method, path, headers=headers) as found:
        if "event-stream" not in found.headers.get("content-type", ""):  # which would not end
            found.read()
        return found


@pytest.fixture(scope="module")
def url(triton: Triton) -> Iterator[str]:
    with running_gateway(TEN, triton.address) as url:
        wait_until_ready(url)
        yield url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url, timeout=30) as client:
        yield client


def test_the_eleventh_call_in_a_minute_is_refused(client: httpx.Client) -> None:
    headers = {**from_somewhere(), "Origin": ORIGIN}
    used_up(client, headers)
    refused = client.post(PROCESS, content=JPEG, headers=headers)
    problem = assert_problem(refused, 429, "rate_limited")
    assert problem["limit"] == 10
    assert "10 units are allowed in 60 seconds" in str(problem["detail"])
    assert 50 <= int(refused.headers["retry-after"]) <= 60
    assert refused.headers["access-control-allow-origin"] == ORIGIN
    assert client.post(PROCESS, content=JPEG, headers=from_somewhere()).status_code == 200


def test_each_counted_answer_says_what_is_left(client: httpx.Client) -> None:
    headers = from_somewhere()
    for left, status, content in ((9, 200, JPEG), (8, 415, b"hello"), (7, 400, b"")):
        found = client.post(PROCESS, content=content, headers=headers)
        assert found.status_code == status
        told = {name: value for name, value in found.headers.items() if "ratelimit" in name}
        reset = told.pop("ratelimit-reset")
        assert 50 <= int(reset) <= 60
        assert abs(int(told.pop("x-ratelimit-reset")) - time.time() - int(reset)) <= 2
        assert told == {
            "ratelimit-policy": '"address";q=10;w=60',
            "ratelimit": f'"address";r={left};t={reset}',
            "ratelimit-limit": "10",
            "ratelimit-remaining": str(left),
            "x-ratelimit-limit": "10",
            "x-ratelimit-remaining": str(left),
        }


def test_pages_may_read_what_is_left(client: httpx.Client) -> None:
    found = client.get(CHEAP, headers=from_somewhere())
    told = {name for name in found.headers if "ratelimit" in name} | {"retry-after"}
    assert len(told) == 9
    assert told <= set(EXPOSED.lower().split(", "))


def test_the_table_says_what_is_free() -> None:
    assert {each.template for each in OPERATIONS if each.free} == FREE
    assert not [each.template for each in OPERATIONS if each.free and each.scope]


@pytest.fixture(scope="module")
def nothing_left(client: httpx.Client) -> dict[str, str]:
    headers = from_somewhere()
    used_up(client, headers)
    return headers


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.template}")
def test_what_is_free_stays_open_and_nothing_else(
    client: httpx.Client, nothing_left: dict[str, str], operation: Operation
) -> None:
    found = ask(client, operation, nothing_left)
    if operation.scope in ("admin", "metrics"):  # through a proxy, without a key: refused before it is counted
        assert found.status_code == 401
    elif operation.free:
        assert found.status_code in {200, 404} and "ratelimit-limit" not in found.headers
    else:
        assert_problem(found, 429, "rate_limited")


@pytest.mark.parametrize("path", ["/", "/studio/studio.js", "/studio/docs/docs.js", "/nothing"])
def test_the_page_and_its_files_are_free(client: httpx.Client, nothing_left: dict[str, str], path: str) -> None:
    assert client.get(path, headers=nothing_left).status_code == (404 if path == "/nothing" else 200)


@pytest.mark.parametrize("extra", [{}, {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}], ids=str)
def test_options_are_free(client: httpx.Client, nothing_left: dict[str, str], extra: dict[str, str]) -> None:
    assert client.options(PROCESS, headers=nothing_left | extra).status_code == 204


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda each: f"{each.method} {each.template}")
def test_the_description_says_what_is_counted(client: httpx.Client, operation: Operation) -> None:
    document: dict[str, Any] = client.get("/openapi.json").json()
    answers = document["paths"][operation.template][operation.method.lower()]["responses"]
    assert ("429" in answers) == (not operation.free)
    if not operation.free:
        assert {"Retry-After", "RateLimit", "RateLimit-Policy", "X-RateLimit-Reset"} <= answers["429"]["headers"].keys()
        assert "RateLimit-Remaining" in answers["200" if operation.answers else "204"]["headers"]


@pytest.mark.parametrize(
    "spoof",
    [
        lambda own: {"X-Forwarded-For": f"{random.randrange(256)}.1.1.1, {own}"},
        lambda own: [("X-Forwarded-For", f"{random.randrange(256)}.1.1.1"), ("X-Forwarded-For", own)],
        lambda own: {"X-Forwarded-For": own, "X-Real-IP": f"{random.randrange(256)}.1.1.1"},
        lambda own: {"X-Forwarded-For": own, "Forwarded": f"for={random.randrange(256)}.1.1.1"},
        lambda own: {"X-Forwarded-For": f"[{own}]:{random.randrange(65536)}"},
        lambda own: {"X-Forwarded-For": f"{own[:-1]}{random.randrange(1, 16**4):x}:{random.randrange(16**4):x}"},
    ],
    ids=["left", "line", "x-real-ip", "forwarded", "port", "own /64"],
)
def test_a_client_has_no_second_address(client: httpx.Client, nothing_left: dict[str, str], spoof: Any) -> None:
    own = nothing_left["X-Forwarded-For"]
    for _ in range(3):
        assert_problem(client.get(CHEAP, headers=spoof(own)), 429, "rate_limited")


def test_without_proxies_the_header_is_worth_nothing(triton: Triton) -> None:
    settings = Settings(model="standin_demo", rate_anonymous=Rate(2, 60))
    with running_gateway(settings, triton.address) as url, httpx.Client(base_url=url) as client:
        seen = [client.get(CHEAP, headers=from_somewhere()).status_code for _ in range(3)]
    assert seen == [200, 200, 429]


def test_a_laptop_has_no_limit(triton: Triton) -> None:
    with running_gateway(Settings(model="standin_demo"), triton.address) as url, httpx.Client(base_url=url) as client:
        answers = [client.get(CHEAP) for _ in range(40)]
    assert {each.status_code for each in answers} == {200}
    assert not [name for name in answers[0].headers if "ratelimit" in name]


@pytest.mark.parametrize(
    ("path", "picture", "params", "units"),
    [
        (PROCESS, black(2000, 2000), {}, 1),
        (PROCESS, black(2000, 2001), {}, 2),
        (PROCESS, black(4000, 3000), {"effect": "popart"}, 3),
        (WITH_EFFECTS, black(64, 64), {"return_all_effects": "true", "effects": "color,popart,mosaic"}, 3),
        (WITH_EFFECTS, black(3000, 2000), {"return_all_effects": "true", "effects": "color,popart"}, 3),
    ],
    ids=["4 MP", "more than 4 MP", "12 MP", "three effects", "both"],
)
def test_a_picture_costs_by_megapixels_and_effects(
    client: httpx.Client, path: str, picture: bytes, params: dict[str, str], units: int
) -> None:
    found = client.post(path, content=picture, params=params, headers=from_somewhere())
    assert found.status_code == 200, found.text
    assert found.headers["ratelimit-remaining"] == str(10 - units)


def test_a_picture_for_which_too_little_is_left(client: httpx.Client) -> None:
    headers = from_somewhere()
    used_up(client, headers, 8, of=10)
    refused = client.post(PROCESS, content=black(4000, 3000), headers=headers)
    problem = assert_problem(refused, 429, "rate_limited")
    assert "this request takes 3" in str(problem["detail"])
    assert refused.headers["ratelimit-remaining"] == "1"
    assert client.post(PROCESS, content=JPEG, headers=headers).status_code == 200


def test_a_picture_that_costs_more_than_there_ever_is_takes_all(client: httpx.Client) -> None:
    effects = "color,popart,mosaic,dithering,watercolor,retro8bit,enhancedblackwhite"
    params = {"return_all_effects": "true", "effects": effects, "max_side": "64"}
    headers = from_somewhere()
    found = client.post(WITH_EFFECTS, content=black(5000, 4000), params=params, headers=headers)
    assert (found.status_code, found.headers["ratelimit-remaining"]) == (200, "0")
    assert_problem(client.get(CHEAP, headers=headers), 429, "rate_limited")


def test_what_is_kept_costs_one(triton: Triton) -> None:
    store, picture, params = MemoryStore(), black(4000, 3000), {"return_all_effects": "true", "effects": "color"}
    with running_gateway(TEN, triton.address, store) as url, httpx.Client(base_url=url, timeout=30) as client:
        wait_until_ready(url)

        def left(effects: str) -> int:
            found = client.post(
                WITH_EFFECTS, content=picture, params=params | {"effects": effects}, headers=from_somewhere()
            )
            assert found.status_code == 200, found.text
            return int(found.headers["ratelimit-remaining"])

        assert left("color") == 7
        end = time.monotonic() + 10
        while len(store.objects) < 2:
            assert time.monotonic() < end
            time.sleep(0.01)
        assert left("color") == 9
        assert left("color,popart,mosaic") == 6  # two drawings of 12 megapixels


def test_the_body_of_a_refused_request_is_not_read(url: str, nothing_left: dict[str, str]) -> None:
    head = (
        f"POST {PROCESS} HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: {nothing_left['X-Forwarded-For']}\r\n"
        "Content-Type: image/jpeg\r\nContent-Length: 1000000\r\nExpect: 100-continue\r\n\r\n"
    )
    with connected(url) as connection:
        connection.sendall(head.encode())
        status, headers, _ = answer(connection)
    assert (status, headers["ratelimit-remaining"]) == (429, "0")


class Keys:
    """A file of keys."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, *scopes: Scope, rate: str | None = None, origins: tuple[str, ...] = ()) -> dict[str, str]:
        """The header of a new key, from an address of its own."""
        with changing(self.path) as change:
            change.ring, made = change.ring.created("test", scopes, origins, None, datetime.now(UTC), rate)
        return {"X-Api-Key": made.text, **from_somewhere()}

    def signing(self) -> str:
        """The secret of a new key."""
        with changing(self.path) as change:
            change.ring, made = change.ring.created("test", ("process",), (), None, datetime.now(UTC), signing=True)
        return made.signing_text


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, str]]:
    file = Keys(tmp_path_factory.mktemp("keys") / "keys.json")
    return {
        "default": file.add("process"),
        "other": file.add("process"),
        "wide": file.add("process", rate="600/minute"),
        "narrow": file.add("process", rate="2/hour"),
        "limited": file.add("process", origins=(ORIGIN,)),
        "file": {"path": str(file.path), "secret": file.signing()},
    }


@pytest.fixture(scope="module")
def locked(triton: Triton, keys: dict[str, dict[str, str]]) -> Iterator[httpx.Client]:
    path = Path(keys["file"]["path"])
    settings = Settings(model="standin_demo", proxies=1, keys=path, rate_anonymous=Rate(10, 60), rate_keys=Rate(3, 60))
    with running_gateway(settings, triton.address) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client


def test_a_key_has_its_own_rate_or_that_of_keys(locked: httpx.Client, keys: dict[str, dict[str, str]]) -> None:
    used_up(locked, keys["default"], 3)
    assert_problem(locked.get(CHEAP, headers=keys["default"]), 429, "rate_limited")
    assert_problem(locked.get(CHEAP, headers=keys["default"] | from_somewhere()), 429, "rate_limited")
    assert locked.get(CHEAP, headers=keys["other"]).headers["ratelimit-policy"] == '"key";q=3;w=60'
    wide = locked.get(CHEAP, headers=keys["wide"] | {"X-Forwarded-For": keys["default"]["X-Forwarded-For"]})
    assert (wide.status_code, wide.headers["ratelimit-remaining"]) == (200, "599")
    used_up(locked, keys["narrow"], 2)
    refused = locked.get(CHEAP, headers=keys["narrow"])
    assert_problem(refused, 429, "rate_limited")
    assert 3500 < int(refused.headers["retry-after"]) <= 3600


def test_where_no_key_is_needed_one_counts_all_the_same(locked: httpx.Client, keys: dict[str, dict[str, str]]) -> None:
    for headers, policy in (
        (keys["wide"], '"key";q=600;w=60'),
        ({"X-Api-Key": "cutout_aaaaaaaa_" + "A" * 43, **from_somewhere()}, '"address";q=10;w=60'),
        (from_somewhere(), '"address";q=10;w=60'),
    ):
        assert locked.get("/model-info", headers=headers).headers["ratelimit-policy"] == policy


def test_what_is_forbidden_costs_a_key_nothing(locked: httpx.Client, keys: dict[str, dict[str, str]]) -> None:
    headers = keys["limited"]
    for _ in range(4):
        assert_problem(locked.get("/storage/stats", headers=headers), 403, "scope_missing")
        assert_problem(locked.get(CHEAP, headers=headers | {"Origin": "https://x.example"}), 403, "origin_not_allowed")
    assert locked.get(CHEAP, headers=headers).headers["ratelimit-remaining"] == "2"


def test_keys_that_are_none_are_counted_by_address(locked: httpx.Client, keys: dict[str, dict[str, str]]) -> None:
    headers = from_somewhere()
    for number in range(30):
        wrong = {"X-Api-Key": f"cutout_aaaaaaaa_{number:043}"} if number % 2 else {}
        assert locked.get(CHEAP, headers=headers | wrong).status_code == 401
    assert_problem(locked.get(CHEAP, headers=headers | {"X-Api-Key": "x"}), 429, "rate_limited")
    good = {"X-Api-Key": keys["wide"]["X-Api-Key"]}
    assert (
        locked.get(CHEAP, headers=headers | good).status_code == 200
    )  # neighbours behind one address are not locked out


def test_so_are_replays_and_addresses_whose_time_is_over(locked: httpx.Client, keys: dict[str, dict[str, str]]) -> None:
    secret, headers = keys["file"]["secret"], from_somewhere()
    signed = sign(secret, "GET", f"{locked.base_url}{CHEAP}") | headers
    over = sign_address(secret, f"{locked.base_url}{PROCESS}", expires=1_700_000_000)
    assert locked.get(CHEAP, headers=signed).status_code == 200
    for _ in range(15):
        assert_problem(locked.get(CHEAP, headers=signed), 403, "signature_replayed")
        assert_problem(locked.post(over, headers=headers), 410, "expired")
    assert_problem(locked.get(CHEAP, headers=signed), 429, "rate_limited")
    assert_problem(locked.post(over, headers=headers), 429, "rate_limited")


def test_two_gateways_on_one_redis_share_the_count(triton: Triton, tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis:
        settings = Settings(model="standin_demo", proxies=1, rate_anonymous=Rate(4, 60), redis=redis.url)
        with running_gateway(settings, triton.address) as one, running_gateway(settings, triton.address) as other:
            headers = from_somewhere()
            left = [
                int(httpx.get(f"{url}{CHEAP}", headers=headers).headers["ratelimit-remaining"])
                for url in (one, other, one, other)
            ]
            assert left == [3, 2, 1, 0]
            for url in (one, other):
                assert_problem(httpx.get(f"{url}{CHEAP}", headers=headers), 429, "rate_limited")


def test_open_and_closed_while_redis_is_away(triton: Triton, tmp_path: Path) -> None:
    with running_redis(tmp_path) as redis:
        lenient = Settings(model="standin_demo", proxies=1, rate_anonymous=Rate(2, 60), redis=redis.url)
        strict = Settings(**vars(lenient) | {"rate_without_redis": "closed"})
        with running_gateway(lenient, triton.address) as one, running_gateway(strict, triton.address) as other:
            assert {httpx.get(f"{url}{CHEAP}", headers=from_somewhere()).status_code for url in (one, other)} == {200}
            redis.kill()
            headers = from_somewhere()
            assert [httpx.get(f"{one}{CHEAP}", headers=headers).status_code for _ in range(3)] == [200, 200, 429]
            refused = httpx.get(f"{other}{CHEAP}", headers=headers)
            assert_problem(refused, 503, "limits_unavailable")
            assert refused.headers["retry-after"] == "1"
            assert httpx.get(f"{other}/health/live", headers=headers).status_code == 200
            redis.start()
            end = time.monotonic() + PAUSE_SECONDS + 20
            while httpx.get(f"{other}{CHEAP}", headers=from_somewhere()).status_code != 200:
                assert time.monotonic() < end
                time.sleep(0.1)
