"""uvicorn's HTTP/1.1 with bounds: on heads, on time, on connections; every refusal a problem the client gets to read."""

import asyncio
from typing import Any, ClassVar, Final, cast

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from gateway.connections.answer import answer
from gateway.connections.limits import ConnectionLimits
from gateway.connections.transport import PatientTransport
from gateway.errors import GatewayError, HeadersTooLarge, MalformedRequest, Overloaded, RequestTimeout, URLTooLong

_log = structlog.get_logger(__name__)
_BODY_FIELDS: Final = (b"content-length", b"transfer-encoding")
_PROBES: Final = b"/health/"
"""Whoever watches the service is heard even when it has too many clients."""


class BoundedProtocol(HttpToolsProtocol):
    """One connection. What is wrong before there is a request is answered here, everything else by the application."""

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """As uvicorn's; the clock for the first head runs."""
        self._patient = PatientTransport(transport, self.limits, self.loop, lambda: self._midway)
        self._midway = False  # between the first byte of a request and its last
        self._in_head = True  # or before one
        self._stray = 0  # bytes since a head was complete or a piece of body came
        self._head_clock: asyncio.TimerHandle | None = None
        super().connection_made(cast(asyncio.Transport, self._patient))
        self._excess = len(self.connections) > self.limits.connections
        self._start_head_clock()
        if len(self.connections) > 2 * self.limits.connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """As uvicorn's; no clock runs any more."""
        self._stop_head_clock()
        self._patient.lost()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """As uvicorn's: the client lags behind its answer."""
        super().pause_writing()
        self._patient.watch_writes()

    def resume_writing(self) -> None:
        """As uvicorn's: the client has caught up."""
        super().resume_writing()
        if not self._patient.is_closing():
            self._patient.unwatch_writes()

    def data_received(self, data: bytes) -> None:
        """As uvicorn's, for bytes that somebody will read."""
        if self._patient.is_closing():
            return
        self._stray += len(data)
        if self._in_head:  # empty lines before a request begin none, but take time as well
            self._start_head_clock()
        super().data_received(data)
        if self._stray > self.limits.head_bytes:
            self._refuse(self._too_large())

    def on_message_begin(self) -> None:
        """A request begins, maybe behind another in the same piece."""
        super().on_message_begin()
        self._midway = True
        self._start_head_clock()

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field; trailers come the same way, and must not pass for one."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is judged before anything is done for it."""
        self._stop_head_clock()
        self._in_head, self._stray = False, 0
        refusal = self._refusal()
        if refusal is not None:
            self._refuse(refusal)
        if self._patient.is_closing():
            return
        if self.parser.get_http_version() == "1.0":
            self.expect_100_continue = False  # which such a client does not understand
        super().on_headers_complete()
        if len(self.pipeline) > self.limits.pipelined:
            self._patient.abort()

    def on_body(self, body: bytes) -> None:
        """As uvicorn's."""
        self._stray = 0
        if not self._patient.is_closing():
            super().on_body(body)

    def on_message_complete(self) -> None:
        """As uvicorn's; a client that was refused has sent everything."""
        self._midway, self._in_head, self._stray = False, True, 0
        if self._patient.is_closing():
            self._patient.close()
        else:
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """What uvicorn calls for bytes that are not HTTP."""
        self._midway = True
        self._refuse(MalformedRequest("The bytes sent are not a valid HTTP/1.1 request."))

    def _unsupported_upgrade_warning(self) -> None:
        """What uvicorn calls behind a request to speak another protocol: it is answered as if it had not asked."""
        self.parser = type(self.parser)(self)  # the old one takes what follows for the other protocol

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        """As uvicorn's; an answer to a request that is not here whole ends the connection, and says so."""

        async def closing(scope: Scope, receive: Receive, send: Send) -> None:
            async def send_closing(message: Message) -> None:
                if message["type"] == "http.response.start" and cycle.more_body:
                    cycle.keep_alive = False
                await send(message)

            await cast(ASGIApp, app)(scope, receive, send_closing)

        super()._start_asgi_task(cycle, cast(Any, closing))

    def _refusal(self) -> GatewayError | None:
        """Of the request whose head is complete; None where nothing speaks against it."""
        url, count, limits = len(self.url), len(self.headers), self.limits
        if url > limits.url_bytes:
            detail = f"The URL has {url} bytes; {limits.url_bytes} are allowed."
            return URLTooLong(detail, limit=limits.url_bytes, actual=url)
        if count > limits.fields:
            detail = f"There are {count} header fields; {limits.fields} are allowed."
            return HeadersTooLarge(detail, limit=limits.fields, actual=count)
        if url + sum(len(name) + len(value) + 4 for name, value in self.headers) > limits.head_bytes:
            return self._too_large()
        if self.parser.get_http_version() not in ("1.0", "1.1"):
            return MalformedRequest("HTTP/1.0 and HTTP/1.1 are spoken here.", allowed=("1.0", "1.1"))
        if self.parser.should_upgrade() and any(name in _BODY_FIELDS for name, _ in self.headers):
            # The parser takes what follows for the other protocol, which is not spoken here: the body would be lost.
            return MalformedRequest("A request with a body cannot ask for another protocol; send it without Upgrade.")
        if self._excess and not self.url.startswith(_PROBES):
            return Overloaded(f"{self.limits.connections} connections are open already; try again shortly.")
        return None

    def _too_large(self) -> HeadersTooLarge:
        limit = self.limits.head_bytes
        return HeadersTooLarge(f"Header fields and URL are larger than the {limit} bytes allowed.", limit=limit)

    def _refuse(self, error: GatewayError) -> None:
        """Answers with `error` and closes; behind a request whose answer is still due, where none would be read, closes."""
        if self._patient.is_closing():
            return
        _log.info("refused", code=error.code, status=error.status, detail=error.detail)
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete:
            if cycle.response_started or not cycle.more_body:
                self._patient.abort()
                return
            cycle.disconnected = True
            cycle.message_event.set()
        self._patient.write(answer(error, self.server_state.default_headers))
        self._patient.close()

    def _start_head_clock(self) -> None:
        if self._head_clock is None:
            self._head_clock = self.loop.call_later(self.limits.head_seconds, self._head_is_late)

    def _stop_head_clock(self) -> None:
        if self._head_clock is not None:
            self._head_clock.cancel()
            self._head_clock = None

    def _head_is_late(self) -> None:
        self._head_clock = None
        seconds = self.limits.head_seconds
        if self._midway:
            self._refuse(RequestTimeout(f"The request's header fields did not arrive within {seconds:g} seconds."))
        else:
            self._patient.close()
