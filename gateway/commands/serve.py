"""`gateway serve`: run the service until told to stop."""

import asyncio
import os
import shlex
import signal
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from checkpoints.terminal import Terminal
from gateway import logs
from gateway.endpoints.described import DEMO_ADVICE, DEMO_NOTICE
from gateway.endpoints.page import STUDIO
from gateway.endpoints.state import is_demo
from gateway.models import OFFERED, Offered, provide
from gateway.service import Service, listen, service
from gateway.settings import Settings

SAMPLE: Final = STUDIO / "sample.jpg"


def run(settings: Settings, environ: Mapping[str, str], offered: Offered = OFFERED) -> int:
    """Serves until SIGINT or SIGTERM; the port is taken before weights are fetched.

    Raises ServiceError for a port that cannot be used, EmbeddedError when it cannot start, and what `provide` raises.
    """
    logs.configure(settings.log_level, settings.log_format)
    with listen(settings.host, settings.port) as listener:
        provided = provide(settings, environ, Terminal(sys.stderr), offered)
        with asyncio.Runner(loop_factory=_event_loop()) as runner:
            runner.run(_serve(provided, listener, environ))
    return 0


def _event_loop() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where it can be had, else asyncio's own."""
    try:
        import uvloop
    except ImportError:  # Windows
        return None
    return uvloop.new_event_loop


async def _serve(settings: Settings, listener: socket.socket, environ: Mapping[str, str]) -> None:
    async with service(settings, listener, environ) as running:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, running.stop)
        starting = asyncio.create_task(_start(running, settings))
        ending = asyncio.create_task(running.ended())
        await asyncio.wait((starting, ending), return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            starting.result()
            await ending
        starting.cancel()


async def _start(running: Service, settings: Settings) -> None:
    await running.ready(sys.stderr)
    if settings.log_format == "console":
        print(greeting(running.url, settings.model), flush=True)


def greeting(url: str, model: str) -> str:
    """What a person reads when the service is up: where it is, and a line to paste."""
    sample = Path(os.path.relpath(SAMPLE))
    return "\n".join(
        [
            "",
            f"  Ready: {url}",
            *([f"  This is the {DEMO_NOTICE};", f"  {DEMO_ADVICE}"] if is_demo(model) else []),
            "",
            f"  curl -fsS -F {shlex.quote(f'file=@{sample}')} {url}/api/v2/process -o cutout.png",
            "",
        ]
    )
