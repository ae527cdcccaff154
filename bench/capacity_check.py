"""Whether the simulation says what this machine does: the embedded service, the demonstration model, two open loops.

Its times are measured first: by one client that waits, what a picture costs of CPU in gateway, Triton and client, and what it
takes beyond that; by eight clients, how much slower the cores are when all are busy. Nothing is fitted to the open loops, which
come at half and at four fifths of what the eight get. They and their simulation have the same arrivals. Needs a quiet machine.
"""

import asyncio
import itertools
import os
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import aiohttp
import psutil
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import ModelConfig

from bench.callers import commented
from bench.fleet.agenda import Agenda
from bench.fleet.batcher import Batcher, Batching
from bench.fleet.day import percentiles, spread
from bench.fleet.instance import Instance, Outcome, Work
from bench.fleet.pool import Pool
from bench.fleet.processor import Processor
from bench.overload import Load, Sender
from bench.running import Running, running_service
from gateway.settings import Settings
from gateway.workers import Workers
from tests.photos import photo

CONFIG: Final = Path(__file__).parent.parent / "model_repository" / "inspyrenet_demo" / "config.pbtxt"
CLIENTS: Final = 8
"""As many as are let in at any pace."""
LOADS: Final = (0.5, 0.8)
TOLERANCE: Final = 0.15
SEED: Final = 1
"""bench.overload's, of its open loops."""


@dataclass(frozen=True)
class Times:
    """Of one picture, alone, in seconds of a core; `idle` of none. `varying` is the standard deviation to the mean."""

    gateway: float
    triton: float
    idle: float
    varying: float
    slowdown: float
    """Of all cores, when all are busy."""


@dataclass(frozen=True)
class Found:
    """Of one loop, run or simulated."""

    p50: float
    p95: float
    rate: float
    """Pictures a second that were done."""


async def measured(service: Running, seconds: float) -> int:
    """Prints a line for each load; 0 where all are within the tolerance."""
    jpeg = photo("chelsea")
    files = (commented(jpeg, number) for number in itertools.count())
    async with aiohttp.ClientSession(service.url, connector=aiohttp.TCPConnector(limit=0)) as session:
        sender = Sender(session, files)
        await closed(sender, CLIENTS, 3)
        times, capacity = await calibrated(sender, service, seconds)
        print(f"{capacity:.1f} pictures/s with {CLIENTS} clients; {times}")
        worst = 0.0
        for share in LOADS:
            rate = share * capacity
            load = await sender.open(rate, seconds)
            found = Found(*percentiles(load.seconds), load.statuses[200] / seconds)
            worst = max(worst, compared(rate, found, simulated(times, rate, seconds)))
    print(f"at most {worst:.0%} apart; {TOLERANCE:.0%} is allowed")
    return int(worst > TOLERANCE)


async def closed(sender: Sender, clients: int, seconds: float) -> Load:
    """Clients who wait for their answers."""
    load, end = Load(), time.monotonic() + seconds

    async def client() -> None:
        while time.monotonic() < end:
            await sender.post(load)

    await asyncio.gather(*(client() for _ in range(clients)))
    return load


async def calibrated(sender: Sender, service: Running, seconds: float) -> tuple[Times, float]:
    """What the simulation is fed with, and pictures a second of `CLIENTS` who wait."""
    before = cpu(service)
    alone = await closed(sender, 1, seconds / 2)
    between = cpu(service)
    begin = time.monotonic()
    together = await closed(sender, CLIENTS, seconds / 2)
    elapsed = time.monotonic() - begin
    after = cpu(service)
    own, triton = (each / alone.statuses[200] for each in apart(before, between))
    busy = sum(apart(between, after)) / together.statuses[200]
    mean = statistics.fmean(alone.seconds)
    times = Times(
        gateway=own,
        triton=triton,
        idle=max(mean - own - triton, 0.0),
        varying=statistics.stdev(alone.seconds) / mean,
        slowdown=max(busy / (own + triton) - 1, 0.0),
    )
    return times, together.statuses[200] / elapsed


def cpu(service: Running) -> tuple[float, float]:
    """Seconds so far of the gateway and of this process, which shares its cores; and of Triton."""
    own = sum(sum(process.cpu_times()[:2]) for process in (service.gateway, psutil.Process()))
    return own, sum(sum(child.cpu_times()[:2]) for child in service.gateway.children(recursive=True))


def apart(before: tuple[float, float], after: tuple[float, float]) -> tuple[float, float]:
    return after[0] - before[0], after[1] - before[1]


def simulated(times: Times, rate: float, seconds: float) -> Found:
    """The same loop on paper: gateway, Triton and client on the same cores."""
    agenda, chance, arrivals = Agenda(), random.Random(2), random.Random(SEED)
    take = embedded(agenda, times, chance).take
    taken: list[float] = []

    def answered(begin: float, outcome: Outcome) -> None:
        if outcome is Outcome.DONE:
            taken.append(agenda.now - begin)

    at = 0.0
    while at < seconds:
        at += arrivals.expovariate(rate)
        agenda.at(at, partial(_come, agenda, take, answered))
    agenda.run()
    return Found(*percentiles(taken), len(taken) / seconds)


def _come(
    agenda: Agenda, take: Callable[[Callable[[Outcome], None]], None], answered: Callable[[float, Outcome], None]
) -> None:
    take(partial(answered, agenda.now))


def embedded(agenda: Agenda, times: Times, chance: random.Random) -> Instance:
    """As `gateway serve` runs on this machine."""
    settings = Settings()
    cores = Processor(agenda, len(os.sched_getaffinity(0)), times.slowdown)
    workers = Workers(
        permits=settings.permits,
        places=settings.places,
        threads=settings.threads,
        seconds=settings.wait_seconds,
        clock=lambda: agenda.now,
    )
    # Half of what the gateway does is before the model, decoding and taking in, the other half after it.
    half = spread(chance, times.gateway / 2, times.varying)
    network = spread(chance, times.triton, times.varying)
    batcher = Batcher(agenda, cores, batching(), lambda size: size * network())
    return Instance(agenda, workers, Pool(cores, settings.threads), batcher, Work(half, half, times.idle))


def batching() -> Batching:
    """Of the demonstration model's configuration."""
    config = text_format.Parse(CONFIG.read_text(encoding="utf-8"), ModelConfig())
    return Batching(
        instances=config.instance_group[0].count,
        most=config.max_batch_size,
        delay=config.dynamic_batching.max_queue_delay_microseconds / 1e6,
        waiting=config.dynamic_batching.default_queue_policy.max_queue_size,
    )


def compared(rate: float, found: Found, expected: Found) -> float:
    """Prints both; the largest deviation."""
    names = ("p50", "p95", "rate")
    apart = {name: getattr(expected, name) / max(getattr(found, name), 1e-9) - 1 for name in names}
    parts = (
        f"{name} {getattr(found, name):.2f} run, {getattr(expected, name):.2f} simulated ({apart[name]:+.0%})"
        for name in names
    )
    print(f"{rate:5.1f}/s  " + "  ".join(parts))
    return max(map(abs, apart.values()))


def check(seconds: float) -> int:
    """The exit code."""
    with running_service() as service:
        return asyncio.run(measured(service, seconds))
