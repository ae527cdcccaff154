"""The service that a command asks: one that runs, or one started for the occasion."""

import asyncio
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import replace
from typing import Any, Final, TypeVar

import httpx
from rich.console import Console

from checkpoints.terminal import Terminal
from gateway.endpoints.described import DEMO_ADVICE, DEMO_NOTICE
from gateway.endpoints.state import is_demo
from gateway.models import Offered, own_name, provide
from gateway.service import listen, service
from gateway.settings import BEST, Settings

T = TypeVar("T")
Work = Callable[[httpx.AsyncClient], Coroutine[Any, Any, T]]
"""What is asked of a service, whose address is the client's base."""

_LOOPBACK: Final = "127.0.0.1"
_TIMEOUT: Final = httpx.Timeout(120, connect=5)
_PROBE_SECONDS: Final = 0.5


def model_parameter(settings: Settings, offered: Offered) -> dict[str, str]:
    """`model` as requests name it; nothing where the service is to choose."""
    return {} if settings.model == BEST else {"model": own_name(settings.model, offered)}


def with_service(
    settings: Settings, environ: Mapping[str, str], url: str | None, work: Work[T], offered: Offered, console: Console
) -> T:
    """What `work` returns of the service at `url`; without one, of the local one, or else of one that is started for it.

    Where nothing serves yet, raises ServiceError, EmbeddedError and what `provide` raises.
    """
    address = url or asyncio.run(_local(settings.port, model_parameter(settings, offered).get("model")))
    if address is not None:
        return asyncio.run(_ask(address, settings, work))
    with listen(_LOOPBACK, 0) as listener:
        # Without keys: we are its only client.
        provided = replace(provide(settings, environ, Terminal(sys.stderr), offered), keys=None)
        if is_demo(provided.model):
            console.print(f"{DEMO_NOTICE}; {DEMO_ADVICE}", style="yellow", markup=False, soft_wrap=True)
        return asyncio.run(_start_and_ask(provided, listener, environ, work))


async def _start_and_ask(settings: Settings, listener: socket.socket, environ: Mapping[str, str], work: Work[T]) -> T:
    async with service(settings, listener, environ) as started:
        await started.ready(sys.stderr)
        return await _ask(started.url, settings, work)


async def _ask(url: str, settings: Settings, work: Work[T]) -> T:
    headers = {"X-Api-Key": settings.api_key} if settings.api_key else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=_TIMEOUT, trust_env=False) as client:
        return await work(client)


async def _local(port: int, model: str | None) -> str | None:
    """The address of the local service that is ready, where its model is the one that is asked for."""
    url = f"http://{_LOOPBACK}:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, timeout=_PROBE_SECONDS, trust_env=False) as client:
            ready, version = await client.get("/health/ready"), await client.get("/version")
            served = version.json()["model"]
    except (httpx.TransportError, ValueError, KeyError, TypeError):  # nothing there, or not one of ours
        return None
    return url if ready.status_code == httpx.codes.OK and model in (None, served) else None
