"""CORS on every answer: a total outage must not look like a page that is not allowed."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.middleware.cors import CORSMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from gateway.origins import Origins
from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, assert_problem, running_app, running_gateway, wait_until_ready

SHOP, THIEF = "https://shop.example", "https://thief.example"
JPEG = photo("chelsea")
ASKED = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key,content-type"}
SETTINGS = Settings(
    model="standin_demo",
    origins=frozenset({SHOP}),
    origin_patterns=(r"https://[a-z0-9]+\.preview\.example",),
    max_body_bytes=100_000,
    start_seconds=0.2,
)


@pytest.fixture(scope="module")
def client(triton: Triton) -> Iterator[httpx.Client]:
    with running_gateway(SETTINGS, triton.address) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client


ANSWERS = [
    pytest.param({"method": "POST", "url": PROCESS, "content": JPEG}, 200, id="200"),
    pytest.param({"method": "POST", "url": PROCESS, "content": b""}, 400, id="400"),
    pytest.param({"method": "GET", "url": "/nothing"}, 404, id="404"),
    pytest.param({"method": "GET", "url": PROCESS}, 405, id="405"),
    pytest.param({"method": "POST", "url": PROCESS, "content": bytes(200_000)}, 413, id="413"),
    pytest.param({"method": "POST", "url": PROCESS, "content": b"hello"}, 415, id="415"),
    pytest.param({"method": "POST", "url": PROCESS, "content": JPEG, "params": {"a": 1}}, 422, id="422"),
]


@pytest.mark.parametrize(("sent", "status"), ANSWERS)
@pytest.mark.parametrize("origin", [SHOP, "https://pr17.preview.example"])
def test_on_every_status(client: httpx.Client, sent: dict[str, Any], status: int, origin: str) -> None:
    answer = client.request(**sent, headers={"Origin": origin})
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == origin
    assert "Retry-After" in answer.headers["access-control-expose-headers"]
    assert "Origin" in answer.headers["vary"]
    assert "access-control-allow-credentials" not in answer.headers


@pytest.mark.parametrize(("sent", "status"), ANSWERS)
@pytest.mark.parametrize("origin", [THIEF, "null", "https://shop.example.thief.example", None])
def test_never_for_another_page(client: httpx.Client, sent: dict[str, Any], status: int, origin: str | None) -> None:
    answer = client.request(**sent, headers={"Origin": origin} if origin else {})
    assert answer.status_code == status
    assert "access-control-allow-origin" not in answer.headers
    assert "Origin" in answer.headers["vary"]


def test_on_503_while_the_model_is_away(triton: Triton) -> None:
    settings = Settings(model="nobody", origins=frozenset({SHOP}), start_seconds=0.2)
    with running_gateway(settings, triton.address) as url:
        answer = httpx.post(url + PROCESS, content=JPEG, headers={"Origin": SHOP}, timeout=20)
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (503, SHOP)


async def fail(request: Request) -> Response:
    raise ZeroDivisionError


def test_on_500() -> None:
    layers = [RequestIDMiddleware, partial(CORSMiddleware, origins=Origins(frozenset({SHOP}))), ProblemsMiddleware]
    app = Starlette(routes=[Route("/", fail)], middleware=[Middleware(each) for each in layers])
    with running_app(app) as url:
        answer = httpx.get(url, headers={"Origin": SHOP})
    assert_problem(answer, 500, "internal_error")
    assert answer.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ([("X-A", "a")] * 200, 431),
        ([("X-A", "a" * 40_000)], 431),
        ([("X-A", b"\xff\xfe"), ("X-Api-Key", b"\xff")], 200),
    ],
    ids=["many", "long", "not ASCII"],
)
def test_with_hostile_headers(client: httpx.Client, headers: list[tuple[str, Any]], status: int) -> None:
    answer = client.get("/version", headers=[("Origin", SHOP), *headers])
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (status, SHOP)


@pytest.mark.parametrize("origin", [b"https://sh\xf6p.example", b"https://shop.example" + b"a" * 20_000], ids=len)
def test_hostile_origins_are_nobody(client: httpx.Client, origin: bytes) -> None:
    answer = client.get("/version", headers=[(b"Origin", origin)])
    assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (200, False)


def test_every_exposed_header_is_spelled_as_it_is_sent(client: httpx.Client) -> None:
    answer = client.post(PROCESS, content=JPEG, headers={"Origin": SHOP})
    exposed = {each.strip().lower() for each in answer.headers["access-control-expose-headers"].split(",")}
    ours = {name for name in answer.headers if name.startswith("x-") and name != "x-content-type-options"}
    assert ours <= exposed


@pytest.mark.parametrize("path", [PROCESS, "/warmup", "/health", "/nothing"])
def test_preflight(client: httpx.Client, path: str) -> None:
    answer = client.options(path, headers={"Origin": SHOP, **ASKED})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, SHOP)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert {"X-Api-Key", "X-Session-ID"} <= set(answer.headers["access-control-allow-headers"].split(", "))
    assert answer.headers["access-control-max-age"] == "7200"
    refused = client.options(path, headers={"Origin": THIEF, **ASKED})
    assert refused.status_code == 204
    assert not [name for name in refused.headers if name.startswith("access-control")]


def test_no_page_gets_into_a_private_network(client: httpx.Client) -> None:
    asked = {"Origin": SHOP, **ASKED, "Access-Control-Request-Private-Network": "true"}
    assert "access-control-allow-private-network" not in client.options(PROCESS, headers=asked).headers


def test_a_thousand_preflights_from_the_first_connection_on(triton: Triton) -> None:
    with running_gateway(SETTINGS, triton.address) as url, httpx.Client(base_url=url) as client:
        for _ in range(1000):
            answer = client.options("/warmup", headers={"Origin": SHOP, **ASKED})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, SHOP)
