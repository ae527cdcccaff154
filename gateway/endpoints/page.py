"""The web page and its files: small, and so always sent whole; who asks for a Range gets all of it (RFC 9110, 14.2)."""

from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from gateway.endpoints import answers
from gateway.endpoints.state import State

STUDIO: Final = Path(__file__).parents[1] / "studio"
# Asked for again each time, answered with 304: after an update a browser must not mix old files with new ones.
_HEADERS: Final = {"Cache-Control": "no-cache", "Accept-Ranges": "none"}


async def page(request: Request[State]) -> Response:
    """GET /."""
    return answers.unchanging(request, (STUDIO / "index.html").read_bytes(), "text/html")


class Assets(StaticFiles):
    """GET /studio/…"""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Without the Range, in which Starlette finds faults that it tells in its own words."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"range"]
        await super().__call__({**scope, "headers": headers}, receive, send)

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file, or 304 where the browser has it."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(_HEADERS)
        return response
