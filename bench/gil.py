"""How long each step of a picture keeps every other thread waiting: `scripts/bench gil [--megapixels 24 50] [--times 5]`.

A thread asks for the interpreter every millisecond while one other thread works; the longest gap within a step is the longest
that the step held it, or that the machine was busy. So the least of several runs is shown, in milliseconds.
"""

import argparse
import threading
import time
from collections import defaultdict

from bench import phone
from bench.own import LIMIT, steps
from gateway.pictures.encoding.table import MAX_PIXELS, OutputFormat

FORMATS: tuple[OutputFormat, ...] = ("png", "webp", "jpeg", "avif")
SIZE = 384


class Ticks:
    """The longest gap between two ticks of a thread that has nothing else to do."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._tick)
        self._thread.start()

    def _tick(self) -> None:
        while not self._over.wait(0.001):
            now = time.perf_counter()
            self.longest = max(self.longest, now - self._last)
            self._last = now

    def take(self) -> float:
        """The longest gap, in seconds, since this was last asked; the one under way counts."""
        time.sleep(0.003)
        longest, self.longest = self.longest, 0.0
        return longest

    def stop(self) -> None:
        self._over.set()
        self._thread.join()


def holds(data: bytes, output: OutputFormat, times: int) -> dict[str, float]:
    """Milliseconds by step."""
    found: dict[str, list[float]] = defaultdict(list)
    mask = phone.mask(SIZE)
    for _ in range(times):
        ticks = Ticks()
        ticks.take()
        worker = threading.Thread(
            target=steps,
            args=(data, output, lambda step: found[step].append(1000 * ticks.take())),  # noqa: B023
        )
        worker.start()
        worker.join()
        ticks.stop()
    return {step: min(gaps) for step, gaps in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[24, 49.9])
    parser.add_argument("--formats", nargs="+", choices=FORMATS, default=["png", "webp", "jpeg"])
    parser.add_argument("--times", type=int, default=5)
    arguments = parser.parse_args()
    for megapixels in arguments.megapixels:
        data = phone.file(megapixels)
        for output in arguments.formats:
            if megapixels * 1e6 <= MAX_PIXELS.get(output, LIMIT):
                row = "  ".join(f"{step} {gap:.0f}" for step, gap in holds(data, output, arguments.times).items())
                print(f"{megapixels:5g} MP  {output:5} {row} ms", flush=True)


if __name__ == "__main__":
    main()
