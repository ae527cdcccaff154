"""The gateway's memory under large pictures, and whether it still answers: `scripts/bench memory`.

Peak RSS is the kernel's own high-water mark of the gateway's process (VmHWM), set back before each load. The embedded Triton
is a process of its own and is not counted. While a load runs, /health/live is asked fifty times a second, by a process of its
own: in the one that sends, an answer of 45 MB would keep the question waiting, not the service.
"""

import argparse
import asyncio
import http.client
import multiprocessing
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from bench import phone
from bench.running import Running, running_service

MIB = 2**20
PAUSE = 0.02


@dataclass
class Load:
    """What happened while pictures were sent: their statuses, the seconds each took."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


@contextmanager
def asking_for_health(url: str) -> Iterator[list[float]]:
    """A list that holds, at the end, the seconds that /health/live took."""
    spawning = multiprocessing.get_context("spawn")
    ours, theirs = spawning.Pipe()
    over = spawning.Event()
    process = spawning.Process(target=ask_for_health, args=(url, theirs, over))
    process.start()
    ours.recv()
    seconds: list[float] = []
    yield seconds
    over.set()
    seconds += ours.recv()
    process.join()


def ask_for_health(url: str, told: Connection, over: Event) -> None:
    """Over one connection, until told to stop."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.connect()
    told.send("ready")
    seconds = []
    while not over.wait(PAUSE):
        begin = time.monotonic()
        connection.request("GET", "/health/live")
        connection.getresponse().read()
        seconds.append(time.monotonic() - begin)
    told.send(seconds)


async def send(url: str, data: bytes, count: int, parameters: dict[str, str]) -> Load:
    """`count` pictures at once."""
    load = Load()

    async def one() -> None:
        begin = time.monotonic()
        answer = await client.post("/api/v2/process", content=data, params=parameters)
        load.statuses[answer.status_code] += 1
        load.seconds.append(time.monotonic() - begin)

    async with httpx.AsyncClient(base_url=url, timeout=300) as client:
        await asyncio.gather(*(one() for _ in range(count)))
    return load


def peak(running: Running) -> float:
    status = Path(f"/proc/{running.gateway.pid}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024


def forget_peak(running: Running) -> None:
    Path(f"/proc/{running.gateway.pid}/clear_refs").write_text("5")


def measure(running: Running, name: str, data: bytes, count: int, parameters: dict[str, str]) -> None:
    forget_peak(running)
    with asking_for_health(running.url) as health:
        load = asyncio.run(send(running.url, data, count, parameters))
    p99 = sorted(health)[int(len(health) * 0.99)]
    print(
        f"{name:32} peak {peak(running):6.0f} MiB   now {running.gateway.memory_info().rss / MIB:6.0f} MiB   "
        f"{dict(load.statuses)}   median {statistics.median(load.seconds):5.2f} s   "
        f"live p99 {1000 * p99:4.0f} ms of {len(health)}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", default="JPEG", help="Pillow's name of the format that is sent")
    parser.add_argument("--output", default="png")
    arguments = parser.parse_args()
    parameters = {"output_format": arguments.output}
    with running_service() as running:
        print(f"idle {running.gateway.memory_info().rss / MIB:.0f} MiB")
        for megapixels, count in ((1, 1), (12, 1), (24, 1), (24, 8), (49.9, 1), (49.9, 4), (12, 24), (24, 1)):
            data = phone.file(megapixels, arguments.kind)
            measure(running, f"{count} × {megapixels} MP, {len(data) / 1e6:.1f} MB", data, count, parameters)


if __name__ == "__main__":
    main()
