"""Two models on the same pictures: figures of every picture, and the worst ones to look at."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from export.verify.agreement import Agreement, distances
from export.verify.pictures import Picture
from report.content import MOST_CASES, Case
from report.tiles import tiles


class Model(Protocol):
    def run(self, images: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Alpha uint8 (N, S, S) and confidence float32 (N, 1) of images uint8 (N, S, S, 3)."""


@dataclass(frozen=True)
class Comparison:
    """Figures of each picture in order, all pixels by their difference (int64 (256,)), and the worst pictures, worst first."""

    agreements: tuple[Agreement, ...]
    differences: NDArray[np.int64]
    cases: tuple[Case, ...]


def compare(a: Model, b: Model, pictures: Iterable[Picture], done: Callable[[Picture, Agreement], None]) -> Comparison:
    """Runs both on each picture; `done` is told of each. However many there are, few are in memory."""
    agreements: list[Agreement] = []
    worst: list[tuple[Agreement, Case]] = []
    differences = np.zeros(256, np.int64)
    for picture in pictures:
        (alpha_a, confidence_a), (alpha_b, confidence_b) = (_alone(model, picture) for model in (a, b))
        agreement = Agreement.of(alpha_a, alpha_b, (confidence_a, confidence_b))
        agreements.append(agreement)
        differences += np.bincount(distances(alpha_a, alpha_b).ravel(), minlength=256)
        case = Case(picture.name, agreement.texts(), tiles(picture.rgb, alpha_a, alpha_b, picture.aspect))
        worst = sorted([*worst, (agreement, case)], key=lambda entry: entry[0].rank)[:MOST_CASES]
        done(picture, agreement)
    return Comparison(tuple(agreements), differences, tuple(case for _, case in worst))


def _alone(model: Model, picture: Picture) -> tuple[NDArray[np.uint8], float]:
    alpha, confidence = model.run(picture.rgb[None])
    return alpha[0], float(confidence[0, 0])
