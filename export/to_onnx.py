"""A checkpoint becomes a model that Triton serves; past the parity bounds nothing is written.

`checkpoints/graphs` carries the graphs of the official networks, so that they can be served without torch. They are made
here, proven on random weights, and used here: whoever exports a checkpoint gets the bytes that `gateway serve` writes.
"""

import json
import tempfile
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from checkpoints import catalogue, metadata
from checkpoints.place import place, require_free
from export import parity, weights
from export.contract import MODEL_FILE
from export.evaluate import held_out
from export.graph import Deployable
from export.half import half
from export.inspyrenet import InSPyReNet
from export.randomness import calibrated
from export.trace import trace
from export.variants import Variant


def export(
    variant: Variant,
    checkpoint: Path,
    repository: Path,
    model_version: int,
    bounds: parity.Bounds | None = None,
    precision: str = "fp32",
) -> list[parity.Parity]:
    """Writes version `model_version` of the variant's model, a new one, and returns the parity figures that let it pass.

    In `fp16` the model is the network's half-precision form, see `half`; it is compared with the network itself.

    Raises:
        weights.CheckpointError: the checkpoint is missing or of another layout; TakenError, the version is there already.
        half.OutOfRange: a weight is too large for float16.
        parity.ParityError: the graph differs from the network by more than `bounds`, by default those of size and precision.
    """
    target = repository / variant.model / str(model_version)
    require_free(target)  # before the minutes of work; `place` asks again
    network = variant.build()
    weights.load(network, checkpoint)
    bounds = bounds or parity.Bounds.at(variant.size, precision)
    facts = {"variant": variant.name, "precision": precision, "weights_sha256": weights.sha256(checkpoint)}
    facts |= {"notice": variant.published.notice} if variant.published else {}
    figures: list[parity.Parity] = []

    def examine(folder: Path) -> Mapping[str, str]:
        figures.extend(gate(folder / MODEL_FILE, network, variant.size, bounds))
        return {} if graph == ready else {"parity": _record(figures)}

    with tempfile.TemporaryDirectory() as scratch:
        served, file = _served(network, checkpoint, precision, Path(scratch))
        ready = carried(variant) if precision == "fp32" else None
        graph = ready or traced(served, variant.size, Path(scratch))
        place(graph, file, weights.layout(served), target, facts, examine, replace=False)
    return figures


def _served(network: InSPyReNet, checkpoint: Path, precision: str, folder: Path) -> tuple[InSPyReNet, Path]:
    """What is to be served of a network in a precision, and the file with its weights."""
    if precision == "fp32":
        return network, checkpoint
    form = half(network)
    torch.save(form.state_dict(), folder / "half.pth")
    return form, folder / "half.pth"


def carry(variant: Variant, target: Path) -> list[parity.Parity]:
    """Makes the graph that the project carries for the variant's network, proven on random weights, and returns the figures.

    Raises parity.ParityError: nothing is written.
    """
    network = calibrated(variant.build(), sample(variant.size))
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        torch.save(network.state_dict(), folder / "random.pth")
        graph = traced(network, variant.size, folder)
        place(graph, folder / "random.pth", weights.layout(network), folder / "1", {})
        figures = list(gate(folder / "1" / MODEL_FILE, network, variant.size, parity.Bounds.at(variant.size)))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(graph.read_bytes() + metadata.encode({"parity": _record(figures)}))
    return figures


def carried(variant: Variant) -> Path | None:
    """The graph that the project carries for this variant's network, if any."""
    official = catalogue.OFFICIAL.get(variant.name)
    return official.graph if official else None


def traced(network: InSPyReNet, size: int, folder: Path) -> Path:
    """The network's graph as a file in `folder`, with what does not depend on weights in its metadata."""
    model = trace(Deployable(network).eval(), size, weights.layout(network))
    model.doc_string = "InSPyReNet: uint8 RGB picture to uint8 alpha"
    onnx.helper.set_model_props(model, {"size": str(size), "project_version": version("inspyrenet-service")})
    path = folder / "graph.onnx"
    onnx.save(model, path)
    return path


def gate(model: Path, network: InSPyReNet, size: int, bounds: parity.Bounds) -> list[parity.Parity]:
    """Figures of a model file that is as close to its network as `bounds` demand. Raises parity.ParityError if it is not."""
    figures = []
    for figure in parity.compare(model, Deployable(network).eval(), sample(size)):
        figure.check(bounds)
        figures.append(figure)
    return figures


def sample(size: int) -> NDArray[np.uint8]:
    """Pictures to compare on: held-out ones, as many as the largest batch."""
    pictures = held_out(size, max(parity.batches(size)), hard=False)
    return np.stack([picture[..., :3] for picture in pictures])


def _record(figures: list[parity.Parity]) -> str:
    return json.dumps([asdict(figure) for figure in figures])
