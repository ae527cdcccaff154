"""Where a subject is in the frame, and how large."""

from typing import Final

import numpy as np

from bench.montage.chosen import Stamp
from bench.montage.layer import Floats, laid, scaled, turned

CUT: Final = 0.25  # the share of pictures whose frame cuts the subject
_ENLARGED: Final = 2.7  # times, at most: stamps are small


def placed(stamp: Stamp, pixels: Floats, side: int, random: np.random.Generator) -> tuple[Floats, float]:
    """The layer (H, W, 4) mirrored, turned, scaled and laid in the frame (side, side, 4); and how much it was enlarged."""
    mirrored = pixels[:, ::-1] if random.random() < 0.5 else pixels
    upright = turned(np.ascontiguousarray(mirrored), random.uniform(-50, 50) if stamp.turns else random.uniform(-5, 5))
    shorter, longer = sorted(upright.shape[:2])
    least = 0.45 if shorter > longer / 2 else 0.62  # a thin one needs length to be seen
    scale = min(side * random.uniform(least, 0.95) / longer, _ENLARGED)
    sized = scaled(upright, scale)
    left, top = _corner(stamp, side, sized.shape[1], sized.shape[0], random)
    return laid(sized, left, top, side), scale


def _corner(stamp: Stamp, side: int, width: int, height: int, random: np.random.Generator) -> tuple[int, int]:
    """The upper left one: what stands is rather low; some are cut on the left, on the right or below."""
    right, bottom = side - width, side - height
    left, top = random.uniform(0, right), random.uniform(0 if stamp.flies else bottom / 3, bottom)
    if random.random() < CUT:
        hidden = random.uniform(0.08, 0.35)
        cut = [(-hidden * width, top), (right + hidden * width, top), (left, bottom + hidden * height)]
        left, top = cut[random.integers(len(cut))]
    return round(left), round(top)
