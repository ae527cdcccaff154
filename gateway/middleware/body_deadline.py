"""A body arrives in time, or nobody waits for it."""

import asyncio
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import RequestTimeout

IDLE_SECONDS: Final = 10.0
"""Without a byte of the body."""


class BodyDeadlineMiddleware:
    """Raises RequestTimeout into whoever reads a body that is not whole after `seconds`, or that pauses for `idle`.

    Time runs from the first read on: a client that waits to be asked for its body does not lose any.
    """

    def __init__(self, app: ASGIApp, seconds: float, idle: float = IDLE_SECONDS) -> None:
        self.app = app
        self.seconds = seconds
        self.idle = idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        end: float | None = None
        whole = False

        async def receive_in_time() -> Message:
            nonlocal end, whole
            if whole:  # what comes now is the client's hanging up, for which there is all the time
                return await receive()
            now = asyncio.get_running_loop().time()
            end = end or now + self.seconds
            try:
                async with asyncio.timeout_at(min(end, now + self.idle)):
                    message = await receive()
            except TimeoutError as exc:
                raise self._refusal(total=end <= now + self.idle) from exc
            whole = not message.get("more_body", False)
            return message

        await self.app(scope, receive_in_time, send)

    def _refusal(self, total: bool) -> RequestTimeout:
        if total:
            return RequestTimeout(f"The body did not arrive within {self.seconds:g} seconds.")
        return RequestTimeout(f"The body paused for {self.idle:g} seconds.")
