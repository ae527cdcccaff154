"""GET /robots.txt: nothing here is for crawlers (a bot must not wake a GPU)."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers


async def robots(request: Request[Any]) -> Response:
    """Closes everything."""
    return answers.unchanging(request, b"User-agent: *\nDisallow: /\n", "text/plain")
