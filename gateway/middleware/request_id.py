"""A name for each request, in its answer, its problems and its log lines."""

import re
from typing import Final
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from gateway import request_id

HEADER: Final = "X-Request-ID"
_SANE: Final = re.compile(r"[A-Za-z0-9._-]{1,128}")


class RequestIDMiddleware:
    """Keeps the client's X-Request-ID if it is 1 to 128 of A-Z a-z 0-9 . _ -, makes one otherwise."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        name = _sane(Headers(scope=scope).get(HEADER)) or uuid4().hex
        request_id.put(scope, name)

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = name
            await send(message)

        with bound_contextvars(request_id=name):
            await self.app(scope, receive, send_named)


def _sane(given: str | None) -> str | None:
    return given if given is not None and _SANE.fullmatch(given) else None
