"""A service with all that is behind it, and what watches it; to be broken."""

import itertools
import os
import random
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bench.callers import commented
from bench.container import Container, container
from bench.instances import Instance
from bench.shortened import shortened
from tests.photos import photo
from tests.prometheus import Prometheus, running_prometheus
from tests.redis import Redis, running_redis
from tests.store.emulator import BUCKET, Emulator, running_emulator

FACTOR: Final = 20
"""By which the times of the rules are divided."""
LIMIT: Final = 3_000_000_000
"""Bytes of memory that the service may use, with its Triton."""
_RULES: Final = Path(__file__).resolve().parent.parent / "monitoring" / "alerts.yaml"
_PROCESS: Final = "/api/v2/process?output_format=webp&max_side=64"


class Traffic:
    """Clients with an address each, behind a proxy; every other picture is one that was asked for before."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._numbers = itertools.count()
        self._chance = random.Random(1)

    @contextmanager
    def calling(self, clients: int, pause: float, address: str = "") -> Iterator[None]:
        """So many at a time, which rest between two pictures; of them all `address`, else each time another."""
        stop = threading.Event()
        threads = [threading.Thread(target=self._call, args=(stop, pause, address)) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()

    def _call(self, stop: threading.Event, pause: float, address: str) -> None:
        with httpx.Client(base_url=self._url, timeout=90, trust_env=False) as client:
            while not stop.is_set():
                number = next(self._numbers) // 2
                shown = address or f"198.51.100.{self._chance.randrange(1, 255)}"
                with suppress(httpx.TransportError):  # the service is killed, too
                    headers = {"X-Forwarded-For": shown}
                    client.post(_PROCESS, content=commented(photo("chelsea"), number), headers=headers)
                stop.wait(pause)


@dataclass(frozen=True)
class World:
    """All that can be broken."""

    service: Instance
    traffic: Traffic
    emulator: Emulator
    redis: Redis
    container: Container | None
    prometheus: Prometheus


@contextmanager
def running_world(folder: Path) -> Iterator[World]:
    """A service with all that is behind it, a little traffic, and Prometheus; all files go to `folder`."""
    with ExitStack() as stack:
        emulator = stack.enter_context(running_emulator(folder))
        redis = stack.enter_context(running_redis(folder))
        box = stack.enter_context(container(LIMIT))
        service = Instance(_environ(emulator, redis), folder / "service.log", () if box is None else box.wrapper)
        stack.callback(service.stop)
        service.start()
        rules = folder / "alerts.yaml"
        rules.write_text(shortened(_RULES.read_text(), FACTOR))
        targets = {"cutout": f"127.0.0.1:{service.port}"}
        prometheus = stack.enter_context(running_prometheus(folder, targets, rules, seconds=2))
        world = World(service, Traffic(service.url), emulator, redis, box, prometheus)
        stack.enter_context(world.traffic.calling(2, 0.4))
        yield world


def _environ(emulator: Emulator, redis: Redis) -> dict[str, str]:
    return os.environ | {
        "CUTOUT_LOG_LEVEL": "info",
        "CUTOUT_MODEL": "demo",
        "CUTOUT_PROXIES": "1",
        "CUTOUT_RATE_ANONYMOUS": "60/minute",
        "CUTOUT_REDIS": redis.url,
        "CUTOUT_START_SECONDS": "2",
        "CUTOUT_STORE": f"gs://{BUCKET}/faults",
        "STORAGE_EMULATOR_HOST": emulator.url,
    }
