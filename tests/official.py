"""Official models in small: the stand-in's convolutions as a published checkpoint, and its graph, carried without them."""

import hashlib
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper

from checkpoints import layout
from checkpoints.catalogue import Checkpoint
from tests.standin import CONFIG, graph

SIZE = 64


def publish(folder: Path, name: str, model: str, url: str | None = None) -> Checkpoint:
    """An entry of the catalogue whose checkpoint lies in `folder` under its name in the cache."""
    network = graph(SIZE)
    weights = [tensor for tensor in network.graph.initializer if tensor.name.startswith("w")]
    state = {tensor.name: torch.from_numpy(numpy_helper.to_array(tensor).astype(np.float32)) for tensor in weights}
    file, entries, carried = folder / f"{name}.pth", folder / f"{name}.json", folder / f"{name}.onnx"
    torch.save(state, file)
    entries.write_text(json.dumps({key: ["float32", list(value.shape)] for key, value in state.items()}))
    places = layout.offsets(layout.load(entries))
    for tensor in weights:
        _move_out(tensor, *places[tensor.name])
    carried.write_bytes(network.SerializeToString())
    md5 = hashlib.md5(file.read_bytes()).hexdigest()
    return Checkpoint(name, model, file.name, url, md5, None, entries, carried)


def _move_out(tensor: TensorProto, offset: int, length: int) -> None:
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", "model.data"), ("offset", offset), ("length", length)):
        tensor.external_data.add(key=key, value=str(value))


def configure(repository: Path, *models: str, size: int = SIZE) -> None:
    """Make room for models in a repository: a folder with a configuration each, without a version."""
    for model in models:
        (repository / model).mkdir(parents=True)
        (repository / model / "config.pbtxt").write_text(CONFIG.format(name=model, size=size))


def write_catalogue(path: Path, *checkpoints: Checkpoint) -> Path:
    """A file from which `tests.commands.gateway` reads what is offered, the best first."""
    path.write_text(json.dumps([asdict(checkpoint) for checkpoint in checkpoints], default=str))
    return path
