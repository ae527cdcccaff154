"""How close an engine is to the ONNX file it was built from, on pictures."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from export.evaluate import mean_absolute_error, soft_iou
from export.to_tensorrt.errors import AccuracyError

Run: TypeAlias = Callable[[NDArray[Any]], tuple[NDArray[Any], NDArray[Any]]]
"""Alpha uint8 (N, S, S) and confidence float32 (N, 1) of images uint8 (N, S, S, 3)."""

_ADVICE = "where half precision overflows, `python -m export onnx --precision fp16` writes a graph in which it does not"


@dataclass(frozen=True)
class Bounds:
    """What half precision may change: mean error of alpha in steps of 1/255, worst picture's soft IoU, any confidence.

    The worst picture counts by itself, so that one that is ruined cannot hide in a good mean; confidences count because
    alpha is stretched to its full range whatever they are.
    """

    error: float = 1.0
    iou: float = 0.97
    confidence: float = 0.02


@dataclass(frozen=True)
class Agreement:
    """Figures at one batch size, over all pictures.

    Attributes:
        batch: pictures in a batch.
        error: mean difference of alpha in steps of 1/255.
        iou: soft IoU of the worst picture.
        confidence: largest difference of a confidence.
    """

    batch: int
    error: float
    iou: float
    confidence: float

    def __str__(self) -> str:
        return (
            f"batch {self.batch}: alpha differs by {self.error:.3g}/255 on average, soft IoU of the worst picture "
            f"{self.iou:.4f}, confidence by at most {self.confidence:.2g}"
        )

    def check(self, bounds: Bounds) -> None:
        """Raises AccuracyError at the first figure out of bounds; nan is."""
        for passed, text in (
            (
                self.confidence <= bounds.confidence,
                f"a confidence by {self.confidence:g}, allowed {bounds.confidence:g}",
            ),
            (self.error <= bounds.error, f"alpha by {self.error:g}/255 on average, allowed {bounds.error:g}/255"),
            (self.iou >= bounds.iou, f"a picture to a soft IoU of {self.iou:g}, needed {bounds.iou:g}"),
        ):
            if not passed:
                raise AccuracyError(f"batch {self.batch}: the engine differs from its ONNX file: {text}: {_ADVICE}")


def compare(engine: Run, reference: Run, images: NDArray[np.uint8], batches: Sequence[int]) -> Iterator[Agreement]:
    """Agreement on images (N, S, S, 3) at each batch size; the reference sees one picture at a time."""
    expected = _in_batches(reference, images, 1)
    for batch in batches:
        yield _agreement(batch, _in_batches(engine, images, batch), expected)


def _in_batches(run: Run, images: NDArray[np.uint8], batch: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Answers on all images. The last batch is filled up with the first images: every batch has the size in question."""
    count = len(images)
    starts = range(0, count, batch)
    parts = [run(images.take(range(start, start + batch), axis=0, mode="wrap")) for start in starts]
    alpha, confidence = (np.concatenate(each)[:count] for each in zip(*parts, strict=True))
    return alpha, confidence


def _agreement(
    batch: int, found: tuple[NDArray[Any], NDArray[Any]], expected: tuple[NDArray[Any], NDArray[Any]]
) -> Agreement:
    (alpha, confidence), (expected_alpha, expected_confidence) = found, expected
    pairs = list(zip(alpha, expected_alpha, strict=True))
    return Agreement(
        batch=batch,
        error=255 * float(np.mean([mean_absolute_error(a, b) for a, b in pairs])),
        iou=min(soft_iou(a, b) for a, b in pairs),
        confidence=float(np.abs(confidence - expected_confidence).max()),
    )
