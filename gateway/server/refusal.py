"""A request that is refused by how it was sent: the connection finds it out, the application answers."""

from collections.abc import MutableMapping
from typing import Any, Final

from gateway.errors import GatewayError

_KEY: Final = "gateway.refusal"


def put(scope: MutableMapping[str, Any], error: GatewayError) -> None:
    """The request, an ASGI scope, is to be answered with `error`."""
    scope[_KEY] = error


def get(scope: MutableMapping[str, Any]) -> GatewayError | None:
    """What the request is to be answered with, whatever it asks for."""
    found: GatewayError | None = scope.get(_KEY)
    return found
