"""A real gateway before a real Triton, on free ports, for tests at the boundary."""

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import uvicorn

from gateway.app import create_app
from gateway.embedded import EmbeddedConfig, EmbeddedTriton, embedded_triton
from gateway.settings import Settings

START_SECONDS = 60


@dataclass(frozen=True)
class Triton:
    """A running Triton, supervised on a thread of its own."""

    server: EmbeddedTriton

    @property
    def address(self) -> str:
        return self.server.grpc_address

    def kill(self) -> None:
        """SIGKILL; the supervisor starts another on the same ports."""
        assert self.server.pid is not None
        os.kill(self.server.pid, signal.SIGKILL)


@contextmanager
def running_triton(repository: Path, *models: str) -> Iterator[Triton]:
    """A Triton with `models` of `repository`, ready."""
    started: Future[Triton] = Future()
    finish = asyncio.Event()
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        async with embedded_triton(EmbeddedConfig(repository, models, os.environ)) as server:
            await server.ready()
            started.set_result(Triton(server))
            await finish.wait()

    def run() -> None:
        try:
            loop.run_until_complete(serve())
        except Exception as exc:  # whatever stops the server belongs to the test that waits for it
            started.set_exception(exc)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield started.result(START_SECONDS)
    finally:
        loop.call_soon_threadsafe(finish.set)
        thread.join(START_SECONDS)
        loop.close()


@contextmanager
def running_gateway(settings: Settings, triton_address: str) -> Iterator[str]:
    """The base URL of a gateway on a free port; readiness is the caller's to wait for."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(create_app(settings, triton_address), log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()


def wait_until_ready(url: str, seconds: float = 30) -> None:
    """Returns once /health/ready answers 200."""
    end = time.monotonic() + seconds
    while httpx.get(f"{url}/health/ready", timeout=5).status_code != 200:
        assert time.monotonic() < end, "the gateway did not become ready"
        time.sleep(0.05)
