"""The name of a request, which its answer, its problems, its progress and its log lines share."""

from collections.abc import MutableMapping
from typing import Any, Final

_KEY: Final = "gateway.request_id"


def get(scope: MutableMapping[str, Any]) -> str:
    """Of the request whose ASGI scope this is."""
    return str(scope[_KEY])


def put(scope: MutableMapping[str, Any], name: str) -> None:
    """Names the request."""
    scope[_KEY] = name
