"""The network a model came from: its checkpoint in torch, and whether the model still equals it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from checkpoints import archive
from checkpoints.errors import DigestError, MissingError
from export import parity, weights
from export.graph import Deployable
from export.to_onnx import sample
from export.verify.artefact import Artefact, external
from export.verify.errors import ArtefactError
from report.content import Figure
from report.histogram import percent

_TENSORS = "Tensors that are not the checkpoint's own"


@dataclass(frozen=True)
class Origin:
    """A checkpoint in the network it belongs to."""

    checkpoint: Path
    sha256: str
    graph: Deployable

    def run(self, images: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Alpha uint8 (N, S, S) and confidence float32 (N, 1) of images uint8 (N, S, S, 3)."""
        with torch.inference_mode():
            alpha, confidence = self.graph(torch.from_numpy(images))
        return alpha.numpy(), confidence.numpy()


def origin(artefact: Artefact, checkpoint: Path) -> Origin:
    """The network that the artefact was made of.

    Raises CheckpointError, DigestError among them where the checkpoint is another one.
    """
    if not checkpoint.is_file():
        raise MissingError(f"{checkpoint}: no such checkpoint")
    found, expected = weights.sha256(checkpoint), artefact.facts["weights_sha256"]
    if found != expected:
        raise DigestError(
            f"{checkpoint}: has the sha256 {found}, and {artefact.name} was made of {expected}: "
            "name that checkpoint with --checkpoint"
        )
    network = artefact.variant.build()
    weights.load(network, checkpoint)
    return Origin(checkpoint, found, Deployable(network).eval())


def bounds(artefact: Artefact) -> parity.Bounds:
    """What its precision and size demand. Raises ArtefactError for a precision that is not known."""
    if artefact.precision not in ("fp32", "fp16"):
        raise ArtefactError(f"{artefact.path}: has the precision {artefact.precision}; fp32 and fp16 are known")
    return parity.Bounds.at(artefact.size, artefact.precision)


def gate(artefact: Artefact, source: Origin) -> Iterator[Figure]:
    """Every figure of the export's gate with its bound, at each batch, whether met or not."""
    allowed = bounds(artefact)
    for found in parity.compare(artefact.path, source.graph, sample(artefact.size)):
        yield from judged(found, allowed)


def judged(found: parity.Parity, allowed: parity.Bounds) -> Iterator[Figure]:
    """The figures of one batch, each with its bound."""
    batch = f"batch {found.batch}"
    for name, text, difference, bound in (
        ("Logits", "share of the largest", found.logits, allowed.logits),
        ("Probability", "largest difference", found.probability, allowed.probability),
    ):
        yield Figure(f"{name}, {batch}, {text}", f"{difference:.2g}", f"≤ {bound:g}", difference <= bound)
    yield Figure(
        f"Alpha, {batch}, steps of 1/255", str(found.alpha), f"≤ {allowed.alpha}", found.alpha <= allowed.alpha
    )
    yield Figure(
        f"Unsaturated pixels, {batch}",
        percent(found.unsaturated),
        f"≥ {percent(allowed.unsaturated)}",
        found.unsaturated >= allowed.unsaturated,
    )


def same_tensors(artefact: Artefact, source: Origin) -> Figure:
    """Whether each tensor beside the graph is the checkpoint's own, bit for bit; sees what no picture shows."""
    if artefact.precision != "fp32":
        return Figure(_TENSORS, f"{artefact.precision} has its own")
    expected = archive.read(source.checkpoint)
    total, changed = 0, []
    for name, location, offset, length in external(onnx.load(artefact.path, load_external_data=False)):
        total += 1
        stored = np.memmap(artefact.path.parent / location, np.uint8, "r", offset, (length,))
        if name not in expected or stored.tobytes() != expected[name].read().tobytes():
            changed.append(name)
    if not total:
        return Figure(_TENSORS, "none lie beside the graph")
    text = f"{len(changed)} of {total}, first {changed[0]}" if changed else f"0 of {total}"
    return Figure(_TENSORS, text, "0", not changed)
