"""A bound on the bodies of all requests together: they are held in memory until they are answered."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.errors import Overloaded


class BodyBudgetMiddleware:
    """Raises Overloaded into whoever reads a body that would bring all of them above `total` bytes."""

    def __init__(self, app: ASGIApp, total: int) -> None:
        self.app = app
        self.free = total

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        held = 0

        async def receive_within() -> Message:
            nonlocal held
            message = await receive()
            size = len(message.get("body", b""))
            if size > self.free:
                raise Overloaded("Too many uploads are under way; try again shortly.")
            self.free -= size
            held += size
            return message

        try:
            await self.app(scope, receive_within, send)
        finally:
            self.free += held
