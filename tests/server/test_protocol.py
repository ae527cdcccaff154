"""What a connection may cost: by hand, against a real gateway."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import psutil
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.app import create_app
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
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
        pytest.param(HEALTH + b"Host: y\r\n\r\n", 400, "malformed_request", id="two hosts"),
        pytest.param(b"GET /health/live HTTP/1.1\r\n\r\n", 400, "malformed_request", id="no host"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\n", 400, "malformed_request", id="negative length"),
        pytest.param(POST + b"Content-Length: 99999999999999999999\r\n\r\n", 400, "malformed_request", id="huge length"),
        pytest.param(
            POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", 400, "malformed_request", id="both"
        ),
        pytest.param(
            POST + b"Content-Length: 1000001\r\n\r\n", 413, "body_too_large", id="announced too large"
        ),
        pytest.param(b"GET /" + b"a" * 2 * MAX_HEAD, 431, "headers_too_large", id="address without end"),
        pytest.param(b"\r\n" * MAX_HEAD, 431, "headers_too_large", id="empty lines without end"),
        pytest.param(b"GET /health/live\r\n\r\n", 400, "malformed_request", id="HTTP/0.9"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, "malformed_request", id="HTTP/2"),
        pytest.param(b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request", id="CONNECT"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", 400, "malformed_request", id="address not ASCII"),
        pytest.param(HEALTH + b"A : b\r\n\r\n", 400, "malformed_request", id="space before the colon"),
        pytest.param(HEALTH + b"A: b\r\n c\r\n\r\n", 400, "malformed_request", id="continued header"),
        pytest.param(HEALTH + b"A: b\x00c\r\n\r\n", 400, "malformed_request", id="NUL in a header"),
        pytest.param(POST + b"Content-Length: 0x1\r\n\r\nx", 400, "malformed_request", id="length in hexadecimal"),
        pytest.param(
            POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", 400, "malformed_request", id="one length twice"
        ),
        pytest.param(POST + b"Transfer-Encoding: gzip\r\n\r\nx", 400, "malformed_request", id="gzip for transfer"),
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


def test_chunks_count(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n")
        for _ in range(12):
            connection.sendall(b"186a0\r\n" + bytes(100_000) + b"\r\n")
        assert problem(connection) == (413, "body_too_large")


@pytest.mark.parametrize(
    "chunks", [b"zz\r\n", b"-1\r\nx\r\n", b"f" * 17 + b"\r\nx\r\n", b"1\r\nxy\r\n0\r\n\r\n"],
    ids=["no number", "negative", "huge", "longer than said"],
)  # fmt: skip
def test_broken_chunks(url: str, chunks: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunks)
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


@pytest.mark.parametrize("protocol", [b"websocket", b"h2c"])
def test_an_upgrade_is_not_taken_up(url: str, protocol: bytes) -> None:
    offer = b"Connection: Upgrade\r\nUpgrade: " + protocol + b"\r\n"
    with connected(url) as connection:
        connection.sendall(HEALTH + offer + b"\r\n")
        assert answer(connection)[0] == 200
        connection.sendall(POST + offer + b"Content-Length: 5\r\n\r\n")
        time.sleep(0.05)
        connection.sendall(b"he")
        time.sleep(0.05)
        connection.sendall(b"llo" + HEALTH + b"\r\n")
        assert problem(connection) == (415, "unsupported_image")  # the body was read
        assert answer(connection)[0] == 200
        connection.sendall(POST + offer + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")
        assert problem(connection) == (415, "unsupported_image")


@pytest.mark.parametrize(
    "flood",
    [b"0\r\n" + b"A: b\r\n" * 10_000, b"0\r\nA: " + b"b" * 40_000, b"1;" + b"e" * 40_000],
    ids=["trailers", "a trailer without end", "a chunk extension without end"],
)
def test_what_is_no_body_in_a_body_is_bounded_like_a_head(url: str, flood: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        assert answer(connection)[0] == 100
        connection.sendall(flood)
        assert problem(connection) == (431, "headers_too_large")


def test_the_next_head_has_its_time_as_well(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Content-Length: 5\r\n\r\nhello" + HEALTH)
        assert problem(connection) == (415, "unsupported_image")
        assert problem(connection) == (408, "request_timeout")


def test_empty_lines_do_not_keep_a_connection(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(HEALTH + b"\r\n")
        assert answer(connection)[0] == 200
        connection.sendall(b"\r\n")
        assert is_closed(connection)


def test_an_expectation_nobody_knows_is_ignored(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(HEALTH + b"Expect: miracles\r\n\r\n")
        assert answer(connection)[0] == 200


def test_http_1_0_is_never_told_to_continue(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST.replace(b"1.1", b"1.0") + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\nhello")
        assert problem(connection) == (415, "unsupported_image")


async def patient(request: Request) -> Response:
    await asyncio.sleep(0.5)
    await request.body()
    return JSONResponse(dict(request.headers))


@pytest.fixture(scope="module")
def patient_url() -> Iterator[str]:
    """A server that takes half a second, and then tells the headers it has found."""
    middleware = [Middleware(RequestIDMiddleware), Middleware(ProblemsMiddleware)]
    with running_app(Starlette(routes=[Route("/", patient, methods=["GET", "POST"])], middleware=middleware)) as url:
        yield url


FIRST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"


def test_trailers_are_no_headers(patient_url: str) -> None:
    with connected(patient_url) as connection:
        connection.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-Api-Key: forged\r\n\r\n"
        )
        status, _, body = answer(connection)
        assert (status, b"x-api-key" in body) == (200, False)


def test_pipelined_requests_are_answered(patient_url: str) -> None:
    with connected(patient_url) as connection:
        connection.sendall(FIRST * 3)
        assert [answer(connection)[0] for _ in range(3)] == [200, 200, 200]


OFFER = FIRST[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n"


@pytest.mark.parametrize(
    "behind", [FIRST * 40, OFFER * 2000, b"nonsense\r\n\r\n"], ids=["many more", "many offers", "nonsense"]
)
def test_what_comes_behind_a_request_is_no_answer_to_it(patient_url: str, behind: bytes) -> None:
    with connected(patient_url) as connection:
        connection.sendall(FIRST + behind)
        assert answer(connection)[0] == 0


VERSION = b"GET /version HTTP/1.1\r\nHost: x\r\n\r\n"


def held(stack: ExitStack, url: str, *addresses: str) -> None:
    """Connections from there, on which nothing is said."""
    for address in addresses:
        stack.enter_context(connected(url, address))
    time.sleep(0.1)


def test_twice_as_many_connections_are_dropped() -> None:
    with running_app(Starlette(), connections=2) as url, ExitStack() as stack:
        held(stack, url, *(f"127.0.0.{last}" for last in range(1, 5)))
        with connected(url) as connection:
            assert is_closed(connection)


def test_one_address_leaves_connections_to_the_others() -> None:
    app = create_app(Settings(model="nobody"), NOBODY)
    with running_app(app, connections=8) as url, ExitStack() as stack:
        held(stack, url, *["127.0.0.1"] * 4)
        with connected(url) as mine, connected(url, "127.0.0.2") as another:
            mine.sendall(VERSION)
            assert problem(mine) == (503, "overloaded")
            another.sendall(VERSION)
            assert answer(another)[0] == 200


def test_one_address_has_nobody_else_dropped() -> None:
    with running_app(Starlette(), connections=4) as url, ExitStack() as stack:
        held(stack, url, *["127.0.0.1"] * 4)
        with connected(url) as mine, connected(url, "127.0.0.2") as another:
            assert is_closed(mine)
            another.sendall(VERSION)
            assert answer(another)[0] == 404


def test_behind_proxies_addresses_are_theirs() -> None:
    app = create_app(Settings(model="nobody"), NOBODY)
    with running_app(app, connections=4, proxied=True) as url, ExitStack() as stack:
        held(stack, url, *["127.0.0.1"] * 3)
        with connected(url) as connection:
            connection.sendall(VERSION)
            assert answer(connection)[0] == 200


def test_connections_are_bounded() -> None:
    app = create_app(Settings(model="nobody"), NOBODY)
    with running_app(app, connections=3) as url:
        with ExitStack() as stack:
            held(stack, url, "127.0.0.2", "127.0.0.3", "127.0.0.4")
            assert httpx.get(f"{url}/health/live").status_code == 200  # whoever watches is heard
            refused = httpx.get(f"{url}/version", headers={"Origin": "https://a.example"})
            assert (refused.status_code, refused.json()["code"]) == (503, "overloaded")
            assert int(refused.headers["retry-after"]) >= 1
            assert refused.headers["connection"] == "close"
        time.sleep(0.1)
        assert httpx.get(f"{url}/version").status_code == 200


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
