"""One record for each request, for all who tell of requests."""

import time
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import client, request_id, stopwatch
from gateway.audit.audit import Addresses, client_shown
from gateway.audit.pseudonym import shown
from gateway.telemetry import record
from gateway.telemetry.record import Observer, Record


class RecordedMiddleware:
    """Keeps the request's record and tells `observers` of it at its end; says its stages in Server-Timing."""

    def __init__(self, app: ASGIApp, observers: Sequence[Observer], addresses: Addresses = "masked") -> None:
        self.app = app
        self.observers = observers
        self.addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begin = time.perf_counter()
        kept = self._begun(scope)

        async def send_recorded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept.status, kept.answered = message["status"], time.perf_counter() - begin
                MutableHeaders(scope=message)["Server-Timing"] = _timing(kept, kept.answered)
            kept.sent += len(message.get("body", b""))
            await send(message)

        try:
            with stopwatch.of_request(kept.watch):
                await self.app(scope, receive, send_recorded)
        finally:
            kept.seconds = time.perf_counter() - begin
            kept.route = getattr(scope.get("route"), "path", record.UNROUTED)
            for observe in self.observers:
                observe(kept)

    def _begun(self, scope: Scope) -> Record:
        kept = Record(
            method=scope["method"],
            path=shown(scope["path"]),
            client=client_shown(client.get(scope), self.addresses),
            request_id=request_id.get(scope),
            began=time.time(),
            network=client.network(client.get(scope)),
        )
        record.put(scope, kept)
        return kept


def _timing(kept: Record, seconds: float) -> str:
    """Milliseconds of each stage, and until the answer began (W3C Server Timing)."""
    stages = {**kept.watch.stages, "total": seconds}
    return ", ".join(f"{stage};dur={1000 * spent:.1f}" for stage, spent in stages.items())
