"""A checkpoint becomes a model that Triton serves; past the parity bounds nothing is written."""

import json
import logging
import tempfile
import warnings
from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from export import parity, weights
from export.contract import ALPHA, CONFIDENCE, IMAGE, MODEL_FILE, OPSET
from export.evaluate import held_out
from export.graph import Deployable
from export.variants import Variant

TRACED_BATCH = 2


def export(
    variant: Variant, checkpoint: Path, repository: Path, model_version: int, bounds: parity.Bounds
) -> list[parity.Parity]:
    """Writes `repository/<model>/<version>/model.onnx` and returns the parity figures that let it pass.

    Raises:
        weights.CheckpointError: the checkpoint is missing or of another layout.
        parity.ParityError: the graph differs from the network by more than `bounds`.
    """
    network = variant.build()
    weights.load(network, checkpoint)
    graph = Deployable(network).eval()
    model = trace(graph, variant.size)
    figures = list(parity.compare(model, graph, sample(variant.size)))
    for figure in figures:
        figure.check(bounds)
    describe(model, variant, checkpoint, figures)
    write(model, repository / variant.model / str(model_version) / MODEL_FILE)
    return figures


def trace(graph: Deployable, size: int) -> onnx.ModelProto:
    """The graph as ONNX with a dynamic batch."""
    image = torch.zeros(TRACED_BATCH, size, size, 3, dtype=torch.uint8)
    logging.getLogger("torch.onnx").setLevel(
        logging.ERROR
    )  # it laments that torchvision, which we do not use, is absent
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # torch warns of its own calls
        program = torch.onnx.export(
            graph, (image,), dynamo=True, opset_version=OPSET, verbose=False,
            input_names=[IMAGE], output_names=[ALPHA, CONFIDENCE],
            dynamic_shapes={IMAGE: {0: torch.export.Dim("batch", min=1, max=4096)}},
        )  # fmt: skip
    if program is None:
        raise RuntimeError("torch.onnx.export gave no program")
    return strip(program.model_proto)


def strip(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without the exporter's notes: they quote source files and make up a large part of a small model's bytes."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer, *model.graph.value_info):
        del value.metadata_props[:]
        value.doc_string = ""
    del model.graph.metadata_props[:], model.graph.value_info[:], model.functions[:]
    onnx.checker.check_model(model)
    return model


def sample(size: int) -> NDArray[np.uint8]:
    """Pictures to compare on: held-out ones, as many as the largest batch."""
    pictures = held_out(size, max(parity.BATCHES), hard=False)
    return np.stack([picture[..., :3] for picture in pictures])


def describe(model: onnx.ModelProto, variant: Variant, checkpoint: Path, figures: list[parity.Parity]) -> None:
    """Puts into the file itself what it is and how it was checked."""
    facts: Mapping[str, Any] = {
        "variant": variant.name,
        "size": variant.size,
        "weights_sha256": weights.sha256(checkpoint),
        "project_version": version("inspyrenet-service"),
        "parity": json.dumps([asdict(figure) for figure in figures]),
    }
    onnx.helper.set_model_props(model, {key: str(value) for key, value in facts.items()})
    model.doc_string = f"InSPyReNet, variant {variant.name}"


def write(model: onnx.ModelProto, target: Path) -> None:
    """Whole or not at all: a server that polls the repository never sees half a model."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", suffix=".partial", delete=False) as file:
        file.write(model.SerializeToString())
    partial = Path(file.name)
    partial.chmod(0o644)  # temporary files are private; the model is for the server's user
    partial.replace(target)
