"""Bodies that do not arrive."""

import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.middleware.body_deadline import BodyDeadlineMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from tests.connections.raw import answer, connected, exchange, is_closed
from tests.service import running_app

SECONDS, IDLE = 1.5, 0.5
CHUNKED = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"


async def length(request: Request) -> Response:
    body = await request.body()
    hung_up = await request.is_disconnected()
    return Response(f"{len(body)} {hung_up}")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = Starlette(
        routes=[Route("/", length, methods=["GET", "POST"])],
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(ProblemsMiddleware),
            Middleware(BodyDeadlineMiddleware, seconds=SECONDS, idle=IDLE),
        ],
    )
    with running_app(app) as url:
        yield url


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nx", id="announced"),
        pytest.param(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n", id="asked for"
        ),
        pytest.param(CHUNKED + b"1\r\nx\r\n", id="chunked"),
        pytest.param(CHUNKED, id="not begun"),
    ],
)
def test_a_pause_ends_the_request(url: str, sent: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(sent)
        refused = answer(connection)
        if refused.status == 100:
            refused = answer(connection, refused.trailing)
        assert "0.5 seconds" in str(refused.problem(408, "request_timeout")["detail"])
        assert refused.headers["connection"] == "close"
        assert is_closed(connection)


def test_a_trickle_ends_as_well(url: str) -> None:
    begin = time.monotonic()
    with connected(url) as connection:
        connection.sendall(CHUNKED)
        while time.monotonic() - begin < SECONDS:
            connection.sendall(b"1\r\nx\r\n")
            time.sleep(0.05)
        assert "1.5 seconds" in str(answer(connection).problem(408, "request_timeout")["detail"])


def test_a_body_that_is_whole_is_not_waited_for(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        assert answer(connection).body == b"2 False"


def test_a_request_without_a_body_has_all_the_time(url: str) -> None:
    assert exchange(url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").body == b"0 False"
