"""More pictures than there is capacity for: `scripts/bench overload [--seconds 40]`.

First the capacity, with clients that wait for their answers; then open loops, in which pictures come at their own times
(Poisson), at once, twice and ten times that often, whether the service keeps up or not. Each is another file, so each is
computed. What is refused has to be 429 or 503 with Retry-After; the 95th percentile of what is accepted, and the gateway's
memory, must not grow with what is refused.
"""

import argparse
import asyncio
import itertools
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import aiohttp

from bench.callers import commented
from bench.running import Running, running_service
from tests.photos import photo

_PROCESS: Final = "/api/v2/process?use_cache=false&output_format=webp&max_side=256"
_CLIENTS: Final = 16
_DRAIN_SECONDS: Final = 90
MIB: Final = 2**20


@dataclass
class Load:
    """What came back: statuses, seconds of what was accepted, and refusals without Retry-After."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    unexplained: int = 0

    @property
    def p95(self) -> float:
        """Of the accepted ones, in seconds."""
        return statistics.quantiles(self.seconds, n=20)[-1] if len(self.seconds) > 1 else 0.0


class Sender:
    """Posts pictures over as many connections as it takes."""

    def __init__(self, session: aiohttp.ClientSession, files: Iterator[bytes]) -> None:
        self._session = session
        self._files = files

    async def post(self, load: Load) -> None:
        """One picture."""
        begin = time.monotonic()
        async with self._session.post(_PROCESS, data=next(self._files)) as answer:
            await answer.read()
            load.statuses[answer.status] += 1
            if answer.status == 200:
                load.seconds.append(time.monotonic() - begin)
            elif answer.status not in (429, 503) or "Retry-After" not in answer.headers:
                load.unexplained += 1

    async def closed(self, seconds: float) -> float:
        """Pictures a second that clients get who wait for their answers."""
        load, end = Load(), time.monotonic() + seconds

        async def client() -> None:
            while time.monotonic() < end:
                await self.post(load)

        begin = time.monotonic()
        await asyncio.gather(*(client() for _ in range(_CLIENTS)))
        return load.statuses[200] / (time.monotonic() - begin)

    async def open(self, rate: float, seconds: float) -> Load:
        """Pictures that come `rate` times a second."""
        load, chance, tasks = Load(), random.Random(1), set()
        at = begin = time.monotonic()
        while at < begin + seconds:
            at += chance.expovariate(rate)
            await asyncio.sleep(max(at - time.monotonic(), 0))
            tasks.add(asyncio.create_task(self.post(load)))
        await asyncio.wait(tasks, timeout=_DRAIN_SECONDS)
        return load


async def measure(service: Running, seconds: float) -> None:
    """Prints a line for each load."""
    jpeg = photo("chelsea")
    files = (commented(jpeg, number) for number in itertools.count())
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(service.url, connector=connector) as session:
        sender = Sender(session, files)
        await sender.closed(3)
        capacity = await sender.closed(seconds / 2)
        print(f"capacity {capacity:.1f} pictures/s, {_CLIENTS} clients that wait")
        usual = 0.0
        for factor in (0.9, 1, 2, 10):
            load = await sender.open(factor * capacity, seconds)
            usual = load.p95 if factor == 1 else usual
            print(_line(factor, load, seconds, usual, service))


def _line(factor: float, load: Load, seconds: float, usual: float, service: Running) -> str:
    statuses = ", ".join(f"{status}: {count}" for status, count in sorted(load.statuses.items()))
    memory = service.gateway.memory_info().rss / MIB
    return (
        f"{factor:4g} x  {load.statuses[200] / seconds:6.1f}/s  p95 {load.p95:5.2f} s ({load.p95 / (usual or 1):.2f} x)  "
        f"RSS {memory:4.0f} MiB  {statuses}  without reason: {load.unexplained}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=40)
    options = parser.parse_args()
    with running_service() as service:
        asyncio.run(measure(service, options.seconds))


if __name__ == "__main__":
    main()
