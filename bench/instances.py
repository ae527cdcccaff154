"""Gateways with their Triton, as processes that are killed and started again on the same port."""

import math
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import httpx
import psutil

_START_SECONDS = 90.0


class Instance:
    """One gateway, on a port that stays the same; `wrapper` is a command that runs the one that follows it."""

    def __init__(self, environ: Mapping[str, str], log: Path, wrapper: Sequence[str] = ()) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._dead: list[tuple[float, float]] = []  # from when to when (time.time)
        self._environ = dict(environ) | {"PORT": str(self.port)}
        self._log = log
        self._wrapper = wrapper
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Starts it and waits until it is ready."""
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        """Starts it."""
        with self._log.open("ab") as log:
            self._process = _gateway(self._environ, log, self._wrapper)

    def await_ready(self) -> None:
        """Returns once it is. Raises RuntimeError where it ends instead, or takes too long."""
        end = time.monotonic() + _START_SECONDS
        while not self._is_ready():
            if time.monotonic() > end or self._process is None or self._process.poll() is not None:
                raise RuntimeError(f"the gateway did not become ready, see {self._log}")
            time.sleep(0.05)
        if self._dead:
            self._dead[-1] = self._dead[-1][0], time.time()

    def kill(self) -> None:
        """SIGKILL; its Triton dies with it."""
        if self._process is not None:
            self._dead.append((time.time(), math.inf))
            self._process.kill()
            self._process.wait()

    def is_dead(self, moment: float) -> bool:
        """Whether it was killed and not ready again at that moment (time.time)."""
        return any(begin <= moment <= end for begin, end in self._dead)

    def kill_triton(self) -> None:
        """SIGKILL of its Triton alone."""
        self.signal_triton(signal.SIGKILL)

    def signal_triton(self, number: signal.Signals) -> None:
        """To its Triton alone, once there is one."""
        os.kill(self._triton().pid, number)

    def stop(self) -> None:
        """SIGTERM, as an operator stops it."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            self._process.wait(60)

    def _triton(self) -> psutil.Process:
        assert self._process is not None
        gateway, end = psutil.Process(self._process.pid), time.monotonic() + _START_SECONDS
        while time.monotonic() < end:
            for child in gateway.children():
                if child.name().startswith("tritonserver"):
                    return child
            time.sleep(0.02)
        raise RuntimeError(f"the gateway has no Triton, see {self._log}")

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=2).status_code == 200
        except httpx.TransportError:
            return False


@contextmanager
def instances(count: int, environ: Mapping[str, str], logs: Path) -> Iterator[list[Instance]]:
    """So many, ready, of one configuration; their logs go to the folder `logs`."""
    made = [Instance(environ, logs / f"gateway-{number}.log") for number in range(count)]
    try:
        for each in made:
            each.start()
        yield made
    finally:
        for each in made:
            each.stop()


def _gateway(environ: Mapping[str, str], log: IO[bytes], wrapper: Sequence[str]) -> "subprocess.Popen[bytes]":
    command = [*wrapper, sys.executable, "-m", "gateway", "serve"]
    return subprocess.Popen(command, stdout=log, stderr=log, env=environ)
