"""The life cycle of the embedded Triton: start it, say when it is ready, start it again when it dies, end it."""

import asyncio
import logging
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TextIO

from gateway.embedded import command, rundir
from gateway.embedded.config import EmbeddedConfig
from gateway.embedded.errors import ModelLoadError, StartError
from gateway.embedded.layout import assemble
from gateway.embedded.locate import Host, find_server
from gateway.embedded.log import TritonLog
from gateway.embedded.ports import HOST, Ports, claim_ports
from gateway.embedded.probe import is_ready
from gateway.embedded.process import TritonProcess, triton_process
from gateway.embedded.progress import waiting_line
from gateway.embedded.repository import check_repository
from gateway.settings import TRITON_KEY_NAME

_logger = logging.getLogger("triton")

_START_ATTEMPTS = 3
"""Before Triton has served once; afterwards it is tried for as long as the gateway lives."""
_PROBE_SECONDS = 0.05
_FIRST_PAUSE_SECONDS = 0.1
_LONGEST_PAUSE_SECONDS = 5.0
_STEADY_SECONDS = 30.0
"""A run this long was a good one: the next failure counts as the first again."""


class State(StrEnum):
    """Where the embedded Triton is in its life."""

    STARTING = "starting"
    READY = "ready"
    RESTARTING = "restarting"
    FAILED = "failed"
    STOPPED = "stopped"


@asynccontextmanager
async def embedded_triton(config: EmbeddedConfig) -> AsyncIterator["EmbeddedTriton"]:
    """Run a Triton while the context lasts; it is starting when the body begins: await its `ready()`.

    Raises ServerNotFoundError, ModelFileError or PortTakenError at once for what can be seen without starting it.
    """
    if config.preload():
        check_repository(config.repository, config.models)
    server = find_server(Host(config.environ.get("PATH", "")))
    ports = claim_ports(config.grpc_port, config.http_port, config.metrics_port)
    with rundir.run_directory() as directory:
        layout = assemble(directory, server, config.repository)
        prefix = rundir.shared_memory_prefix(directory)
        arguments = partial(command.arguments, config, server, layout, ports, prefix)
        environment = command.environment(config.environ, layout, Path(sys.executable))
        triton = EmbeddedTriton(config, ports, arguments, environment, directory)
        try:
            yield triton
        finally:
            await triton.stop()


class EmbeddedTriton:
    """A Triton that is kept running. Its addresses never change; `state` and `reason` say how it is.

    Made by `embedded_triton`, inside a running event loop.
    """

    def __init__(
        self,
        config: EmbeddedConfig,
        ports: Ports,
        arguments: Callable[[tuple[str, ...]], list[str]],
        environment: dict[str, str],
        directory: Path,
    ) -> None:
        self._config = config
        self._ports = ports
        self._arguments = arguments
        self._environment = environment
        self._directory = directory
        self._served = asyncio.Event()
        self.state = State.STARTING
        self.reason = ""
        """Why it is restarting or has failed; empty otherwise."""
        self.pid: int | None = None
        """The tritonserver that serves or is about to; None between two."""
        self.restarts = 0
        self._supervision = asyncio.create_task(self._supervise())

    @property
    def grpc_address(self) -> str:
        """`host:port` for KServe v2 over gRPC."""
        return f"{HOST}:{self._ports.grpc}"

    @property
    def http_address(self) -> str:
        """`host:port` for KServe v2 over HTTP."""
        return f"{HOST}:{self._ports.http}"

    @property
    def metrics_address(self) -> str:
        """`host:port` of the Prometheus metrics, under `/metrics`."""
        return f"{HOST}:{self._ports.metrics}"

    @property
    def key(self) -> str:
        """NAME=VALUE of the header that Triton wants from whoever loads models; the same over restarts."""
        return f"{TRITON_KEY_NAME}={self._config.key}"

    async def ready(self, terminal: TextIO | None = None) -> None:
        """Wait until every model could be inferred once, showing a progress line on `terminal`.

        Raises ModelLoadError when Triton refuses a model, StartError when it cannot be started at all.
        """
        async with waiting_line(terminal, "Starting Triton"):
            served = asyncio.create_task(self._served.wait())
            await asyncio.wait((served, self._supervision), return_when=asyncio.FIRST_COMPLETED)
            served.cancel()
            if not self._served.is_set():
                self._supervision.result()

    async def stop(self) -> None:
        """End Triton and its stubs, and the watch over them."""
        self._supervision.cancel()
        await asyncio.wait((self._supervision,))
        if not self._supervision.cancelled():
            self._supervision.exception()  # `ready` reported it to whoever asked
        self._become(State.STOPPED)

    async def _supervise(self) -> None:
        failures = 0
        while True:
            begin = time.monotonic()
            try:
                reason = await self._run_once()
            except StartError as error:
                reason = str(error)
                if self._is_final(error, failures + 1):
                    self._become(State.FAILED, reason)
                    raise
            failures = 1 if time.monotonic() - begin > _STEADY_SECONDS else failures + 1
            self._become(State.RESTARTING if self._served.is_set() else State.STARTING, reason)
            _logger.warning("%s; starting it again", reason)
            await asyncio.sleep(pause_seconds(failures))
            self.restarts += 1

    def _is_final(self, error: StartError, failures: int) -> bool:
        return not self._served.is_set() and (isinstance(error, ModelLoadError) or failures >= _START_ATTEMPTS)

    async def _run_once(self) -> str:
        """Run one Triton to its end and return why it ended. Raises StartError when it did not become ready."""
        log = TritonLog(_logger)
        models = self._config.models if self._config.preload() else ()
        try:
            async with triton_process(
                self._arguments(models), self._environment, log, self._config.stop_seconds
            ) as process:
                self.pid = process.pid
                obstacle = await self._obstacle_to_ready(process, models)
                if obstacle is None:
                    self._become_ready()
                    return await process.ended()
        finally:
            self.pid = None
            # A stub that was killed leaves its shared memory behind.
            rundir.remove_shared_memory(self._directory)
        # Raised after the process's last words have been read: they hold the reason.
        raise log.failure(obstacle)

    async def _obstacle_to_ready(self, process: TritonProcess, models: tuple[str, ...]) -> str | None:
        ended = asyncio.create_task(process.ended())
        try:
            async with asyncio.timeout(self._config.start_seconds):
                while not await is_ready(self._ports, models):
                    await asyncio.wait((ended,), timeout=_PROBE_SECONDS)
                    if ended.done():
                        return ended.result()
            return None
        except TimeoutError:
            process.kill()
            return f"Triton was not ready within {self._config.start_seconds:g} s"
        finally:
            ended.cancel()

    def _become_ready(self) -> None:
        self._become(State.READY)
        self._served.set()
        _logger.info("Triton is ready: gRPC %s, HTTP %s", self.grpc_address, self.http_address)

    def _become(self, state: State, reason: str = "") -> None:
        self.state, self.reason = state, reason


def pause_seconds(failures: int) -> float:
    """Return how long to wait before the next start: doubling with each failure in a row, capped."""
    return float(min(_LONGEST_PAUSE_SECONDS, _FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 10)))
