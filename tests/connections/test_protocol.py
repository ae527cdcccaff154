"""What a client may send before there is a request, over real sockets."""

import asyncio
import logging
import socket
import time
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from gateway.connections.limits import ConnectionLimits
from gateway.middleware.problems import ProblemsMiddleware
from gateway.middleware.request_id import RequestIDMiddleware
from tests.connections.raw import answer, connected, exchange, is_closed, is_gone, some
from tests.service import running_app

LIMITS = ConnectionLimits(connections=8, head_seconds=1, write_seconds=0.5, idle_seconds=2, linger_seconds=5)
GET = b"GET /echo HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\n"
SLOW_BYTES = 30_000_000


async def echo(request: Request) -> Response:
    body = await request.body()
    headers = {name: value for name, value in request.headers.items() if name.startswith("x-")}
    return JSONResponse({"body": body.decode(), "headers": headers, "path": request.url.path})


async def unread(request: Request) -> Response:
    return PlainTextResponse("not read", 403)


async def large(request: Request) -> Response:
    return Response(bytes(SLOW_BYTES))


async def slow(request: Request) -> Response:
    await asyncio.sleep(0.3)
    return PlainTextResponse("slow")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    app = Starlette(
        routes=[
            Route("/echo", echo, methods=["GET", "POST"]),
            Route("/unread", unread, methods=["POST"]),
            Route("/large", large),
            Route("/slow", slow),
            Route("/health/live", echo),
        ],
        middleware=[Middleware(RequestIDMiddleware), Middleware(ProblemsMiddleware)],
    )
    with running_app(app, LIMITS) as url:
        yield url


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing a client sends leaves a traceback in the log."""
    with caplog.at_level(logging.DEBUG):
        yield
    errors = [record for record in caplog.records if record.levelno >= logging.ERROR or record.exc_info]
    assert not errors, [record.getMessage() for record in errors]


def fields(count: int, size: int = 1) -> bytes:
    return b"".join(b"X-%d: %b\r\n" % (number, b"v" * size) for number in range(count))


@pytest.mark.parametrize(
    ("sent", "status", "code", "limit"),
    [
        pytest.param(
            b"GET /" + b"u" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414, "url_too_long", 8192, id="long URL"
        ),
        pytest.param(GET[:-2] + fields(100) + b"\r\n", 431, "headers_too_large", 100, id="many fields"),
        pytest.param(GET[:-2] + fields(9, 4000) + b"\r\n", 431, "headers_too_large", 32768, id="large fields"),
        pytest.param(GET[:-2] + b"X: " + b"v" * 40_000, 431, "headers_too_large", 32768, id="field without end"),
        pytest.param(b"GET /" + b"u" * 40_000, 431, "headers_too_large", 32768, id="URL without end"),
        pytest.param(b"\r\n" * 20_000, 431, "headers_too_large", 32768, id="empty lines without end"),
    ],
)
def test_refuses_what_is_too_large(url: str, sent: bytes, status: int, code: str, limit: int) -> None:
    problem = exchange(url, sent).problem(status, code)
    assert problem["limit"] == limit
    assert str(limit) in str(problem["detail"])


@pytest.mark.parametrize("flood", [b"0\r\n" + fields(9000), b"1;" + b"e" * 40_000], ids=["trailers", "chunk extension"])
def test_refuses_what_is_no_body_in_a_body(url: str, flood: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n")
        assert some(connection).startswith(b"HTTP/1.1 100 ")
        connection.sendall(flood)
        answer(connection).problem(431, "headers_too_large")


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(GET[:-2] + fields(99) + b"\r\n", id="many fields"),
        pytest.param(GET[:-2] + fields(8, 4000) + b"\r\n", id="large fields"),
        pytest.param(b"GET /echo?" + b"q" * 8000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", id="long URL"),
        pytest.param(b"\r\n\r\n" + GET, id="empty lines before"),
        pytest.param(b"GET http://elsewhere/echo HTTP/1.1\r\nHost: x\r\n\r\n", id="absolute form"),
        pytest.param(b"GET /echo HTTP/1.0\r\n\r\n", id="HTTP/1.0"),
        pytest.param(GET[:-2] + b"Expect: miracles\r\n\r\n", id="an expectation nobody knows"),
        pytest.param(
            GET[:-2] + b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: eA==\r\n\r\n", id="websocket"
        ),
        pytest.param(
            GET[:-2] + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n", id="h2c"
        ),
    ],
)
def test_lets_through(url: str, sent: bytes) -> None:
    assert exchange(url, sent).status == 200


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"hello\r\n\r\n", id="no HTTP"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", id="TLS"),
        pytest.param(b"GET /echo\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(b"BREW /echo HTTP/1.1\r\nHost: x\r\n\r\n", id="unknown method"),
        pytest.param(b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", id="CONNECT"),
        pytest.param(b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", id="URL outside ASCII"),
        pytest.param(
            POST + b"Connection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nhi", id="upgrade with a body"
        ),
        pytest.param(GET[:-2] + b"X : y\r\n\r\n", id="space before the colon"),
        pytest.param(GET[:-2] + b"X: y\r\n z\r\n\r\n", id="continued field"),
        pytest.param(GET[:-2] + b"X: a\x00b\r\n\r\n", id="NUL in a field"),
        pytest.param(POST + b"Content-Length: -1\r\n\r\nx", id="negative length"),
        pytest.param(POST + b"Content-Length: 99999999999999999999999\r\n\r\nx", id="huge length"),
        pytest.param(POST + b"Content-Length: 0x1\r\n\r\nx", id="length in hexadecimal"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxx", id="two lengths"),
        pytest.param(POST + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx", id="the same length twice"),
        pytest.param(
            POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", id="length and chunks"
        ),
        pytest.param(POST + b"Transfer-Encoding: gzip\r\n\r\nx", id="unknown transfer coding"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\nz\r\nx\r\n", id="chunk size no number"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n", id="negative chunk size"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 17 + b"\r\nx\r\n", id="huge chunk size"),
        pytest.param(POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\nxy\r\n0\r\n\r\n", id="chunk longer than said"),
    ],
)
def test_refuses_what_is_no_valid_request(url: str, sent: bytes) -> None:
    with connected(url) as connection:
        connection.sendall(sent)
        refused = answer(connection)
        refused.problem(400, "malformed_request")
        assert refused.headers["connection"] == "close"
        assert is_closed(connection)


def test_a_head_that_does_not_end_is_told_so(url: str) -> None:
    with connected(url) as connection:
        begin = time.monotonic()
        for byte in GET[:-2]:
            connection.sendall(bytes([byte]))
            time.sleep(0.001)
        detail = str(answer(connection).problem(408, "request_timeout")["detail"])
        assert "1 seconds" in detail
        assert is_closed(connection)
        assert time.monotonic() - begin >= 0.8


def test_a_connection_without_a_request_is_closed(url: str) -> None:
    with connected(url) as connection:
        assert is_closed(connection)


def test_a_connection_between_requests_may_be_idle_for_longer(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(GET)
        assert answer(connection).status == 200
        time.sleep(1.2)
        connection.sendall(GET)
        assert answer(connection).status == 200
        assert is_closed(connection)


def test_the_next_head_has_its_time_as_well(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(GET + GET[:10])
        first = answer(connection)
        answer(connection, first.trailing).problem(408, "request_timeout")


def test_empty_lines_do_not_keep_a_connection(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(GET)
        assert answer(connection).status == 200
        connection.sendall(b"\r\n")
        assert is_closed(connection)


def test_trailers_are_no_header_fields(url: str) -> None:
    body = b"Transfer-Encoding: chunked\r\nX-Before: 1\r\n\r\n2\r\nhi\r\n0\r\nX-Behind: 1\r\n\r\n"
    with connected(url) as connection:
        connection.sendall(POST + body + GET)
        first = answer(connection)
        assert b'"body":"hi","headers":{"x-before":"1"}' in first.body
        assert answer(connection, first.trailing).status == 200


def test_an_upgrade_nobody_wants_does_not_end_the_connection(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(GET[:-2] + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert answer(connection).status == 200
        connection.sendall(GET)
        assert answer(connection).status == 200


def test_asks_for_the_body_once_somebody_reads_it(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert some(connection) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"hi")
        assert answer(connection).status == 200


def test_does_not_ask_for_a_body_nobody_reads(url: str) -> None:
    sent = b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
    refused = exchange(url, sent)
    assert (refused.status, refused.headers["connection"]) == (403, "close")


def test_a_client_of_http_1_0_is_never_told_to_continue(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST /echo HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi")
        assert answer(connection).status == 200


def test_pipelined_requests_are_answered_in_their_order(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"".join(GET.replace(b"/echo", path) for path in (b"/slow", b"/health/live", b"/echo")))
        first = answer(connection)
        second = answer(connection, first.trailing)
        third = answer(connection, second.trailing)
        assert first.body == b"slow"
        assert b"/health/live" in second.body and b"/echo" in third.body


def test_many_pipelined_requests_end_the_connection(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(GET.replace(b"/echo", b"/slow") + GET * 40)
        assert is_gone(connection)


def test_nonsense_behind_a_request_is_no_answer_to_it(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(GET.replace(b"/echo", b"/slow") + b"nonsense\r\n\r\n")
        assert is_gone(connection)


def test_a_refusal_reaches_a_client_that_is_still_sending(url: str) -> None:
    length = 30_000_000
    with connected(url) as connection:
        connection.sendall(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % length)
        connection.sendall(bytes(length))
        refused = answer(connection)
        assert (refused.status, refused.headers["connection"]) == (403, "close")
        assert is_closed(connection)


def test_a_refusal_of_a_request_that_is_here_whole_keeps_the_connection(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(b"POST /unread HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
        refused = answer(connection)
        assert (refused.status, "connection" in refused.headers) == (403, False)
        connection.sendall(GET)
        assert answer(connection).status == 200


def test_a_client_that_does_not_read_its_answer_is_dropped(url: str) -> None:
    with connected(url) as connection:
        connection.sendall(GET.replace(b"/echo", b"/large"))
        time.sleep(2)
        with pytest.raises(ConnectionError):
            received(connection, SLOW_BYTES)


def test_a_client_that_reads_its_answer_slowly_gets_it(url: str) -> None:
    with connected(url) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        connection.sendall(GET.replace(b"/echo", b"/large"))
        assert received(connection, SLOW_BYTES, pause=0.05) > SLOW_BYTES


def received(connection: socket.socket, expected: int, pause: float = 0.0) -> int:
    count = 0
    while count < expected:
        piece = connection.recv(2_000_000)
        if not piece:
            raise ConnectionResetError
        count += len(piece)
        time.sleep(pause)
    return count


def test_more_connections_than_allowed_are_told_to_come_back(url: str) -> None:
    held = [socket.create_connection(address(url), timeout=20) for _ in range(LIMITS.connections)]
    try:
        refused = exchange(url, GET)
        assert "8 connections" in str(refused.problem(503, "overloaded")["detail"])
        assert refused.headers["retry-after"] == "1"
        assert exchange(url, GET.replace(b"/echo", b"/health/live")).status == 200
    finally:
        for connection in held:
            connection.close()


def test_twice_as_many_are_dropped(url: str) -> None:
    held = [socket.create_connection(address(url), timeout=20) for _ in range(2 * LIMITS.connections)]
    try:
        with connected(url) as connection:
            assert is_gone(connection)
    finally:
        for connection in held:
            connection.close()


def address(url: str) -> tuple[str, int]:
    host, _, port = url.removeprefix("http://").partition(":")
    return host, int(port)
