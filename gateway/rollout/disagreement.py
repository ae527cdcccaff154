"""How far two masks of one picture are apart."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Disagreement(NamedTuple):
    """`iou` of what is more opaque than not, 1 where neither has anything; `mae` of the opacities, both from 0 to 1."""

    iou: float
    mae: float


def disagreement(one: NDArray[np.uint8], other: NDArray[np.uint8]) -> Disagreement:
    """Of two alphas, uint8 (S, S)."""
    inside, also = one >= 128, other >= 128
    union = np.count_nonzero(inside | also)
    iou = float(np.count_nonzero(inside & also) / union) if union else 1.0
    mae = float(np.abs(one.astype(np.int16) - other).mean()) / 255
    return Disagreement(iou, mae)
