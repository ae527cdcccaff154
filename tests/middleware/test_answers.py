"""Answers that nobody takes, and too many of them."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.endpoints.pieces import PiecewiseResponse
from gateway.middleware.answer_budget import SMALL, AnswerBudgetMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from tests.server.raw import answer, connected
from tests.service import assert_problem, running_app

TOTAL = 80_000_000
LARGE = 20_000_000  # more than sockets hold
GET = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"


async def large(request: Request) -> Response:
    return PiecewiseResponse(bytes(LARGE))


async def largest(request: Request) -> Response:
    return PiecewiseResponse(bytes(TOTAL + 1))


async def small(request: Request) -> Response:
    return Response(bytes(SMALL))


@pytest.fixture
def url() -> Iterator[str]:
    routes = [Route("/", large), Route("/small", small), Route("/largest", largest)]
    middleware = [
        Middleware(RequestIDMiddleware),
        Middleware(ProblemsMiddleware),
        Middleware(AnswerBudgetMiddleware, total=TOTAL),
    ]
    with running_app(Starlette(routes=routes, middleware=middleware)) as url:
        yield url


@contextmanager
def asking(url: str, own: str) -> Iterator[socket.socket]:
    """A client of that address, which asks and does not read."""
    with connected(url, own) as connection:
        connection.sendall(GET)
        yield connection


def asking_in_turn(stack: ExitStack, url: str, *addresses: str) -> list[socket.socket]:
    connections = []
    for address in addresses:
        connections.append(stack.enter_context(asking(url, address)))
        time.sleep(0.2)
    return connections


def test_who_does_not_read_leaves_others_their_answers(url: str) -> None:
    with ExitStack() as stack:
        *_, third = asking_in_turn(stack, url, "127.0.0.1", "127.0.0.1", "127.0.0.1")
        assert answer(third)[0] == 503
        (other,) = asking_in_turn(stack, url, "127.0.0.2")
        status, _, body = answer(other)
        assert (status, len(body)) == (200, LARGE)


def test_all_answers_together_are_bounded_and_given_back(url: str) -> None:
    with ExitStack() as stack:
        *_, fifth = asking_in_turn(stack, url, *(f"127.0.0.{last}" for last in range(2, 7)))
        assert answer(fifth)[0] == 503
    time.sleep(0.2)
    assert len(httpx.get(url).content) == LARGE


def test_small_answers_are_given_all_the_same(url: str) -> None:
    with ExitStack() as stack:
        asking_in_turn(stack, url, *(f"127.0.0.{last}" for last in range(1, 5)))
        refused = httpx.get(url)
        assert_problem(refused, 503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        assert httpx.get(f"{url}/small").status_code == 200


def test_what_never_has_room_beside_another_is_given_alone(url: str) -> None:
    assert len(httpx.get(f"{url}/largest").content) == TOTAL + 1
    with asking(url, "127.0.0.1"):
        time.sleep(0.2)
        assert_problem(httpx.get(f"{url}/largest"), 503, "overloaded")
