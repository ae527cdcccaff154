"""A bound on all bodies in memory together."""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import Overloaded


class BodyBudgetMiddleware:
    """Raises Overloaded into whoever reads a body for which the other requests' bodies leave no room in `total` bytes.

    A body counts from the arrival of each of its bytes to the end of its request. An announcement reserves nothing, or
    those who announce much and send little would keep everybody out; yet what is larger than the room left is not begun.
    """

    def __init__(self, app: ASGIApp, total: int) -> None:
        self.app = app
        self.total = total
        self.held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        announced = Headers(scope=scope).get("content-length", "")
        left = int(announced) if announced.isdecimal() else 0  # of this body, as far as it was announced
        held = 0

        async def receive_counted() -> Message:
            nonlocal held, left
            if left > self.total - self.held:
                raise self._refusal()
            message = await receive()
            size = len(message.get("body", b""))
            held, left = held + size, max(left - size, 0)
            self.held += size
            if self.held > self.total:
                raise self._refusal()
            return message

        try:
            await self.app(scope, receive_counted, send)
        finally:
            self.held -= held

    def _refusal(self) -> Overloaded:
        return Overloaded(f"Other requests' bodies fill the {self.total} bytes there are for all; try again shortly.")
