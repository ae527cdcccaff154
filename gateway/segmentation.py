"""What a model says about one picture, and what its server says about a model."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

NO_SUBJECT_BELOW: Final = 0.5
"""The confidence below which a picture shows no subject, of a model whose configuration states none."""


@dataclass(frozen=True)
class Segmentation:
    """The subject of one picture, at the model's size S.

    `alpha` is uint8 (S, S), 255 where the subject is opaque. `confidence` is the largest probability before the
    mask was stretched to the full range: near 0 means that the picture shows no subject, and so does
    less than `no_subject_below`, which the model's configuration states.
    """

    alpha: NDArray[np.uint8]
    confidence: float
    model: str
    version: str
    no_subject_below: float = NO_SUBJECT_BELOW

    @property
    def subject_found(self) -> bool:
        return self.confidence >= self.no_subject_below


@dataclass(frozen=True)
class Serving:
    """A model as it is served: its pictures' side in pixels, the versions that answer, oldest first, and on what they run."""

    size: int
    versions: tuple[str, ...]
    device: str
