"""One line for each request."""

import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway import client
from gateway.audit.audit import Addresses, client_shown
from gateway.audit.pseudonym import shown

_log = structlog.get_logger(__name__)
_UNANSWERED: Final = 499  # as nginx has it: the client was gone before the answer


class AccessLogMiddleware:
    """Logs method, path without query and without names that open something, client, status, milliseconds and bytes sent."""

    def __init__(self, app: ASGIApp, addresses: Addresses = "masked") -> None:
        self.app = app
        self.addresses = addresses

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        begin = time.perf_counter()
        status, sent = _UNANSWERED, 0

        async def send_counted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "http.response.start":
                status = message["status"]
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, send_counted)
        finally:
            spent = round(1000 * (time.perf_counter() - begin), 1)
            method, path = scope["method"], shown(scope["path"])
            come_from = client_shown(client.get(scope), self.addresses)
            _log.info("request", method=method, path=path, client=come_from, status=status, ms=spent, bytes=sent)
