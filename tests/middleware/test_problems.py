"""Whatever goes wrong inside, the client sees our form and never our internals."""

from collections.abc import AsyncIterator, Iterator
from contextlib import suppress

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from structlog.testing import capture_logs

from gateway.errors import Overloaded, TooManyPixels
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.recorded import RecordedMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from gateway.telemetry.access_log import AccessLog
from tests.service import assert_problem, running_app

FAILURES = {
    "/known": TooManyPixels("Too many.", limit=5, actual=9),
    "/busy": Overloaded("Full.", retry_after=3),
    "/unknown": ZeroDivisionError("secret at 0x7f in /srv/gateway.py"),
    "/gone": ClientDisconnect(),
}


async def fail(request: Request) -> Response:
    raise FAILURES[request.url.path]


async def fail_late(request: Request) -> Response:
    async def body() -> AsyncIterator[bytes]:
        yield b"begun"
        raise ZeroDivisionError

    return StreamingResponse(body())


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    app = Starlette(
        routes=[*(Route(path, fail) for path in FAILURES), Route("/late", fail_late)],
        middleware=[
            Middleware(RequestIDMiddleware),
            Middleware(RecordedMiddleware, observers=(AccessLog().observe,)),
            Middleware(ProblemsMiddleware),
        ],
    )
    with running_app(app) as url, httpx.Client(base_url=url) as client:
        yield client


def test_a_known_failure(client: httpx.Client) -> None:
    problem = assert_problem(client.get("/known"), 413, "too_many_pixels")
    assert (problem["detail"], problem["limit"], problem["actual"]) == ("Too many.", 5, 9)


def test_a_temporary_failure_says_when_to_come_back(client: httpx.Client) -> None:
    answer = client.get("/busy")
    assert_problem(answer, 503, "overloaded")
    assert answer.headers["retry-after"] == "3"


def test_an_unexpected_failure_is_logged_and_not_told(client: httpx.Client) -> None:
    with capture_logs() as lines:
        answer = client.get("/unknown")
    assert_problem(answer, 500, "internal_error")
    assert "secret" not in answer.text
    (line,) = lines
    assert isinstance(line["exc_info"], ZeroDivisionError)
    assert (line["log_level"], line["code"], line["status"]) == ("error", "internal_error", 500)


@pytest.mark.parametrize(
    ("path", "level", "code", "detail", "status"),
    [
        ("/known", "info", "too_many_pixels", "Too many.", 413),
        ("/busy", "warning", "overloaded", "Full.", 503),
        ("/gone", "info", None, None, 499),
    ],
)
def test_a_failure_is_in_the_request_s_one_line(
    client: httpx.Client, path: str, level: str, code: str | None, detail: str | None, status: int
) -> None:
    with capture_logs() as lines, suppress(httpx.RemoteProtocolError):
        client.get(path)
    (line,) = [each for each in lines if each["event"] == "request"]
    assert (line["log_level"], line["status"]) == (level, status)
    assert (line.get("code"), line.get("detail")) == (code, detail)


def test_a_failure_after_the_answer_began_closes_the_connection(client: httpx.Client) -> None:
    with capture_logs() as lines, pytest.raises(httpx.RemoteProtocolError):
        client.get("/late")
    (line,) = [each for each in lines if each["event"] == "request"]
    assert (line["log_level"], line["status"]) == ("error", 200)
    assert isinstance(line["exc_info"], ZeroDivisionError)
