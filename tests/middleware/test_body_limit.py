"""The body's bound, announced or counted."""

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.middleware.body_limit import BodyLimitMiddleware
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from tests.service import assert_problem, running_app


async def length(request: Request) -> Response:
    return Response(str(len(await request.body())))


async def ignore(request: Request) -> Response:
    return Response("not read")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    app = Starlette(
        routes=[Route("/length", length, methods=["POST"]), Route("/ignore", ignore, methods=["POST"])],
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(ProblemsMiddleware),
            Middleware(BodyLimitMiddleware, limit=10),
        ],
    )
    with running_app(app) as url, httpx.Client(base_url=url) as client:
        yield client


def pieces(count: int) -> Iterator[bytes]:
    yield from [b"x"] * count


@pytest.mark.parametrize("body", [b"x" * 10, pieces(10), b""], ids=["announced", "chunked", "empty"])
def test_lets_through_what_fits(client: httpx.Client, body: bytes) -> None:
    assert client.post("/length", content=body).status_code == 200


@pytest.mark.parametrize("body", [b"x" * 11, pieces(11)], ids=["announced", "chunked"])
def test_refuses_one_byte_more(client: httpx.Client, body: bytes) -> None:
    assert assert_problem(client.post("/length", content=body), 413, "body_too_large")["limit"] == 10


def test_a_body_that_nobody_reads_is_nobody_s_problem(client: httpx.Client) -> None:
    assert client.post("/ignore", content=b"x" * 11).text == "not read"
