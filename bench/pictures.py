"""The path without the network, beside that of others: `scripts/bench pictures [--megapixels 1 4 12 24] [--times 3]`.

A photograph's JPEG in, a cut-out's file out, with the same mask for all. CPU seconds of one process (`time.process_time`,
so that a busy machine does not show), every candidate in turn, medians. Ours decontaminates edges; transparent-background
does, too; rembg does so only when asked, and is measured both ways.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench import phone
from bench.own import ours, steps
from bench.peers import SIZE, Cut, rembg_cut, transparent_background_cut
from gateway.pictures.encoding.table import OutputFormat

FORMATS: Final[dict[OutputFormat, str]] = {"png": "PNG", "webp": "WEBP", "jpeg": "JPEG", "avif": "AVIF"}
"""With Pillow's names of them, by which the others save."""


def stages(data: bytes, mask: NDArray[np.uint8], output: OutputFormat) -> dict[str, float]:
    """CPU milliseconds of each step of ours."""
    spent: dict[str, float] = {}
    last = time.process_time()

    def lap(stage: str) -> None:
        nonlocal last
        now = time.process_time()
        spent[stage] = 1000 * (now - last)
        last = now

    steps(data, mask, SIZE, output, lap)
    return spent


def seconds(work: Callable[[], bytes]) -> tuple[float, int]:
    """CPU seconds of one call, and the bytes it made."""
    begin = time.process_time()
    size = len(work())
    return time.process_time() - begin, size


def peers(mask: NDArray[np.uint8]) -> dict[str, Cut]:
    """Them, warmed up: numba compiles at the first call."""
    found = {
        "rembg": rembg_cut(mask, decontaminate=False),
        "rembg, decontaminating": rembg_cut(mask, decontaminate=True),
        "transparent-background": transparent_background_cut(mask),
    }
    for cut in found.values():
        cut(phone.file(0.1), "PNG")
    return found


def compare(megapixels: float, times: int, formats: list[OutputFormat], others: dict[str, Cut]) -> None:
    data, mask = phone.file(megapixels), phone.mask(SIZE)
    own = ours(mask, SIZE)
    for output in formats:
        table: dict[str, list[tuple[float, int]]] = {"ours": [], **{name: [] for name in others}}
        for _ in range(times):
            table["ours"].append(seconds(lambda: own(data, output)))  # noqa: B023
            for name, cut in others.items():
                table[name].append(seconds(lambda: cut(data, FORMATS[output])))  # noqa: B023
        show(megapixels, output, table)
        spent = [stages(data, mask, output) for _ in range(times)]
        print("    " + "  ".join(f"{name} {statistics.median(s[name] for s in spent):.0f}" for name in spent[0]), "ms")


def show(megapixels: float, output: OutputFormat, table: dict[str, list[tuple[float, int]]]) -> None:
    base = statistics.median(spent for spent, _ in table["ours"])
    for name, runs in table.items():
        median = statistics.median(spent for spent, _ in runs)
        print(
            f"{megapixels:5g} MP  {output:5}{name:24}{median:8.3f} s {median / base:6.1f} ×{runs[0][1] / 1e6:8.2f} MB"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[1, 4, 12, 24])
    parser.add_argument("--formats", nargs="+", choices=tuple(FORMATS), default=list(FORMATS))
    parser.add_argument("--times", type=int, default=3)
    arguments = parser.parse_args()
    others = peers(phone.mask(SIZE))
    for megapixels in arguments.megapixels:
        compare(megapixels, arguments.times, arguments.formats, others)


if __name__ == "__main__":
    main()
