"""Makes alerts fire by real faults, and watches them end: `scripts/bench faults [--only NAME]`, ten minutes in all.

A service as it is started by its users, with a bucket (an emulator's), a Redis and a memory limit of its own; a Prometheus
with the rules of monitoring/alerts.yaml, whose times are divided by twenty; and a little traffic of many clients. Then,
one after the other, what is behind the service is made slow, killed, stopped or filled, until the alerts fire that should;
then it is mended, until they have ended. What else fired is told, too: a dead Triton fails requests, for one.
"""

import argparse
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from bench.world import FACTOR, LIMIT, World, running_world

_PATIENCE: Final = 150.0
_HELD_SECONDS: Final = 90 / FACTOR + 1


@dataclass(frozen=True)
class Fault:
    """What is broken, while `made` lasts, and what fires of it."""

    name: str
    what: str
    fires: frozenset[str]
    made: Callable[[World], AbstractContextManager[None]]


@contextmanager
def slow_store(world: World) -> Iterator[None]:
    world.emulator.faults(latency=1.5)
    try:
        yield
    finally:
        world.emulator.faults()


@contextmanager
def failing_store(world: World) -> Iterator[None]:
    world.emulator.faults(status=403)
    try:
        yield
    finally:
        world.emulator.faults()


@contextmanager
def killed_triton(world: World) -> Iterator[None]:
    for _ in range(3):
        world.service.kill_triton()
        time.sleep(2)
        world.service.await_ready()
    yield


@contextmanager
def stopped_triton(world: World) -> Iterator[None]:
    world.service.signal_triton(signal.SIGSTOP)
    try:
        yield
    finally:
        world.service.signal_triton(signal.SIGCONT)


@contextmanager
def halting_triton(world: World) -> Iterator[None]:
    """It stands still for three seconds of four: too short to be taken for dead."""
    over = threading.Event()

    def halt() -> None:
        while not over.is_set():
            world.service.signal_triton(signal.SIGSTOP)
            over.wait(3)
            world.service.signal_triton(signal.SIGCONT)
            over.wait(1)

    thread = threading.Thread(target=halt)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


@contextmanager
def slow_start(world: World) -> Iterator[None]:
    """The service is ended and started again, and its Triton held for as long as reading weights from afar takes."""
    world.service.stop()
    time.sleep(1)
    world.service.launch()
    world.service.signal_triton(signal.SIGSTOP)
    time.sleep(_HELD_SECONDS)
    world.service.signal_triton(signal.SIGCONT)
    world.service.await_ready()
    yield


@contextmanager
def dead_service(world: World) -> Iterator[None]:
    world.service.stop()
    try:
        yield
    finally:
        world.service.start()


@contextmanager
def little_memory(world: World) -> Iterator[None]:
    assert world.container is not None
    with world.container.hogged(int(0.9 * LIMIT) - world.container.used):
        yield


@contextmanager
def no_memory(world: World) -> Iterator[None]:
    """The kernel ends whoever has most, which is who took it."""
    assert world.container is not None
    with world.container.hogged(2 * LIMIT):
        yield


@contextmanager
def many_clients(world: World) -> Iterator[None]:
    with world.traffic.calling(48, 0):
        yield


@contextmanager
def one_client(world: World) -> Iterator[None]:
    with world.traffic.calling(4, 0.02, "203.0.113.9"):
        yield


@contextmanager
def dead_redis(world: World) -> Iterator[None]:
    world.redis.kill()
    try:
        yield
    finally:
        world.redis.start()


def _fault(name: str, what: str, made: Callable[[World], AbstractContextManager[None]], *fires: str) -> Fault:
    return Fault(name, what, frozenset(fires), made)


