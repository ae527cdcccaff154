"""A line on the terminal that shows that something is being waited for."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TextIO

_STEP_SECONDS = 0.1


@asynccontextmanager
async def waiting_line(terminal: TextIO | None, what: str) -> AsyncIterator[None]:
    """Show `what` with the seconds gone by while the context lasts, then how it ended.

    On a terminal the line rewrites itself; into a file or pipe go one line at the start and one at the end; None shows
    nothing.
    """
    if terminal is None:
        yield
        return
    begin = time.monotonic()
    ticking = asyncio.create_task(_tick(terminal, what, begin))
    outcome = "failed"
    try:
        yield
        outcome = "ready"
    finally:
        ticking.cancel()
        start = "\r" if terminal.isatty() else ""
        print(f"{start}{what} … {outcome} after {time.monotonic() - begin:.1f} s", file=terminal, flush=True)


async def _tick(terminal: TextIO, what: str, begin: float) -> None:
    if not terminal.isatty():
        print(f"{what} …", file=terminal, flush=True)
        return
    while True:
        print(f"\r{what} … {time.monotonic() - begin:.1f} s ", end="", file=terminal, flush=True)
        await asyncio.sleep(_STEP_SECONDS)
