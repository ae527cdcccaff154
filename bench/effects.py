"""Time and memory of each effect, beside its literal reading: `scripts/bench effects [--sizes 2 12 24] [--times 5]`.

CPU milliseconds of this process, which draws on one thread, medians; memory is what the process needed at most while it drew
more than before, as a multiple of the picture's own bytes. The literal versions of tests/effects draw a small part of the same
picture, which is what `factor` compares per pixel.
"""

import argparse
import ctypes
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from bench import phone
from gateway.effects import EFFECTS, Drawing
from gateway.effects.retro8bit import PET, Retro8bitParameters
from gateway.pictures.compose import cut_out
from gateway.pictures.picture import Pixels
from tests.effects import literal
from tests.effects.literal import dithering, enhancedblackwhite, popart, retro8bit

SMALL = (120, 160)
COLOURS = [tuple(colour) for colour in PET.colours.tolist()]
LITERAL: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    "enhancedblackwhite": (enhancedblackwhite.draw, (1.12, 0.9, 0.12, 0.08)),
    "dithering": (dithering.draw, (2, 2, True)),
    "popart": (popart.draw, ()),
    "retro8bit speed": (retro8bit.draw, ("speed", COLOURS)),
    "retro8bit balanced": (retro8bit.draw, ("balanced", COLOURS)),
    "retro8bit quality": (retro8bit.draw, ("quality", COLOURS)),
}


def cutout(megapixels: float) -> Pixels:
    """A photograph behind a portrait's mask."""
    photo = phone.photograph(megapixels)
    height, width = photo.shape[:2]
    alpha = cv2.resize(phone.mask(1024), (width, height), interpolation=cv2.INTER_CUBIC)
    pixels = np.dstack([photo, alpha])
    cut_out(pixels, alpha)
    return pixels


def drawings() -> Iterator[tuple[str, Drawing]]:
    """Every effect, and every preset of those that have some."""
    for name, effect in EFFECTS.items():
        if effect.parameters is Retro8bitParameters:
            for preset in ("speed", "balanced", "quality"):
                yield f"{name} {preset}", Drawing(effect, Retro8bitParameters(preset))
        else:
            yield name, Drawing(effect, effect.parameters())


def milliseconds(work: Callable[[], object], times: int) -> float:
    spent = []
    for _ in range(times):
        begin = time.process_time()
        work()
        spent.append(1000 * (time.process_time() - begin))
    return statistics.median(spent)


def memory(work: Callable[[], object]) -> int:
    """Bytes that `work` needed at most."""
    ctypes.CDLL(None).malloc_trim(0)  # what is free already must not hide what is needed
    Path("/proc/self/clear_refs").write_text("5")  # forgets the highest so far
    before = _status("VmRSS")
    work()
    return _status("VmHWM") - before


def _status(field: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(field))


def nanoseconds(name: str, pixels: Pixels) -> float | None:
    """Of the literal version, for each pixel."""
    if name not in LITERAL:
        return None
    effect, values = LITERAL[name]
    rows = literal.rows(pixels)
    return 1e6 * milliseconds(lambda: effect(rows, *values), 1) / (pixels.shape[0] * pixels.shape[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=float, nargs="+", default=[2, 12, 24], help="megapixels")
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    head = "".join(f"{size:>8g} MP ms  memory" for size in options.sizes)
    print(f"{'effect':20}{head}   literal ns/pixel  factor")
    small = cutout(0.3)[160 : 160 + SMALL[0], 200 : 200 + SMALL[1]].copy()
    for name, drawing in drawings():
        line, per_pixel = f"{name:20}", 0.0
        for size in options.sizes:
            pixels = cutout(size)
            drawing.draw(pixels)
            spent = milliseconds(lambda: drawing.draw(pixels), options.times)  # noqa: B023
            needed = memory(lambda: drawing.draw(pixels)) / pixels.nbytes  # noqa: B023
            per_pixel = per_pixel or 1e6 * spent / (pixels.shape[0] * pixels.shape[1])
            line += f"{spent:11.1f} {needed:8.1f}x "
        slow = nanoseconds(name, small)
        print(line + (f"{slow:15.0f} {slow / per_pixel:10.0f}x" if slow else f"{'–':>15}"))


if __name__ == "__main__":
    main()