FAULTS: Final = (
    _fault("slow-store", "the bucket answers after 1.5 s", slow_store, "CutoutStoreSlow"),
    _fault("failing-store", "the bucket refuses", failing_store, "CutoutStoreFailing", "CutoutCacheFaults"),
    _fault("killed-triton", "Triton: SIGKILL, three times", killed_triton, "CutoutModelLost", "CutoutModelFlapping"),
    _fault("stopped-triton", "Triton: SIGSTOP", stopped_triton, "CutoutErrors", "CutoutNotReady", "CutoutColdStart"),
    _fault("halting-triton", "Triton: SIGSTOP for 3 of 4 s", halting_triton, "CutoutSlow"),
    _fault("memory", "another process takes 90 % of the memory", little_memory, "CutoutMemory"),
    _fault("no-memory", "another process takes more than there is", no_memory, "CutoutOutOfMemory"),
    _fault("many-clients", "48 clients without pause", many_clients, "CutoutShedding", "CutoutNearlyFull"),
    _fault("one-client", "one client without pause", one_client, "CutoutClientFlooding", "CutoutRateLimiting"),
    _fault("dead-redis", "Redis: SIGKILL", dead_redis, "CutoutRedisAway"),
    _fault("dead-service", "the service is ended", dead_service, "CutoutDown"),
    _fault("slow-start", "the service starts, its Triton held", slow_start, "CutoutColdStart"),
)


@dataclass(frozen=True)
class Row:
    """Of one fault: seconds until all of its alerts fired, and from its end until none did; None for never."""

    fault: Fault
    fired: float | None
    ended: float | None
    missing: frozenset[str]
    others: frozenset[str]


def watch(world: World, fault: Fault) -> Row:
    """Makes it, and waits."""
    seen: set[str] = set()
    begin = time.monotonic()
    with fault.made(world):
        fired = _until(world, lambda firing: fault.fires <= firing, seen)
    end = time.monotonic()
    ended = _until(world, lambda firing: not fault.fires & firing, set())
    return Row(
        fault,
        None if fired is None else fired - begin,
        None if ended is None else ended - end,
        fault.fires - seen,
        frozenset(seen - fault.fires),
    )


def _until(world: World, holds: Callable[[frozenset[str]], bool], seen: set[str]) -> float | None:
    """When `holds` said so of what fires; None where it did not within our patience. `seen` gets all that fired."""
    end = time.monotonic() + _PATIENCE
    so_far: set[str] = set()
    while time.monotonic() < end:
        firing = world.prometheus.firing()
        so_far |= firing
        seen |= firing
        if holds(frozenset(firing)):
            return time.monotonic()
        time.sleep(0.5)
    return None


def rehearse(faults: Sequence[Fault], world: World) -> Iterator[Row]:
    """A row for each of `faults`, as it is done."""
    _until(world, lambda firing: not firing, set())  # of the start
    for fault in faults:
        if fault.made in (little_memory, no_memory) and world.container is None:
            print(f"{fault.name}: not made, no control group can be had here")
            continue
        yield watch(world, fault)


def show(rows: Sequence[Row]) -> None:
    """A table."""
    table = Table("fault", "alerts", "fired after", "ended after", "besides", box=None)
    for row in rows:
        alerts = ", ".join(
            f"{name}{' (did not fire)' if name in row.missing else ''}" for name in sorted(row.fault.fires)
        )
        table.add_row(row.fault.what, alerts, _seconds(row.fired), _seconds(row.ended), ", ".join(sorted(row.others)))
    Console(width=None if sys.stdout.isatty() else 240, highlight=False).print(table)


def _seconds(time_taken: float | None) -> str:
    return "never" if time_taken is None else f"{time_taken:.0f} s"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", choices=[fault.name for fault in FAULTS])
    parser.add_argument("--keep", type=Path, help="a folder for the logs")
    options = parser.parse_args()
    chosen = [fault for fault in FAULTS if options.only is None or fault.name in options.only]
    rows = []
    with tempfile.TemporaryDirectory() as scratch, running_world(options.keep or Path(scratch)) as world:
        for row in rehearse(chosen, world):
            rows.append(row)
            print(f"{row.fault.name}: fired {_seconds(row.fired)}, ended {_seconds(row.ended)}", flush=True)
    show(rows)
    sys.exit(any(row.fired is None or row.ended is None for row in rows))


if __name__ == "__main__":
    main()
