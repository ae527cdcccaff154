"""A service of its own for a measurement: started as a user starts it, ended with the measurement."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psutil

START_SECONDS = 60
QUIET = {"CUTOUT_LOG_LEVEL": "error", "CUTOUT_STORE": "off"}  # what is measured is computed


@dataclass(frozen=True)
class Running:
    """A service that has said it is ready, `seconds` after its command was given."""

    url: str
    seconds: float
    gateway: psutil.Process

    def triton_metrics(self) -> dict[str, float]:
        """Triton's counters, summed over models and versions."""
        import httpx

        totals: dict[str, float] = {}
        for line in httpx.get(f"http://127.0.0.1:{self._metrics_port()}/metrics").text.splitlines():
            if match := re.match(r"(nv_\w+)\{.*\} (\S+)$", line):
                totals[match[1]] = totals.get(match[1], 0) + float(match[2])
        return totals

    def _metrics_port(self) -> int:
        command = " ".join(arg for child in self.gateway.children(recursive=True) for arg in child.cmdline())
        match = re.search(r"--metrics-port=(\d+)", command)
        if match is None:
            raise RuntimeError("the service has no Triton among its processes")
        return int(match[1])


@contextmanager
def running_service(*options: str, **environ: str) -> Iterator[Running]:
    """`python -m gateway serve` on a free port, ready."""
    begin = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "serve", "--port", "0", "--model", "demo", *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ | QUIET | environ,
    )  # fmt: skip
    try:
        url = _announced(process)
        yield Running(url, time.monotonic() - begin, psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


def _announced(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if match := re.search(r"Ready: (\S+)", line):
            return match[1]
    raise RuntimeError(f"the service did not start: {process.stderr.read() if process.stderr else ''}")
