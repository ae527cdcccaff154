"""CORS on every answer: a total outage must not look like a page that is not allowed."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gateway.settings import Settings
from tests.photos import photo
from tests.service import PROCESS, Triton, running_gateway, wait_until_ready

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
    assert "X-Api-Key" in answer.headers["access-control-allow-headers"]
    assert answer.headers["access-control-max-age"] == "7200"
    refused = client.options(path, headers={"Origin": THIEF, **ASKED})
    assert refused.status_code == 204
    assert not [name for name in refused.headers if name.startswith("access-control")]


def test_a_thousand_preflights_from_the_first_connection_on(triton: Triton) -> None:
    with running_gateway(SETTINGS, triton.address) as url, httpx.Client(base_url=url) as client:
        for _ in range(1000):
            answer = client.options("/warmup", headers={"Origin": SHOP, **ASKED})
            assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (204, SHOP)
