"""GET /docs: the manual, for web developers."""

from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse

from gateway.endpoints.page import REVALIDATE, STUDIO


async def docs(request: Request[Any]) -> FileResponse:
    """One page of our own files; its reference is made of /openapi.json."""
    return FileResponse(STUDIO / "docs" / "index.html", headers=REVALIDATE)
