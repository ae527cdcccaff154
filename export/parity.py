"""How close an exported graph is to the network it came from.

Alpha alone proves little: badly scaled logits saturate, and two wrong graphs then agree at 0 and 255. So logits and
probabilities are compared as well, and the share of unsaturated pixels says whether the comparison meant anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from export.contract import IMAGE
from export.graph import Deployable

BATCHES = (1, 3, 8)
"""None of them is the batch that is traced: a graph may be right there and wrong everywhere else."""


class ParityError(ValueError):
    """A graph that is further from its network than allowed; the text names figure and bound."""


@dataclass(frozen=True)
class Bounds:
    """Largest differences allowed, and the least share of pixels with a probability between 0.01 and 0.99."""

    logits: float = 5e-3
    probability: float = 2e-4
    alpha: int = 1
    unsaturated: float = 0.002


@dataclass(frozen=True)
class Parity:
    """Largest differences at one batch size; `alpha` in steps of 1/255, `unsaturated` a share of the pixels."""

    batch: int
    logits: float
    probability: float
    alpha: int
    unsaturated: float

    def check(self, bounds: Bounds) -> None:
        """Raises ParityError at the first figure out of bounds."""
        for name in ("logits", "probability", "alpha"):
            if not getattr(self, name) <= getattr(bounds, name):  # so that nan fails, too
                raise ParityError(
                    f"batch {self.batch}: {name} differs by {getattr(self, name):g}, allowed {getattr(bounds, name):g}"
                )
        if self.unsaturated < bounds.unsaturated:
            raise ParityError(
                f"batch {self.batch}: only {self.unsaturated:.2%} of the pixels are unsaturated, "
                f"{bounds.unsaturated:.2%} are needed for the comparison to mean anything"
            )


def compare(model: onnx.ModelProto, graph: Deployable, pictures: NDArray[np.uint8]) -> Iterator[Parity]:
    """Parity at each of `BATCHES`, on pictures uint8 (N, S, S, 3) with N at least the largest batch."""
    session = ort.InferenceSession(_with_logits(model).SerializeToString(), providers=["CPUExecutionProvider"])
    for batch in BATCHES:
        images = pictures[:batch]
        alpha, confidence, logits = session.run(None, {IMAGE: images})
        yield _difference(graph, images, alpha, confidence, logits)


def _difference(graph: Deployable, images: NDArray[np.uint8], alpha: Any, confidence: Any, logits: Any) -> Parity:
    with torch.inference_mode():
        expected = graph.logits(torch.from_numpy(images)).numpy()
        expected_alpha, expected_confidence = (t.numpy() for t in graph(torch.from_numpy(images)))
    p, q = _sigmoid(logits), _sigmoid(expected)
    return Parity(
        batch=len(images),
        logits=_largest(logits - expected),
        probability=max(_largest(p - q), _largest(confidence - expected_confidence)),
        alpha=int(_largest(alpha.astype(np.int16) - expected_alpha)),
        unsaturated=float(((q > 0.01) & (q < 0.99)).mean()),
    )


def _largest(difference: NDArray[Any]) -> float:
    return float(np.abs(difference).max())


def _sigmoid(logits: NDArray[np.float32]) -> NDArray[np.float64]:
    half: NDArray[np.float64] = np.tanh(logits.astype(np.float64) / 2) / 2
    return half + 0.5


def _with_logits(model: onnx.ModelProto) -> onnx.ModelProto:
    """A copy that also puts out the logits: what goes into the last Sigmoid of the graph."""
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    logits = [node.input[0] for node in copy.graph.node if node.op_type == "Sigmoid"][-1]
    copy.graph.output.append(onnx.helper.make_tensor_value_info(logits, onnx.TensorProto.FLOAT, None))
    return copy
