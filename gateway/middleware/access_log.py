"""One line for each request."""

import time
from typing import Final

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.audit.pseudonym import shown

_log = structlog.get_logger(__name__)
_UNANSWERED: Final = 499  # as nginx has it: the client was gone before the answer


class AccessLogMiddleware:
    """Logs method, path without query and without names that open something, status, milliseconds and bytes sent."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

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
            _log.info("request", method=scope["method"], path=shown(scope["path"]), status=status, ms=spent, bytes=sent)
