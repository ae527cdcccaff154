"""Colour decontamination on composites of known foreground: `scripts/bench edges`.

Error: mean absolute difference between the estimated colour and the foreground's, in levels, where 0.05 < α < 0.95, and its
ratio to pymatting's. Time: CPU milliseconds of one thread, medians of runs of all methods in turn. pymatting is measured
where it is installed; `--picture FILE` draws docs/hair.jpg instead.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # read when pymatting is imported

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from bench.composites import NAMES, Composite, Pixels, as_pixels, composite, over
from gateway.pictures.edges import decontaminate

Method = Callable[[Pixels, Pixels], Pixels]
PYMATTING: Final = "pymatting"
LARGE: Final = 4  # megapixels; from there on three composites will do
OF_LARGE: Final = ("hair on green", "fur on foliage", "sharp thing")


def none(picture: Pixels, alpha: Pixels) -> Pixels:
    return picture


def ours(picture: Pixels, alpha: Pixels) -> Pixels:
    decontaminate(picture, alpha)
    return picture


def blur_fusion(picture: Pixels, alpha: Pixels) -> Pixels:
    """Forte, "Approximate Fast Foreground Colour Estimation" (2021): twice, with box blurs of 90 and of 6 pixels."""
    seen, share = np.float32(picture[..., :3]), alpha[..., None] * np.float32(1 / 255)
    front, back = seen, seen
    for side in (90, 6):
        front, back = _fused(seen, share, front, back, side)
    return as_pixels(front)


def _fused(seen: Any, share: Any, front: Any, back: Any, side: int) -> tuple[Any, Any]:
    blurred = lambda levels: cv2.blur(levels, (side, side)).reshape(*levels.shape)  # noqa: E731
    mean = blurred(share)
    front = blurred(front * share) / (mean + 1e-5)
    back = blurred(back * (1 - share)) / (1 - mean + 1e-5)
    return front + share * (seen - share * front - (1 - share) * back), back


def methods() -> dict[str, Method]:
    """What is compared, by name; pymatting's multi-level method where it is installed."""
    found: dict[str, Method] = {"none": none, "blur fusion": blur_fusion, "ours": ours}
    try:
        from pymatting import estimate_foreground_ml
    except ImportError:
        return found

    def multi_level(picture: Pixels, alpha: Pixels) -> Pixels:
        return as_pixels(255 * estimate_foreground_ml(picture[..., :3] / 255, alpha / 255))

    return {**found, PYMATTING: multi_level}


def line(given: Composite, found: dict[str, Method], runs: int) -> str:
    taken: dict[str, list[float]] = {name: [] for name in found}
    errors = {}
    for name in list(found) * runs:
        picture = given.picture.copy()
        begin = time.process_time()
        colours = found[name](picture, given.alpha)
        taken[name].append(1000 * (time.process_time() - begin))
        errors[name] = given.colour_error(colours)
    base = errors.get(PYMATTING, float("nan"))
    cells = (
        f"{errors[name]:6.2f} ({errors[name] / base:5.2f}) {statistics.median(taken[name]):6.0f}" for name in found
    )
    return f"{given.name:20}" + "  ".join(cells)


def table(megapixels: float, runs: int) -> None:
    found = methods()
    print(f"\n{megapixels:g} MP: error in levels (against pymatting) and CPU ms")
    print(" " * 20 + "  ".join(f"{name:>21}" for name in found))
    for name in OF_LARGE if megapixels >= LARGE else NAMES:
        print(line(composite(name, megapixels), found, runs), flush=True)


def drawing(zoom: int = 2, box: tuple[int, int, int, int] = (600, 150, 800, 300)) -> Image.Image:
    """Hair on green at 200 %: the photograph, and its cut-out on white and on dark, before, after, and as it should be."""
    given = composite("hair on green", 2)
    colours = {"before": given.picture, "after": ours(given.picture.copy(), given.alpha), "the truth": given.foreground}
    grounds = [np.full(given.foreground.shape, ground, np.uint8) for ground in ((255, 255, 255), (32, 36, 48))]
    columns = {"photograph and alpha": [given.picture[..., :3], np.dstack([given.alpha] * 3)]}
    columns |= {
        name: [as_pixels(over(front, given.alpha, ground)) for ground in grounds] for name, front in colours.items()
    }
    width, height = zoom * (box[2] - box[0]), zoom * (box[3] - box[1])
    sheet = Image.new("RGB", (len(columns) * (width + 8) - 8, 2 * (height + 8) + 28), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(18)
    for column, (name, panels) in enumerate(columns.items()):
        pen.text((column * (width + 8) + 4, 4), name, "black", font)
        for row, panel in enumerate(panels):
            part = Image.fromarray(panel).crop(box).resize((width, height), Image.Resampling.NEAREST)
            sheet.paste(part, (column * (width + 8), 32 + row * (height + 8)))
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[2, 12])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--picture", type=Path, metavar="FILE", help="draw the comparison instead of measuring")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    if arguments.picture:
        drawing().save(arguments.picture, quality=88)
        return
    for megapixels in arguments.megapixels:
        table(megapixels, arguments.runs)


if __name__ == "__main__":
    main()
