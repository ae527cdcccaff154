"""Bodies that do not come, and too many of them."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.endpoints.pieces import PiecewiseResponse
from gateway.middleware.body_budget import BodyBudgetMiddleware
from gateway.middleware.body_deadline import BodyDeadlineMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from tests.server.raw import answer, connected, problem
from tests.service import running_app

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"
HOLDING = threading.Event()


async def echo(request: Request) -> Response:
    return Response(str(len(await request.body())))


async def leave(request: Request) -> Response:
    await request.body()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    HOLDING.set()
    return Response()


async def much(request: Request) -> Response:
    """More than a socket holds."""
    await request.body()
    return PiecewiseResponse(bytes(20_000_000))


ENDPOINTS = {"/": echo, "/leave": leave, "/much": much}


def app(*middleware: Middleware) -> Starlette:
    routes = [Route(path, endpoint, methods=["POST"]) for path, endpoint in ENDPOINTS.items()]
    return Starlette(
        routes=routes, middleware=[Middleware(RequestIDMiddleware), Middleware(ProblemsMiddleware), *middleware]
    )


@pytest.fixture(scope="module")
def hurried() -> Iterator[str]:
    with running_app(app(Middleware(BodyDeadlineMiddleware, seconds=1.0, idle=0.3))) as url:
        yield url


def test_a_body_of_which_nothing_comes(hurried: str) -> None:
    with connected(hurried) as connection:
        connection.sendall(HEAD + b"x")
        assert problem(connection) == (408, "request_timeout")


def test_a_body_that_drips(hurried: str) -> None:
    begin = time.monotonic()
    with connected(hurried) as connection:
        connection.sendall(HEAD)
        for _ in range(8):
            connection.sendall(b"x")
            time.sleep(0.15)
        assert problem(connection) == (408, "request_timeout")
    assert time.monotonic() - begin < 5


def test_a_body_that_comes_and_a_client_that_stays(hurried: str) -> None:
    assert httpx.post(hurried, content=b"x" * 1000).text == "1000"
    with pytest.raises(httpx.ReadTimeout):
        httpx.post(f"{hurried}/leave", content=b"x", timeout=1.5)  # longer than a body may take
    assert HOLDING.wait(5)


def test_all_bodies_together_are_bounded_and_given_back() -> None:
    with running_app(app(Middleware(BodyBudgetMiddleware, total=1500))) as url:
        for _ in range(3):
            assert httpx.post(url, content=b"x" * 1000).text == "1000"
        with connected(url) as first, connected(url) as second:
            first.sendall(HEAD + b"x" * 900)
            time.sleep(0.1)
            second.sendall(HEAD + b"x" * 900)
            assert problem(second) == (503, "overloaded")
        time.sleep(0.1)
        assert httpx.post(url, content=b"x" * 1500).text == "1500"


EXPECTING = HEAD[:-2] + b"Expect: 100-continue\r\n\r\n"


def test_what_is_larger_than_the_room_left_is_not_begun() -> None:
    bounded = app(Middleware(BodyBudgetMiddleware, total=1500))
    with running_app(bounded) as url, connected(url) as first, connected(url) as second:
        first.sendall(EXPECTING)
        assert answer(first)[0] == 100
        first.sendall(b"x" * 600)
        time.sleep(0.1)
        second.sendall(EXPECTING)
        status, headers, _ = answer(second)
        assert (status, headers["retry-after"], headers["connection"]) == (503, "1", "close")
        first.sendall(b"x" * 400)
        assert answer(first)[0] == 200


def test_an_announcement_alone_keeps_nobody_out() -> None:
    with running_app(app(Middleware(BodyBudgetMiddleware, total=1500))) as url, ExitStack() as stack:
        for _ in range(5):
            announced = stack.enter_context(connected(url))
            announced.sendall(EXPECTING)
            assert answer(announced)[0] == 100
        assert httpx.post(url, content=b"x" * 1000).text == "1000"


@pytest.mark.parametrize("body", [b"x" * 1501, iter([b"x" * 1000, b"x" * 501])], ids=["announced", "chunked"])
def test_a_body_that_never_has_room_says_so(body: Any) -> None:
    with running_app(app(Middleware(BodyBudgetMiddleware, total=1500))) as url:
        refused = httpx.post(url, content=body)
        assert (refused.status_code, "1500 bytes" in refused.text) == (503, True)


def test_one_address_leaves_room_for_the_bodies_of_others() -> None:
    with running_app(app(Middleware(BodyBudgetMiddleware, total=3000))) as url, ExitStack() as stack:
        first, second, other = (
            stack.enter_context(connected(url, own)) for own in ("127.0.0.1", "127.0.0.1", "127.0.0.2")
        )
        first.sendall(HEAD + b"x" * 900)
        time.sleep(0.1)
        second.sendall(HEAD + b"x" * 900)
        assert problem(second) == (503, "overloaded")
        other.sendall(HEAD + b"x" * 1000)
        assert answer(other)[0] == 200


def test_who_does_not_read_its_answer_holds_no_room_for_bodies() -> None:
    with running_app(app(Middleware(BodyBudgetMiddleware, total=1500))) as url, connected(url) as slow:
        slow.sendall(HEAD.replace(b"/", b"/much", 1) + b"x" * 1000)
        time.sleep(0.3)
        assert httpx.post(url, content=b"x" * 1000).text == "1000"
