"""A real gateway on a free port, before whatever Triton it is given."""

import os
import re
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import uvicorn
from starlette.types import ASGIApp

from gateway.app import create_app
from gateway.embedded import EmbeddedTriton
from gateway.server.config import config
from gateway.settings import Settings
from gateway.store.store import Store
from tests import servers

STOP_SECONDS = 30
PROCESS = "/api/v2/process"
WITH_EFFECTS = "/api/v2/process-with-effects"


@dataclass(frozen=True)
class Triton:
    """A running Triton as the gateway's tests see it: an address, and something that can die."""

    server: EmbeddedTriton

    @property
    def address(self) -> str:
        """`host:port` of its gRPC; stays the same over restarts."""
        return self.server.grpc_address

    def kill(self) -> None:
        """SIGKILL; its supervisor starts another on the same ports."""
        assert self.server.pid is not None, "Triton is not running"
        os.kill(self.server.pid, signal.SIGKILL)


@contextmanager
def running_triton(repository: Path, *models: str, preload: bool = True) -> Iterator[Triton]:
    """A Triton that is ready with `models` of `repository`, or for them to be loaded."""
    with servers.running_triton(repository, *models, preload=preload) as server:
        yield Triton(server)


@contextmanager
def running_gateway(
    settings: Settings, triton_address: str, store: Store | None = None, port: int = 0
) -> Iterator[str]:
    """The base URL of a gateway; its readiness is the caller's to wait for."""
    settings = replace(settings, triton_key=servers.TRITON_KEY)
    with running_app(create_app(settings, triton_address, store=store), settings.connections, port=port) as url:
        yield url


@contextmanager
def running_app(
    app: ASGIApp, connections: int = 1000, head_seconds: float = 10, write_seconds: float = 60, port: int = 0
) -> Iterator[str]:
    """The base URL of `app` on a server of its own, set up as the service's."""
    listener = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(config(app, connections, head_seconds, write_seconds))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="gateway")
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)
        listener.close()


def wait_until_ready(url: str, seconds: float = 30) -> None:
    """Returns once /health/ready answers 200."""
    end = time.monotonic() + seconds
    while _ready_status(url) != 200:
        assert time.monotonic() < end, "the gateway did not become ready"
        time.sleep(0.05)


def _ready_status(url: str) -> int:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5).status_code
    except httpx.ConnectError:
        return 0


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, object]:
    """The problem in `answer`, after checking its form: ours, complete, and free of Python's internals."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem: dict[str, object] = answer.json()
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, "about:blank")
    assert problem["title"]
    assert problem["detail"]
    assert problem["request_id"] == answer.headers["x-request-id"]
    for internal in ("Traceback", "Error(", "Exception", ".py", "PIL", "grpc", "StatusCode"):
        assert internal not in answer.text
    assert not re.search("0x[0-9a-f]{6}", answer.text)
    return problem
