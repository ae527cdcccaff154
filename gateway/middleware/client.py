"""The address that a request comes from."""

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import client

_log = structlog.get_logger(__name__)


class ClientMiddleware:
    """Finds it behind exactly so many `proxies`, for everyone inside."""

    def __init__(self, app: ASGIApp, proxies: int) -> None:
        self.app = app
        self.proxies = proxies
        self._complained = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        forwarded = Headers(scope=scope).getlist("x-forwarded-for")
        found = client.found(client.peer(scope), forwarded, self.proxies)
        if not found.told:
            self._complain()
        client.put(scope, found.address)
        await self.app(scope, receive, send)

    def _complain(self) -> None:
        """Once: whoever asks past the proxies could fill the log."""
        if not self._complained:
            self._complained = True
            _log.warning(
                "X-Forwarded-For names fewer clients than there are proxies: their own address counts as the client's",
                proxies=self.proxies,
            )
