"""What becomes of an address, and what does where none is taken."""

from collections.abc import Callable, Coroutine
from typing import Any

from gateway.errors import URLNotAllowed

Fetch = Callable[[str], Coroutine[Any, Any, bytes]]
"""The bytes behind an address."""


async def nowhere(url: str) -> bytes:
    """Where addresses are not taken."""
    raise URLNotAllowed("This service takes no addresses; send the picture itself.")
