"""An answer sent piece by piece, so that tens of megabytes neither lie in a second buffer nor keep others waiting."""

from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE: Final = 256 * 1024
"""Bytes; the server waits between them until the client has taken what was sent."""


class PiecewiseResponse(Response):
    """As Response, whose body is one message."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends it; where the client hangs up, the server drops the rest."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        body = memoryview(self.body)
        for start in range(0, len(body), PIECE):
            piece = bytes(body[start : start + PIECE])
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
