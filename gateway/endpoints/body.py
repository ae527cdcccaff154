"""A request's body, whole and as it was sent."""

from typing import Any

from starlette.requests import Request

from gateway.errors import UnsupportedMediaType
from gateway.stopwatch import timing


async def read(request: Request[Any]) -> bytes:
    """Nothing is decompressed: what is small here may be large there. Raises UnsupportedMediaType for what would have to be.

    The request, which lives until its answer has been taken, does not keep it.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMediaType("A compressed body is not read; send it without Content-Encoding.")
    with timing("receive"):
        return b"".join([piece async for piece in request.stream()])
