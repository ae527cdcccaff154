"""A bound on how long a body takes to come."""

import asyncio
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import RequestTimeout


class BodyDeadlineMiddleware:
    """Raises RequestTimeout into whoever reads a body that takes more than `seconds`, or of which nothing comes for `idle`."""

    def __init__(self, app: ASGIApp, seconds: float, idle: float) -> None:
        self.app = app
        self.seconds = seconds
        self.idle = idle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        end = time.monotonic() + self.seconds
        whole = False

        async def receive_soon() -> Message:
            nonlocal whole
            if whole:  # what comes now is the client's leaving, for which nobody waits too long
                return await receive()
            left = min(self.idle, end - time.monotonic())
            try:
                async with asyncio.timeout(left):
                    message = await receive()
            except TimeoutError as exc:
                raise self._refusal(left) from exc
            whole = not message.get("more_body", False)
            return message

        await self.app(scope, receive_soon, send)

    def _refusal(self, waited: float) -> RequestTimeout:
        if waited < self.idle:
            return RequestTimeout(f"The body was not there within {self.seconds:g} seconds.")
        return RequestTimeout(f"Nothing came of the body for {self.idle:g} seconds.")
