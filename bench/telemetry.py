"""What traces and a scrape each second cost: `scripts/bench telemetry [--rounds 12] [--seconds 10] [--share 0.1]`.

Two services, alike but for that, take the same load in turns, in an order that changes each round: the load of the machine
drifts, and what is compared is next to each other in time. The gateways' CPU seconds for each picture are compared besides:
they hold where others use the machine. Figures are counted in both, asked for or not. Pictures are small, as what is measured
is the same for each of them; `--hits` has them found in the cache, where there is least besides.
"""

import argparse
import itertools
import statistics
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import httpx

from bench import phone
from bench.callers import commented
from bench.running import Running, running_service
from tests.otlp import running_receiver

CONNECTIONS = 4
PROCESS = "/api/v2/process"


class Load(NamedTuple):
    """Pictures a second, and milliseconds of the gateway's CPU for each."""

    rate: float
    cpu: float


def load(service: Running, picture: bytes, seconds: float, *, hits: bool) -> Load:
    """What it bears."""
    end = time.monotonic() + seconds
    files = itertools.count(time.monotonic_ns() % 10**12)

    def call(number: int) -> int:
        done = 0
        with httpx.Client(base_url=service.url, timeout=60, trust_env=False) as client:
            while time.monotonic() < end:
                content = picture if hits else commented(picture, next(files))
                client.post(PROCESS, content=content).raise_for_status()
                done += 1
        return done

    begin, spent = time.monotonic(), sum(service.gateway.cpu_times()[:2])
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        pictures = sum(pool.map(call, range(CONNECTIONS)))
    spent = sum(service.gateway.cpu_times()[:2]) - spent
    return Load(pictures / (time.monotonic() - begin), 1000 * spent / pictures)


@contextmanager
def scraped(url: str) -> Iterator[None]:
    """Its figures are asked for each second while the context lasts."""
    over = threading.Event()

    def scrape() -> None:
        while not over.wait(1):
            httpx.get(f"{url}/metrics", timeout=10).raise_for_status()

    thread = threading.Thread(target=scrape, name="scrape")
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=10, help="of each service in each round")
    parser.add_argument("--share", type=float, default=0.1, help="of the requests that are traced")
    parser.add_argument("--hits", action="store_true", help="kept results instead of computed ones")
    options = parser.parse_args()
    picture = phone.file(0.15)
    with ExitStack() as held:
        folders = [held.enter_context(tempfile.TemporaryDirectory()) for _ in range(2)]
        stores = folders if options.hits else ["off", "off"]
        receiver = held.enter_context(running_receiver())
        traces = {"CUTOUT_OTLP": receiver.url, "CUTOUT_TRACE_SHARE": str(options.share)}
        without = held.enter_context(running_service(CUTOUT_STORE=stores[0]))
        traced = held.enter_context(running_service(CUTOUT_STORE=stores[1], **traces))
        pairs = [pair(number, without, traced, picture, options) for number in range(-1, options.rounds)][1:]
    print(f"throughput, with / without: {spread(second.rate / first.rate for first, second in pairs)}")
    print(f"gateway's CPU a picture, with / without: {spread(second.cpu / first.cpu for first, second in pairs)}")
    print(f"{len(receiver.spans)} spans received")


def pair(
    number: int, without: Running, traced: Running, picture: bytes, options: argparse.Namespace
) -> tuple[Load, Load]:
    """One round: what the one and what the other bears."""
    found = {}
    for service in (without, traced) if number % 2 else (traced, without):
        with scraped(service.url) if service is traced else ExitStack():
            found[service.url] = load(service, picture, options.seconds, hits=options.hits)
    first, second = found[without.url], found[traced.url]
    print(
        f"without {first.rate:8.2f}/s {first.cpu:7.2f} ms   with {second.rate:8.2f}/s {second.cpu:7.2f} ms", flush=True
    )
    return first, second


def spread(ratios: Iterable[float]) -> str:
    low, middle, high = statistics.quantiles(ratios, n=4)
    return f"median {middle:.3f}, quartiles {low:.3f} and {high:.3f}"


if __name__ == "__main__":
    main()
