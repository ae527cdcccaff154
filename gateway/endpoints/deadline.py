"""How long a client is willing to wait: `Prefer: wait=SECONDS` (RFC 7240, 4.3)."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from starlette.requests import Request

from gateway.errors import DeadlineExceeded, Overloaded

_WAIT: Final = re.compile(r'(?:^|[,;])\s*wait\s*=\s*"?(\d{1,6})"?\s*(?=$|[,;])', re.IGNORECASE)


def preferred(prefer: str) -> int | None:
    """The seconds of a Prefer header; None where it names none, or 0, which nothing could meet."""
    found = _WAIT.search(prefer)
    return int(found[1]) or None if found else None


@asynccontextmanager
async def deadline(request: Request[Any], limit: float) -> AsyncIterator[None]:
    """Bounds its body by `limit` seconds, or by the client's own fewer. Raises Overloaded, or DeadlineExceeded for these."""
    own = preferred(request.headers.get("prefer", ""))
    shorter = own is not None and own < limit
    try:
        async with asyncio.timeout(own if shorter else limit):
            yield
    except TimeoutError as exc:
        if shorter:
            raise DeadlineExceeded(f"It was not done within the {own} seconds of Prefer: wait.") from exc
        raise Overloaded(f"It was not done within {limit:g} seconds; try again shortly.") from exc
