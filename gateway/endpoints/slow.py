"""GET /debug/slow: why requests were slow, for the operator."""

from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from gateway.endpoints import answers
from gateway.endpoints.parameters import parse
from gateway.endpoints.state import State
from gateway.telemetry.slowest import MINUTES, MOST


class SlowParameters(msgspec.Struct, frozen=True, kw_only=True):
    """Of GET /debug/slow."""

    limit: Annotated[int, Meta(ge=1, le=MOST, description="requests that are shown at most")] = MOST
    route: (
        Annotated[
            str,
            Meta(
                max_length=100,
                description="a route as the answer names it, in up to 100 characters; its requests among the slowest of all",
            ),
        ]
        | None
    ) = None


async def slow(request: Request[State]) -> Response:
    """The slowest requests that this instance has answered lately, with their stages. Raises what reading parameters does."""
    asked = parse(SlowParameters, request.query_params.multi_items())
    found = request.state["slowest"].found(asked.limit, asked.route)
    return answers.json({"minutes": MINUTES, "requests": found})
