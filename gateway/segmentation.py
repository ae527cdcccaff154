"""What a model says about one picture, and what its server says about a model."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Segmentation:
    """The subject of one picture, at the model's size S.

    `alpha` is uint8 (S, S), 255 where the subject is opaque. `confidence` is the largest probability before the
    mask was stretched to the full range: near 0 means that the picture shows no subject.
    """

    alpha: NDArray[np.uint8]
    confidence: float
    model: str
    version: str


@dataclass(frozen=True)
class Serving:
    """A model as it is served: its pictures' side in pixels, the versions that answer, oldest first, and on what they run."""

    size: int
    versions: tuple[str, ...]
    device: str
