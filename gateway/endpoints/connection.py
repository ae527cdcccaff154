"""Work that ends with the connection it is for."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request

T = TypeVar("T")


async def while_connected(request: Request[Any], work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`, for a request whose body has been read; cancels it and raises ClientDisconnect when the
    client hangs up."""
    working = asyncio.create_task(work)
    hanging_up = asyncio.create_task(_hung_up(request))
    try:
        await asyncio.wait((working, hanging_up), return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise ClientDisconnect
        return working.result()
    finally:
        hanging_up.cancel()
        working.cancel()


async def _hung_up(request: Request[Any]) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
