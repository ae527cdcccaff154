"""The web page and its files."""

from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from gateway.endpoints.state import State

STUDIO: Final = Path(__file__).parents[1] / "studio"
# Asked for again each time, answered with 304: after an update a browser must not mix old files with new ones.
_REVALIDATE: Final = {"Cache-Control": "no-cache"}


async def page(request: Request[State]) -> FileResponse:
    """GET /."""
    return FileResponse(STUDIO / "index.html", headers=_REVALIDATE)


class Assets(StaticFiles):
    """GET /studio/…"""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        """A file, or 304 where the browser has it."""
        response = super().file_response(*args, **kwargs)
        response.headers.update(_REVALIDATE)
        return response
