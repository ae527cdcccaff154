"""What a connection may cost: by hand, against a real gateway."""

import socket
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gateway.app import create_app
from gateway.server.protocol import MAX_HEAD, MAX_HEADERS, MAX_URI
from gateway.settings import Settings
from tests.server.raw import answer, connected, is_closed, problem
from tests.service import PROCESS, running_app

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"
POST = f"POST {PROCESS} HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\n".encode()
NOBODY = "127.0.0.1:1"


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A gateway before no Triton: what is tested here never gets that far."""
    settings = Settings(model="nobody", max_body_bytes=1_000_000, start_seconds=0.2)
    with running_app(create_app(settings, NOBODY), head_seconds=1) as url:
        yield url


def test_a_plain_request(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(HEALTH + b"\r\n")
        assert answer(connection)[0] == 200


@pytest.mark.parametrize(
    ("head", "status", "code"),
    [
        pytest.param(b"GET /" + b"a" * MAX_URI + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "uri_too_long", id="address"),
        pytest.param(
            HEALTH + b"A: " + b"b" * MAX_HEAD + b"\r\n\r\n", 431, "headers_too_large", id="one header"
        ),
        pytest.param(HEALTH + b"A: b\r\n" * MAX_HEADERS + b"\r\n", 431, "headers_too_large", id="many headers"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, "malformed_request", id="TLS"),
        pytest.param(b"hello\r\n\r\n", 400, "malformed_request", id="no HTTP"),
        pytest.param(
            POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n", 400, "malformed_request", id="two lengths"
        ),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", 400, "malformed_request", id="negative length"),
        pytest.param(POST + b"Content-Length: 99999999999999999999\r\n\r\n", 400, "malformed_request", id="huge length"),
        pytest.param(
            POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "malformed_request", id="both"
        ),
        pytest.param(
            POST + b"Content-Length: 1000001\r\n\r\n", 413, "body_too_large", id="announced too large"
        ),
    ],
)  # fmt: skip
def test_refused_by_its_head(url: str, head: bytes, status: int, code: str) -> None:
    with connected(url) as connection:
        connection.sendall(head)
        assert problem(connection) == (status, code)
    assert httpx.get(f"{url}/health/live").status_code == 200


def test_a_head_without_an_end_is_cut_off(url: str) -> None:
    with connected(url) as connection:
        try:
            for _ in range(10_000):
                connection.sendall(b"GET / HTTP/1.1\r\nA: " if _ == 0 else b"b" * 1000)
        except OSError:
            return
        assert problem(connection)[0] == 431


@pytest.mark.parametrize("sent", [b"", b"GET / HT", HEALTH], ids=["nothing", "half a line", "no end"])
def test_a_head_that_does_not_come_is_cut_off(url: str, sent: bytes) -> None:
    begin = time.monotonic()
    with connected(url) as connection:
        connection.sendall(sent)
        if sent:
            assert problem(connection) == (408, "request_timeout")
        assert is_closed(connection)
    assert 0.5 < time.monotonic() - begin < 5


def test_a_head_that_drips_is_cut_off_all_the_same(url: str) -> None:
    begin = time.monotonic()
    with connected(url) as connection:
        connection.settimeout(0.1)
        for byte in HEALTH * 3:
            try:
                connection.sendall(bytes([byte]))
                if not connection.recv(1):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
            break
    assert 0.5 < time.monotonic() - begin < 5


def test_no_permission_to_send_what_would_be_refused(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 100000000\r\n\r\n")
        assert problem(connection) == (413, "body_too_large")


def test_permission_to_send_what_will_be_read(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hello")
        assert problem(connection) == (415, "unsupported_image")


def test_who_still_sends_sees_the_refusal(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Content-Length: 20000000\r\n\r\n")
        for _ in range(200):
            connection.sendall(bytes(100_000))
        assert problem(connection) == (413, "body_too_large")
        connection.sendall(HEALTH + b"\r\n")  # the connection is good for another one
        assert answer(connection)[0] == 200


def test_chunks_count(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(12):
            connection.sendall(b"186a0\r\n" + bytes(100_000) + b"\r\n")
        assert problem(connection) == (413, "body_too_large")


def test_broken_chunks(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n")
        assert problem(connection) == (400, "malformed_request")
        assert is_closed(connection)


def test_chunks_with_trailers_and_two_requests_at_once(url: str) -> None:
    with connected(url) as connection:
        chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"
        connection.sendall(chunked + HEALTH + b"\r\n")
        assert problem(connection) == (415, "unsupported_image")
        assert answer(connection)[0] == 200


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"TRACE /health/live HTTP/1.1", 405),
        (b"DELETE /health/live HTTP/1.1", 405),
        (b"GET http://x/health/live HTTP/1.1", 200),
        (b"GET /health/live HTTP/1.0", 200),
        (b"GET /health/live?a=%ff%00 HTTP/1.1", 200),
        (b"GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1", 404),
        (b"GET /studio/%2e%2e/settings.py HTTP/1.1", 404),
        (b"GET /studio//etc/passwd HTTP/1.1", 404),
        (b"GET /%ff%fe HTTP/1.1", 404),
        (b"BREW /health/live HTTP/1.1", 400),
    ],
)
def test_odd_requests(url: str, line: bytes, status: int) -> None:
    with connected(url) as connection:
        connection.sendall(line + b"\r\nHost: x\r\n\r\n")
        assert answer(connection)[0] == status


def test_an_upgrade_is_not_taken_up(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(HEALTH + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n")
        assert answer(connection)[0] == 200


def test_connections_are_bounded() -> None:
    app = create_app(Settings(model="nobody"), NOBODY)
    with running_app(app, connections=3) as url:
        idle = []
        for _ in range(3):
            address = url.removeprefix("http://").split(":")
            idle.append(socket.create_connection((address[0], int(address[1]))))
        time.sleep(0.1)
        refused = httpx.get(f"{url}/health/live", headers={"Origin": "https://a.example"})
        assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
        assert int(refused.headers["retry-after"]) >= 1
        for each in idle:
            each.close()
        time.sleep(0.1)
        assert httpx.get(f"{url}/health/live").status_code == 200


async def endless(request: Request) -> Response:
    return Response(bytes(50_000_000))


def test_a_client_that_does_not_read_is_given_up() -> None:
    app = Starlette(routes=[Route("/", endless)])
    with running_app(app, write_seconds=0.5) as url, connected(url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        time.sleep(0.1)
        assert _connections(url) == 1
        end = time.monotonic() + 10
        while _connections(url) > 0:
            assert time.monotonic() < end, "the connection is still held"
            time.sleep(0.2)


def _connections(url: str) -> int:
    """How many connections to `url` the kernel has established on the server's side."""
    port = int(url.rpartition(":")[2])
    return sum(
        each.laddr.port == port and each.status == psutil.CONN_ESTABLISHED
        for each in psutil.Process().net_connections("tcp")
    )
