"""Depth of field: blur by the distance from the plane in focus."""

import torch.nn.functional as F
from torch import Tensor

from export.scenes.noise import blurred

LEVELS = 6


def defocused(image: Tensor, sigma: Tensor) -> Tensor:
    """The image (B, C, S, S) blurred by `sigma` pixels (B, 1, S, S) or (B, 1, 1, 1), at most 16, differently at each pixel.

    Mixes copies blurred by 0, 1, 2, 4, 8 and 16 pixels, each made at the size that is enough for it.
    """
    size = image.shape[-1]
    place = (sigma.clamp_min(0.5).log2() + 1).clamp(0, LEVELS - 1)
    total = image * _share(place, 0)
    copy = image
    for level in range(1, LEVELS):
        if level > 1:
            copy = F.avg_pool2d(copy, 2)
        copy = blurred(copy, 0.9)
        shown = copy if level == 1 else F.interpolate(copy, size=(size, size), mode="bilinear")
        total = total + shown * _share(place, level)
    return total


def _share(place: Tensor, level: int) -> Tensor:
    return (1 - (place - level).abs()).clamp_min(0)
