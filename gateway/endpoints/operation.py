"""One way to use the service: what routes it, guards it and describes it."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

Endpoint = Callable[[Request[Any]], Awaitable[Response]]


@dataclass(frozen=True)
class Operation:
    """A method on a path.

    `scope` is what a key must allow, None for everybody. `parameters` are those of query, form and JSON, where `picture`
    says that a picture comes with them. `answers` are the media types of 200 with what they hold; `refusals` the codes
    of the problems that belong to this operation.
    """

    method: Literal["GET", "POST"]
    path: str
    endpoint: Endpoint
    scope: Literal["process", "store", "admin"] | None
    summary: str
    answers: Mapping[str, str]
    parameters: type[msgspec.Struct] | None = None
    picture: bool = False
    refusals: tuple[str, ...] = field(default=())

    def route(self) -> Route:
        """For the router."""
        return Route(self.path, self.endpoint, methods=[self.method])
