"""The learning curve of a training: `scripts/bench curve docs/demo-training.csv -o docs/demo-curve.png`.

The log of `export train-timed` has a line every 20 steps: phase, steps so far, seconds so far, mean loss. The first phase
learns the coarsest map alone, and each later one at larger pictures, so losses are to be compared within a phase only.
"""

import argparse
import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

SIZE: Final = (800, 360)
MARGIN: Final = (48, 12, 24, 34)  # left, top, right, bottom, in pixels
COLOURS: Final = ("#1f6feb", "#bc4c00", "#1a7f37", "#8250df")
SCALE: Final = 2
"""What is drawn is so many times as large, and shrunk: smooth lines."""


@dataclass(frozen=True)
class Point:
    """Mean loss of the steps up to `seconds`, in a phase."""

    phase: int
    seconds: float
    loss: float


def points(log: Path) -> list[Point]:
    """What the trainer's log.csv says, but for each phase's first line, which is of fewer steps than the others."""
    with log.open(newline="") as file:
        found = [Point(int(phase), float(seconds), float(loss)) for phase, _, seconds, loss in csv.reader(file)]
    return [each for before, each in pairwise(found) if before.phase == each.phase]


def curve(found: Sequence[Point]) -> Image.Image:
    """Loss over seconds, from 0 on both axes."""
    image = Image.new("RGB", (SIZE[0] * SCALE, SIZE[1] * SCALE), "white")
    draw = ImageDraw.Draw(image)
    longest, largest = 60 * math.ceil(max(p.seconds for p in found) / 60), math.ceil(max(p.loss for p in found))
    _axes(draw, longest, largest)
    for phase in sorted({each.phase for each in found}):
        line = [_place(p.seconds / longest, p.loss / largest) for p in found if p.phase == phase]
        colour = COLOURS[phase % len(COLOURS)]
        draw.line(line, fill=colour, width=2 * SCALE, joint="curve")
        draw.text((line[0][0], _place(0, 1)[1]), f"phase {phase + 1}", fill=colour, font=_font())
    return image.resize(SIZE, Image.Resampling.LANCZOS)


def _axes(draw: ImageDraw.ImageDraw, longest: int, largest: int) -> None:
    for second in range(0, longest + 1, 60):
        foot = _place(second / longest, 0)
        draw.line([foot, _place(second / longest, 1)], fill="#eaeef2", width=SCALE)
        draw.text((foot[0], foot[1] + 4 * SCALE), f"{second} s", fill="#57606a", font=_font(), anchor="ma")
    for tenth in range(0, 10 * largest + 1, 5):
        left = _place(0, tenth / 10 / largest)
        draw.line([left, _place(1, tenth / 10 / largest)], fill="#eaeef2", width=SCALE)
        draw.text((left[0] - 6 * SCALE, left[1]), f"{tenth / 10:g}", fill="#57606a", font=_font(), anchor="rm")


def _place(right: float, up: float) -> tuple[float, float]:
    """Pixels of a point given as shares of both axes."""
    left, top, beyond, below = MARGIN
    wide, tall = SIZE[0] - left - beyond, SIZE[1] - top - below
    return SCALE * (left + right * wide), SCALE * (top + (1 - up) * tall)


def _font() -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(12 * SCALE)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path, help="log.csv of `export train-timed`")
    parser.add_argument("-o", "--output", type=Path, required=True)
    asked = parser.parse_args(arguments)
    curve(points(asked.log)).quantize(256).save(asked.output, optimize=True)


if __name__ == "__main__":
    main()
