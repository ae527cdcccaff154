"""What the connection found out about a request."""

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.server import refusal


class RefusalsMiddleware:
    """Raises it, inside everything that belongs to an answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = refusal.get(scope)
        if found is not None:
            raise found
        await self.app(scope, receive, send)
