"""How close an exported graph is to the network it came from.

Alpha alone proves little: badly scaled logits saturate, and two wrong graphs then agree at 0 and 255. So logits and
probabilities are compared as well, and the share of unsaturated pixels says whether the comparison meant anything.
"""

import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import onnx
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from export.contract import IMAGE
from export.graph import Deployable

LARGE = 512
"""Side from which pictures cost so much memory that the batches compared are smaller, and errors add up further."""


class ParityError(ValueError):
    """A graph that is further from its network than allowed; the text names figure and bound."""


@dataclass(frozen=True)
class Bounds:
    """Largest differences allowed, and the least share of pixels with a probability between 0.01 and 0.99."""

    logits: float = 5e-4
    probability: float = 2e-4
    mean_probability: float = 2e-5
    alpha: int = 1
    unsaturated: float = 0.002

    @classmethod
    def at(cls, size: int, precision: str = "fp32") -> "Bounds":
        """The bounds for pictures of side `size` in a precision, fp32 or fp16."""
        if precision == "fp16":
            return cls(logits=0.02, probability=0.05, mean_probability=1 / 255, alpha=16)
        return cls() if size < LARGE else cls(logits=3e-3, probability=3e-3, mean_probability=3e-4, alpha=2)


def batches(size: int) -> tuple[int, ...]:
    """The batches to compare; none is `trace.TRACED_BATCH`."""
    return (1, 3) if size < LARGE else (1, 2)


@dataclass(frozen=True)
class Parity:
    """Differences at one batch size.

    Attributes:
        batch: pictures in the batch.
        logits: largest difference, as a share of the largest logit.
        probability: largest difference, of the confidence, too.
        mean_probability: mean difference.
        alpha: largest difference in steps of 1/255.
        unsaturated: share of the pixels whose probability lies between 0.01 and 0.99.
    """

    batch: int
    logits: float
    probability: float
    mean_probability: float
    alpha: int
    unsaturated: float

    def __str__(self) -> str:
        return (
            f"batch {self.batch}: logits {self.logits:.2g}, probability {self.probability:.2g} "
            f"(mean {self.mean_probability:.2g}), alpha {self.alpha}/255, {self.unsaturated:.1%} of the pixels unsaturated"
        )

    def check(self, bounds: Bounds) -> None:
        """Raises ParityError at the first figure out of bounds."""
        for name in ("logits", "probability", "mean_probability", "alpha"):
            if not getattr(self, name) <= getattr(bounds, name):  # so that nan fails, too
                raise ParityError(
                    f"batch {self.batch}: {name} differs by {getattr(self, name):g}, allowed {getattr(bounds, name):g}"
                )
        if self.unsaturated < bounds.unsaturated:
            raise ParityError(
                f"batch {self.batch}: only {self.unsaturated:.2%} of the pixels are unsaturated, "
                f"{bounds.unsaturated:.2%} are needed for the comparison to mean anything"
            )


def compare(model: Path, graph: Deployable, pictures: NDArray[np.uint8]) -> Iterator[Parity]:
    """Parity of a model file with its network at each of `batches`, on pictures uint8 (N, S, S, 3), as many as the largest."""
    session = with_logits(model)
    for batch in batches(pictures.shape[1]):
        yield difference(session, graph, pictures[:batch])


def difference(session: ort.InferenceSession, graph: Deployable, images: NDArray[np.uint8]) -> Parity:
    """Parity of a session of `with_logits` on one batch, uint8 (N, S, S, 3)."""
    return distance(Answer(*session.run(None, {IMAGE: images})), exactly(graph, images))


class Answer(NamedTuple):
    """What a graph says of a batch: alpha (N, S, S), confidence (N, 1), logits (N, S, S)."""

    alpha: NDArray[np.uint8]
    confidence: NDArray[np.floating[Any]]
    logits: NDArray[np.floating[Any]]


def exactly(graph: Deployable, images: NDArray[np.uint8]) -> Answer:
    """The network in float64, one picture after the other.

    In float32, torch's own rounding may be several times that of the graph; how large it is depends on the processor.
    """
    return _computed(copy.deepcopy(graph).double(), images)


def in_float32(graph: Deployable, images: NDArray[np.uint8]) -> Answer:
    """The network as torch computes it by default."""
    return _computed(graph, images)


def _computed(graph: Deployable, images: NDArray[np.uint8]) -> Answer:
    with torch.inference_mode():
        logits = torch.cat([graph.logits(picture[None]) for picture in torch.from_numpy(images)])
        alpha, confidence = graph.finish(logits)
    return Answer(alpha.numpy(), confidence.numpy(), logits.numpy())


def distance(found: Answer, expected: Answer) -> Parity:
    """How far one answer is from another."""
    p, q = _sigmoid(found.logits), _sigmoid(expected.logits)
    return Parity(
        batch=len(found.alpha),
        logits=_largest(found.logits - expected.logits) / _largest(expected.logits),
        probability=max(_largest(p - q), _largest(found.confidence - expected.confidence)),
        mean_probability=float(np.abs(p - q).mean()),
        alpha=int(_largest(found.alpha.astype(np.int16) - expected.alpha)),
        unsaturated=float(((q > 0.01) & (q < 0.99)).mean()),
    )


def _largest(difference: NDArray[Any]) -> float:
    return float(np.abs(difference).max())


def _sigmoid(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    half: NDArray[np.float64] = np.tanh(logits.astype(np.float64) / 2) / 2
    return half + 0.5


def with_logits(model: Path) -> ort.InferenceSession:
    """A session that also puts out the logits, fp32 (N, S, S): what goes into the last Sigmoid of the graph."""
    proto = onnx.load(model, load_external_data=False)
    logits = [node.input[0] for node in proto.graph.node if node.op_type == "Sigmoid"][-1]
    proto.graph.output.append(onnx.helper.make_tensor_value_info(logits, onnx.TensorProto.FLOAT, None))
    options = ort.SessionOptions()
    options.enable_cpu_mem_arena = False  # an arena would keep several gigabytes while torch computes its side
    options.add_session_config_entry("session.model_external_initializers_file_folder_path", str(model.parent))
    return ort.InferenceSession(proto.SerializeToString(), options, providers=["CPUExecutionProvider"])
