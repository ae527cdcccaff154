"""The address that everyone inside sees, and what is said where proxies are silent."""

import httpx
import pytest
import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway import client
from gateway.middleware.client import ClientMiddleware
from gateway.middleware.recorded import RecordedMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from gateway.telemetry.access_log import AccessLog
from tests.service import running_app


async def who(request: Request) -> Response:
    return Response(client.get(request.scope))


def app(proxies: int) -> Starlette:
    middleware = [
        Middleware(RequestIDMiddleware),
        Middleware(ClientMiddleware, proxies=proxies),
        Middleware(RecordedMiddleware, observers=(AccessLog().observe,), addresses="full"),
    ]
    return Starlette(routes=[Route("/", who)], middleware=middleware)


@pytest.mark.parametrize(("proxies", "expected"), [(0, "127.0.0.1"), (1, "1.2.3.4"), (2, "6.6.6.6")])
def test_it_is_counted_from_the_right_over_lines(proxies: int, expected: str) -> None:
    headers = [("X-Forwarded-For", "6.6.6.6"), ("x-forwarded-for", "1.2.3.4")]
    with structlog.testing.capture_logs() as logs, running_app(app(proxies)) as url:
        assert httpx.get(url, headers=headers).text == expected
    assert [each["client"] for each in logs if each["event"] == "request"] == [expected]
    assert not [each for each in logs if each["log_level"] == "warning"]


def test_a_silent_proxy_is_named_once() -> None:
    with structlog.testing.capture_logs() as logs, running_app(app(2)) as url:
        for _ in range(3):
            assert httpx.get(url, headers={"X-Forwarded-For": "6.6.6.6"}).text == "127.0.0.1"
    assert [each["proxies"] for each in logs if each["log_level"] == "warning"] == [2]
