"""What speaks against a request before its route is looked for."""

from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.errors import NotFound
from gateway.server import refusal


class RefusalsMiddleware:
    """Raises what the connection found out, inside everything that belongs to an answer.

    And NotFound for a path with a line feed at its end, which the router takes for the path without it: whoever guards
    paths in front of the service does not.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = refusal.get(scope)
        if found is not None:
            raise found
        if scope["type"] == "http" and scope["path"].endswith("\n"):
            raise NotFound("There is nothing at this path.")
        await self.app(scope, receive, send)
