"""The body's bound, announced or counted."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

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
from tests.server.raw import answer, connected
from tests.service import assert_problem, running_app


async def length(request: Request) -> Response:
    return Response(str(len(await request.body())))


async def ignore(request: Request) -> Response:
    return Response("not read")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = Starlette(
        routes=[Route("/length", length, methods=["POST"]), Route("/ignore", ignore, methods=["POST"])],
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(ProblemsMiddleware),
            Middleware(BodyLimitMiddleware, limit=10),
        ],
    )
    with running_app(app) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=url) as client:
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


@pytest.mark.parametrize("expect", [b"", b"Expect: 100-continue\r\n"], ids=["sends at once", "waits to be asked"])
def test_an_announced_giant_is_refused_before_its_first_byte(url: str, expect: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n" + expect + b"\r\n")
        status, headers, _ = answer(connection)
        assert (status, headers["connection"]) == (413, "close")


@pytest.mark.parametrize(
    "how", [["-H", "Expect:"], ["-H", "Expect: 100-continue"], ["-H", "Transfer-Encoding: chunked"]]
)
def test_curl_shows_the_refusal_of_100_megabytes(url: str, tmp_path: Path, how: list[str]) -> None:
    giant = tmp_path / "giant"
    with giant.open("wb") as file:
        file.truncate(100_000_000)
    command = ["curl", "-sS", "--data-binary", f"@{giant}", *how, f"{url}/length"]
    run = subprocess.run(command, capture_output=True, check=True, timeout=60)
    assert json.loads(run.stdout)["code"] == "body_too_large"
