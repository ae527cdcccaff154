"""GET /docs: the manual, for web developers."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.page import STUDIO


async def docs(request: Request[Any]) -> Response:
    """One page of our own files; its reference is made of /openapi.json."""
    return answers.unchanging(request, (STUDIO / "docs" / "index.html").read_bytes(), "text/html")
