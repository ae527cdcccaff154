"""How far two alphas of one picture are apart, and whether that is near enough."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.evaluate import mean_absolute_error, soft_iou
from report.content import Figure
from report.histogram import percent

VISIBLE = 10
"""Steps of 1/255 from which a difference counts as one that is seen."""


@dataclass(frozen=True)
class Agreement:
    """Two alphas of one picture.

    Attributes:
        iou: soft IoU, sum of minima / sum of maxima.
        mae: mean absolute error of alpha in 0..1.
        visible: share of the pixels that differ by more than VISIBLE / 255.
        confidence: difference of the confidences, absolute.
    """

    iou: float
    mae: float
    visible: float
    confidence: float

    @classmethod
    def of(cls, a: NDArray[np.uint8], b: NDArray[np.uint8], confidences: tuple[float, float]) -> "Agreement":
        """Of alphas uint8 (S, S) and their confidences."""
        return cls(
            soft_iou(a, b),
            mean_absolute_error(a, b),
            float((distances(a, b) > VISIBLE).mean()),
            abs(confidences[0] - confidences[1]),
        )

    @property
    def rank(self) -> tuple[float, float]:
        """Sorts the worst first."""
        return self.iou, -self.mae

    def texts(self) -> dict[str, str]:
        """The figures in words."""
        return {
            "Soft IoU": f"{self.iou:.5f}",
            "MAE": f"{self.mae:.5f}",
            f"Pixels over {VISIBLE}/255": percent(self.visible),
            "Confidence apart by": f"{self.confidence:.4f}",
        }

    def __str__(self) -> str:
        return ", ".join(f"{name} {text}" for name, text in self.texts().items())


@dataclass(frozen=True)
class Thresholds:
    """What every picture has to reach: least soft IoU, largest mean absolute error (0..1). None demands nothing."""

    min_iou: float | None = None
    max_mae: float | None = None


def distances(a: NDArray[np.uint8], b: NDArray[np.uint8]) -> NDArray[np.int16]:
    """Absolute differences of two alphas, in steps of 1/255."""
    return np.asarray(np.abs(a.astype(np.int16) - b))


def summary(agreements: Sequence[Agreement], thresholds: Thresholds) -> tuple[Figure, ...]:
    """Mean and worst over one picture or more, the worst judged by the thresholds."""
    iou, mae = [each.iou for each in agreements], [each.mae for each in agreements]
    visible, confidence = [each.visible for each in agreements], [each.confidence for each in agreements]
    least, most = thresholds.min_iou, thresholds.max_mae
    return (
        Figure("Soft IoU, mean", f"{np.mean(iou):.5f}"),
        Figure(
            "Soft IoU, worst picture",
            f"{min(iou):.5f}",
            "" if least is None else f"≥ {least:g}",
            None if least is None else min(iou) >= least,
        ),
        Figure("MAE, mean", f"{np.mean(mae):.5f}"),
        Figure(
            "MAE, worst picture",
            f"{max(mae):.5f}",
            "" if most is None else f"≤ {most:g}",
            None if most is None else max(mae) <= most,
        ),
        Figure(f"Pixels that differ by more than {VISIBLE}/255, mean", percent(float(np.mean(visible)))),
        Figure(f"Pixels that differ by more than {VISIBLE}/255, worst picture", percent(max(visible))),
        Figure("Confidence, largest difference", f"{max(confidence):.4f}"),
    )
