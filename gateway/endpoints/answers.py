"""JSON answers."""

from collections.abc import Mapping

import msgspec
from starlette.responses import Response


def json(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`content` as application/json."""
    return Response(msgspec.json.encode(content), status, headers, "application/json")
