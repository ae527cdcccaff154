"""What a request has fetched into memory counts as if its body had held it."""

from collections.abc import Callable, MutableMapping
from typing import Any, Final

_KEY: Final = "gateway.held"

Hold = Callable[[int], None]
"""Counts so many bytes more, until the request is answered. Raises Overloaded where there is no room for them."""


def put(scope: MutableMapping[str, Any], hold: Hold) -> None:
    """What the request, an ASGI scope, fetches is counted by `hold`."""
    scope[_KEY] = hold


def get(scope: MutableMapping[str, Any]) -> Hold:
    """What counts for the request, an ASGI scope."""
    hold: Hold = scope[_KEY]
    return hold
