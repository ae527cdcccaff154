"""What browsers are told about pages, pictures and problems."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.middleware.security_headers import SecurityHeadersMiddleware
from tests.photos import photo
from tests.server.raw import answer, connected
from tests.service import PROCESS, running_app

OWN = {
    "cache-control": "public, max-age=60",
    "content-security-policy": "sandbox",
    "cross-origin-resource-policy": "cross-origin",
}


@pytest.mark.parametrize("path", ["/", "/studio/studio.js", "/health", "/nothing", "/version"])
def test_on_every_answer(gateway_url: str, path: str) -> None:
    headers = httpx.get(gateway_url + path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_on_answers_to_what_is_no_request(gateway_url: str) -> None:
    with connected(gateway_url) as connection:
        connection.sendall(b"<html>\r\n\r\n")
        status, headers, _ = answer(connection)
    assert (status, headers["x-content-type-options"], headers["cache-control"]) == (400, "nosniff", "no-store")
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_page_runs_its_own_files_only(gateway_url: str) -> None:
    policy = httpx.get(gateway_url).headers["content-security-policy"]
    assert policy.startswith("default-src 'self';")
    assert "unsafe" not in policy
    assert httpx.get(f"{gateway_url}/version").headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("path", ["/", "/docs", "/studio/studio.js"])
def test_an_answer_that_is_known_keeps_its_policy(gateway_url: str, path: str) -> None:
    tag = httpx.get(gateway_url + path).headers["etag"]
    again = httpx.get(gateway_url + path, headers={"If-None-Match": tag})
    assert again.status_code == 304
    assert "content-security-policy" not in again.headers
    assert again.headers["x-content-type-options"] == "nosniff"


def test_pictures_and_problems_are_kept_by_nobody_and_files_are_asked_for_again(gateway_url: str) -> None:
    picture = httpx.post(gateway_url + PROCESS, content=photo("chelsea"), timeout=30)
    assert (picture.status_code, picture.headers["cache-control"]) == (200, "no-store")
    assert httpx.get(f"{gateway_url}/nothing").headers["cache-control"] == "no-store"
    assert httpx.get(f"{gateway_url}/studio/studio.js").headers["cache-control"] == "no-cache"


async def shared(request: Request) -> Response:
    return Response(headers=OWN)


def test_an_endpoint_knows_better() -> None:
    app = Starlette(routes=[Route("/", shared)], middleware=[Middleware(SecurityHeadersMiddleware)])
    with running_app(app) as url:
        headers = httpx.get(url).headers
    assert {name: headers[name] for name in OWN} == OWN
    assert headers["x-content-type-options"] == "nosniff"
