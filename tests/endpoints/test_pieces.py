"""Large answers go out piece by piece."""

import socket
import time
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.endpoints.pieces import PIECE, PiecewiseResponse
from tests.service import running_app

BODY = bytes(range(256)) * (5 * PIECE // 256) + b"end"


async def large(request: Request) -> Response:
    return PiecewiseResponse(BODY, media_type="image/png", headers={"X-Kept": "1"})


async def empty(request: Request) -> Response:
    return PiecewiseResponse(b"", 200)


APP = Starlette(routes=[Route("/large", large), Route("/empty", empty)])


def test_it_arrives_whole_with_its_length() -> None:
    with running_app(APP) as url, httpx.Client(base_url=url) as client:
        answer = client.get("/large")
        assert answer.content == BODY
        assert (answer.headers["content-length"], answer.headers["x-kept"]) == (str(len(BODY)), "1")
        assert client.get("/empty").content == b""


def test_head_has_its_length_and_no_body() -> None:
    with running_app(APP) as url, httpx.Client(base_url=url) as client:
        for _ in range(2):  # the connection stays usable
            answer = client.head("/large")
            assert (answer.content, answer.headers["content-length"]) == (b"", str(len(BODY)))


def test_a_client_that_hangs_up_midway_harms_nobody() -> None:
    with running_app(APP) as url:
        address = urlsplit(url)
        for _ in range(5):
            with socket.create_connection((str(address.hostname), int(address.port or 0))) as connection:
                connection.sendall(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.recv(1000)
        time.sleep(0.1)
        assert httpx.get(f"{url}/large").content == BODY
