"""The whole service in one process tree: a Triton, embedded unless one is pointed at, and the gateway before it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TextIO

import uvicorn

from checkpoints import cache
from checkpoints.errors import MissingError
from gateway.app import create_app
from gateway.audit import target as audit
from gateway.cold_starts import ColdStarts
from gateway.embedded import EmbeddedConfig, EmbeddedTriton, embedded_triton
from gateway.keys.file import read
from gateway.rollout.documents import Documents
from gateway.rollout.follower import Follower
from gateway.server.config import BACKLOG, config
from gateway.settings import Settings
from gateway.store.store import Store
from gateway.stores import opened


class ServiceError(Exception):
    """The service cannot start; the text says why and what helps."""


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: signals end the whole service, of which it is a part.

    `on_shutdown` ends the answers that would never end by themselves.
    """

    def __init__(self, config: uvicorn.Config, on_shutdown: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_shutdown = on_shutdown

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's."""
        self._on_shutdown()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Service:
    """A started service; it may not be ready yet. Made by `service`."""

    def __init__(
        self,
        url: str,
        server: uvicorn.Server,
        serving: asyncio.Task[None],
        triton: EmbeddedTriton | None,
        warm: asyncio.Event,
    ) -> None:
        self.url = url
        self._warm = warm
        self._server = server
        self._serving = serving
        self._triton = triton

    async def ready(self, terminal: TextIO | None = None) -> None:
        """Waits for the first successful inference. Raises EmbeddedError where Triton cannot serve."""
        if self._triton is not None:
            await self._triton.ready(terminal)
        await self._warm.wait()

    async def ended(self) -> None:
        """Waits until the last answer is out after `stop`."""
        await asyncio.wait((self._serving,))

    def stop(self) -> None:
        """Takes no more requests and finishes those under way; asked twice, drops them."""
        self._server.force_exit = self._server.should_exit
        self._server.should_exit = True


@asynccontextmanager
async def service(settings: Settings, listener: socket.socket, environ: Mapping[str, str]) -> AsyncIterator[Service]:
    """Runs behind `listener` while the context lasts.

    Raises KeysError, AuditError, StoreError, and EmbeddedError as `embedded_triton`.
    """
    if settings.keys is not None:
        read(settings.keys)  # before anything is started for nothing
    audit.opened(settings.audit)  # likewise
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(opened(settings))
        follower = await _follower(store, settings)
        starts = ColdStarts(settings.model, _starts_file(environ))
        triton = None
        if settings.triton is None:
            embedded = EmbeddedConfig(
                settings.repository,
                (settings.model,),
                environ,
                otlp=settings.otlp,
                preload=lambda: follower is None or follower.plan is None,
            )
            triton = await stack.enter_async_context(embedded_triton(embedded))
            settings = replace(
                settings, triton_key=triton.key, triton_metrics=f"http://{triton.metrics_address}/metrics"
            )
        warm = asyncio.Event()
        address = triton.grpc_address if triton else str(settings.triton)
        app = create_app(settings, address, on_ready=warm.set, starts=starts, store=store, follower=follower)
        server = _Server(
            config(app, settings.connections, proxied=settings.proxies > 0), on_shutdown=app.state.board.close
        )
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        running = Service(_url(listener), server, serving, triton, warm)
        try:
            yield running
        finally:
            running.stop()
            await running.ended()


async def _follower(store: Store | None, settings: Settings) -> Follower | None:
    """Who knows the plan by which versions are loaded, where there is a store. Raises ServiceError."""
    if store is None:
        return None
    follower = Follower(Documents(store, settings.model), settings.model)
    await follower.look()
    plan = follower.plan
    if plan is not None and settings.triton is None:
        folder = settings.repository / settings.model / str(plan.stable)
        if not folder.is_dir():
            raise ServiceError(
                f"{settings.store} holds a plan by which version {plan.stable} of {settings.model} serves, and there is no "
                f"{folder}: put it there, or name another store in CUTOUT_STORE"
            )
    return follower


@contextmanager
def listen(host: str, port: int) -> Iterator[socket.socket]:
    """A socket that holds its port before anything is fetched or started: who connects waits. Raises ServiceError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:  # both: of two that are bound and do not listen, the second is not refused
            listener.bind((host, port))
            listener.listen(BACKLOG)
        except OSError as error:
            raise ServiceError(
                f"{host} port {port} cannot be used: {error.strerror}. Set PORT to another one, for example PORT={port + 1}."
            ) from error
        yield listener


def _starts_file(environ: Mapping[str, str]) -> Path | None:
    try:
        return cache.folder(environ) / "starts.json"
    except MissingError:  # without a home, past starts are not known
        return None


def _url(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{reachable}:{port}"
