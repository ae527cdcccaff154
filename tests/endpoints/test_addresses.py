"""A picture given as an address: off by default; one source or the other."""

import base64
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from starlette.applications import Starlette

from gateway.app import create_app
from gateway.remote.fetch import Remote
from gateway.remote.network import CheckedNetwork
from gateway.settings import Settings
from tests.remote.server import HOST, JPEG, Pictures, running_pictures
from tests.service import PROCESS, Triton, assert_problem, running_app, running_gateway, wait_until_ready

URL = "https://127.0.0.1/cat.jpg"
FORMS = [
    pytest.param({"params": {"image_url": URL}}, id="query"),
    pytest.param({"json": {"image_url": URL}}, id="JSON"),
    pytest.param({"files": {"image_url": (None, URL)}}, id="form"),
    pytest.param({"params": {"image_url": URL}, "json": {"image_url": URL}}, id="twice the same"),
]


@pytest.fixture(scope="module")
def fetching(triton: Triton) -> Iterator[httpx.Client]:
    with running_gateway(Settings(model="standin_demo", url_sources=True, url_seconds=2), triton.address) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client


@pytest.fixture(scope="module")
def pictures() -> Iterator[Pictures]:
    with running_pictures(HOST) as pictures:
        yield pictures


@pytest.fixture(scope="module")
def outward(triton: Triton, pictures: Pictures) -> Iterator[httpx.Client]:
    """A gateway whose internet is one server on loopback."""
    network = CheckedNetwork(loopback, lambda _: True)
    ports = frozenset({pictures.port})
    remote = Remote(limit=1_000_000, seconds=20, network=network, trust=pictures.trust, ports=ports)
    app = create_app(Settings(model="standin_demo"), triton.address)
    ordinary = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[dict[str, Any]]:
        async with ordinary(app) as state:
            yield {**(state or {}), "fetch": remote.fetch}

    app.router.lifespan_context = lifespan
    with running_app(app) as url:
        wait_until_ready(url)
        with httpx.Client(base_url=url, timeout=30) as client:
            yield client


async def loopback(host: str, port: int) -> list[str]:
    return ["127.0.0.1"]


@pytest.mark.parametrize("path", ["/cat", "/thrice"])
@pytest.mark.parametrize("way", ["query", "JSON", "form"])
def test_the_cut_out_is_that_of_the_picture_itself(
    outward: httpx.Client, pictures: Pictures, path: str, way: str
) -> None:
    address = pictures.url(path)
    sent: dict[str, dict[str, Any]] = {
        "query": {"params": {"image_url": address}},
        "JSON": {"json": {"image_url": address}},
        "form": {"files": {"image_url": (None, address)}},
    }
    answer = outward.post(PROCESS, **sent[way])
    assert answer.status_code == 200, answer.text
    assert answer.content == outward.post(PROCESS, content=JPEG).content


def test_a_fetch_ends_with_the_clients_own_deadline(outward: httpx.Client, pictures: Pictures) -> None:
    answer = outward.post(PROCESS, json={"image_url": pictures.url("/drip")}, headers={"Prefer": "wait=1"})
    assert_problem(answer, 504, "deadline_exceeded")


def test_a_fetch_ends_with_its_client(outward: httpx.Client, pictures: Pictures) -> None:
    gateway, asked, begin = urlsplit(str(outward.base_url)), len(pictures.seen), time.monotonic()
    with socket.create_connection((str(gateway.hostname), int(gateway.port or 0)), timeout=5) as connection:
        path = f"{PROCESS}?image_url={quote(pictures.url('/drip'), safe='')}"
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode())
        while len(pictures.seen) == asked:
            assert time.monotonic() - begin < 5, "the server of pictures was not asked"
            time.sleep(0.01)
        assert pictures.open
    while pictures.open:
        assert time.monotonic() - begin < 15, "the fetch goes on"
        time.sleep(0.01)


@pytest.mark.parametrize("sent", FORMS)
def test_off_by_default(client: httpx.Client, sent: dict[str, Any]) -> None:
    problem = assert_problem(client.post(PROCESS, **sent), 422, "url_not_allowed")
    assert "takes no addresses" in str(problem["detail"])


@pytest.mark.parametrize("sent", FORMS)
def test_an_address_that_leads_nowhere(fetching: httpx.Client, sent: dict[str, Any]) -> None:
    assert_problem(fetching.post(PROCESS, **sent), 422, "url_unreachable")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "169.254.169.254", "[::1]", "10.0.0.7"])
def test_the_network_behind_the_gateway_is_out_of_reach(fetching: httpx.Client, host: str) -> None:
    answer = fetching.post(PROCESS, params={"image_url": f"https://{host}/"})
    assert_problem(answer, 422, "url_unreachable")


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        pytest.param({"params": {"image_url": URL}, "content": JPEG}, 400, "conflicting_parameter", id="and a body"),
        pytest.param(
            {"data": {"image_url": URL}, "files": {"file": JPEG}}, 400, "conflicting_parameter", id="and a file"
        ),
        pytest.param(
            {"json": {"image_url": URL, "image": base64.b64encode(JPEG).decode()}},
            400,
            "conflicting_parameter",
            id="and base64",
        ),
        pytest.param(
            {"params": {"image_url": URL}, "json": {"image_url": URL + "?"}},
            400,
            "conflicting_parameter",
            id="two addresses",
        ),
        pytest.param({"json": {"image_url": 5}}, 400, "missing_image", id="a number"),
        pytest.param({"json": {"image_url": None}}, 400, "missing_image", id="null"),
        pytest.param({"json": {"image_url": [URL]}}, 400, "missing_image", id="a list"),
        pytest.param({"params": {"image_url": "http://a.example/"}}, 422, "url_not_allowed", id="http"),
    ],
)
def test_refuses(fetching: httpx.Client, sent: dict[str, Any], status: int, code: str) -> None:
    assert_problem(fetching.post(PROCESS, **sent), status, code)
