"""Bodies in memory, all together."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.middleware.body_budget import BodyBudgetMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from tests.connections.raw import Answer, answer, connected, exchange, some
from tests.service import running_app

TOTAL = 1000


async def length(request: Request) -> Response:
    return Response(str(len(await request.body())))


@pytest.fixture
def url() -> Iterator[str]:
    app = Starlette(
        routes=[Route("/", length, methods=["POST"])],
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(ProblemsMiddleware),
            Middleware(BodyBudgetMiddleware, total=TOTAL),
        ],
    )
    with running_app(app) as url:
        yield url


def announced(size: int, sent: int) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % size + bytes(sent)


def chunked(size: int) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % size + bytes(size)


def refused(given: Answer) -> bool:
    given.problem(503, "overloaded")
    return given.headers["retry-after"] == "1"


@pytest.mark.parametrize("sent", [announced(600, 600), chunked(600)], ids=["announced", "chunked"])
def test_refuses_what_has_no_room_beside_the_others(url: str, sent: bytes) -> None:
    with connected(url) as other:
        other.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 501\r\nExpect: 100-continue\r\n\r\n")
        assert some(other).startswith(b"HTTP/1.1 100 ")
        other.sendall(bytes(500))
        fill(url)
        assert refused(exchange(url, sent))
        other.sendall(b"x")
        assert answer(other).body == b"501"
    assert exchange(url, announced(1000, 1000)).status == 200


def fill(url: str) -> None:
    """Returns once the 500 bytes that were sent before have been counted: what needs more is refused."""
    while exchange(url, announced(501, 501)).status == 200:
        pass


def test_an_announcement_reserves_nothing(url: str) -> None:
    with ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(connected(url)).sendall(announced(900, 1))
        assert exchange(url, announced(900, 900)).status == 200


@pytest.mark.parametrize("sent", [announced(1001, 0), chunked(1001)], ids=["announced", "chunked"])
def test_refuses_what_never_has_room(url: str, sent: bytes) -> None:
    assert refused(exchange(url, sent))


def test_a_client_that_hangs_up_gives_its_room_back(url: str) -> None:
    for _ in range(3):
        with connected(url) as connection:
            connection.sendall(announced(901, 900))
    while exchange(url, announced(1000, 1000)).status == 503:
        pass
