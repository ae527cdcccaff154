"""Versions of a served model that differ from its version 1, to rehearse a rollout: a better one, and bad ones of each kind.

Each function adds one version to a model's folder and returns the version's. Give it the folder of a copy (`copied`): what is
added to a repository stays there.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from export.contract import ALPHA, CONFIDENCE, DATA_FILE, IMAGE, MODEL_FILE, OPSET

_VARIANT: Final = "demo"
_IR_VERSION: Final = 10  # what the ONNX Runtime of the Triton images up to 25.07 reads
_RATE: Final = 1e-4
_BATCH: Final = 2
_CHANNELS: Final = 16


def copied(model: Path, repository: Path) -> Path:
    """Copies a model's configuration and its version 1 to `repository`; returns its folder there."""
    target = repository / model.name
    target.mkdir(parents=True)
    shutil.copy(model / "config.pbtxt", target)
    shutil.copytree(model / "1", target / "1")
    return target


def later_epoch(model: Path, version: int, steps: int = 4, seed: int = 2) -> Path:
    """Adds a later epoch of the demonstration model as its operator does, by `python -m export onnx`: half a minute.

    Raises RuntimeError when the export refuses, which says why on standard error.
    """
    from export.__main__ import main

    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = str(later_checkpoint(Path(scratch), steps, seed))
        options = ["--checkpoint", checkpoint, "--repository", str(model.parent), "--version", str(version)]
        if main(["onnx", "--variant", _VARIANT, *options]) != 0:
            raise RuntimeError("the later epoch was not exported")
    return model / str(version)


def later_epoch_untraced(model: Path, version: int, steps: int = 4, seed: int = 2) -> Path:
    """What `later_epoch` adds, in seconds: the graph does not depend on the weights, so version 1's serves, ungated."""
    from checkpoints.place import place
    from export import weights
    from export.variants import VARIANTS

    with tempfile.TemporaryDirectory() as scratch:
        checkpoint = later_checkpoint(Path(scratch), steps, seed)
        facts = {"variant": _VARIANT, "precision": "fp32", "weights_sha256": weights.sha256(checkpoint)}
        graph = _first(model)
        kept = [entry for entry in graph.metadata_props if entry.key in ("size", "project_version")]
        helper.set_model_props(graph, {entry.key: entry.value for entry in kept})
        onnx.save(graph, Path(scratch) / MODEL_FILE)
        layout = weights.layout(VARIANTS[_VARIANT].build())
        place(Path(scratch) / MODEL_FILE, checkpoint, layout, model / str(version), facts, replace=False)
    return model / str(version)


def later_checkpoint(folder: Path, steps: int = 4, seed: int = 2) -> Path:
    """Trains the demonstration checkpoint some steps further, half a second each; the same for the same steps and seed.

    Writes it to `folder`. Its masks differ from those before by a level or two.
    """
    from export import train_demo, weights
    from export.commands.onnx import DEMO_CHECKPOINT
    from export.replay import draw
    from export.variants import VARIANTS

    phase = train_demo.Phase(VARIANTS[_VARIANT].size, True, steps, _BATCH, _RATE, hard_share=0.3, capacity=0, fresh=0)
    trainer = train_demo.Trainer(folder / "run", seed, (phase,))
    for network in (trainer.network, trainer.average):
        weights.load(network, DEMO_CHECKPOINT)
    for step in range(steps):
        # The trainer's own pool of processes would take longer to start than these few pictures to draw.
        indices = range(step * _BATCH, (step + 1) * _BATCH)
        pictures = np.stack([draw(seed, index, phase.size, phase.hard_share) for index in indices])
        trainer.train_step(phase, step, pictures[..., :3], pictures[..., 3])
    target = folder / "later.pth"
    train_demo.publish(trainer.average, {}, seed, "bench.versions.later_checkpoint", target)
    return target


def constant(model: Path, version: int, level: int = 0) -> Path:
    """Adds a model of the same contract whose alpha is `level` everywhere, whatever the picture."""
    return _written(model, version, _flat(_side(model), level))


def other_contract(model: Path, version: int, *, size: int | None = None, alpha: str = ALPHA) -> Path:
    """Adds a model for pictures of another side, or with another name for its alpha, which no server may load."""
    return _written(model, version, _flat(size or _side(model), 0, alpha))


def slow(model: Path, version: int, rounds: int = 72) -> Path:
    """Adds version 1 with its own masks and work beside it: `rounds` convolutions over the whole picture.

    At the demonstration model's size, 72 of them make it three to four times as slow.
    """
    nodes = [
        helper.make_node("Cast", [IMAGE], ["beside/pixels"], to=TensorProto.FLOAT),
        helper.make_node("Transpose", ["beside/pixels"], ["beside/0"], perm=[0, 3, 1, 2]),
        *[
            helper.make_node(
                "Conv", [f"beside/{i}", "beside/rest" if i else "beside/first"], [f"beside/{i + 1}"], pads=[1, 1, 1, 1]
            )
            for i in range(rounds)
        ],
        helper.make_node("Sigmoid", [f"beside/{rounds}"], ["beside/bounded"]),
        helper.make_node("ReduceMax", ["beside/bounded", "beside/axes"], ["beside/largest"], keepdims=0),
        helper.make_node("Mul", ["beside/largest", "beside/zero"], ["beside/nothing"]),
        helper.make_node("Unsqueeze", ["beside/nothing", "beside/column"], ["beside"]),
    ]
    constants = {
        "beside/first": np.full((_CHANNELS, 3, 3, 3), 1 / 27, np.float32),
        "beside/rest": np.full((_CHANNELS, _CHANNELS, 3, 3), 1 / 9 / _CHANNELS, np.float32),
        "beside/axes": np.array([1, 2, 3]),
        "beside/zero": np.array(0, np.float32),
        "beside/column": np.array([1]),
    }
    return _beside(model, version, nodes, constants)


def failing(model: Path, version: int) -> Path:
    """Adds version 1 with a fault: it loads, and each run fails that has a picture whose first byte is odd.

    A picture that is 0 all over, as in the warm-up, passes; pictures that share a batch with a bad one fail with it.
    """
    nodes = [
        helper.make_node("Slice", [IMAGE, "beside/starts", "beside/ends", "beside/axes"], ["beside/byte"]),
        helper.make_node("Cast", ["beside/byte"], ["beside/number"], to=TensorProto.INT64),
        helper.make_node("Mod", ["beside/number", "beside/two"], ["beside/odd"]),
        helper.make_node("Reshape", ["beside/odd", "beside/column"], ["beside/index"]),
        # A list of one number has no second.
        helper.make_node("Gather", ["beside/list", "beside/index"], ["beside"]),
    ]
    constants = {
        "beside/starts": np.array([0, 0, 0]),
        "beside/ends": np.array([1, 1, 1]),
        "beside/axes": np.array([1, 2, 3]),
        "beside/two": np.array(2),
        "beside/column": np.array([-1, 1]),
        "beside/list": np.array([0], np.float32),
    }
    return _beside(model, version, nodes, constants)


def corrupt(model: Path, version: int) -> Path:
    """Adds version 1 with the second half of its graph cut off, as by a copy that was interrupted."""
    target = shutil.copytree(model / "1", model / str(version))
    whole = (model / "1" / MODEL_FILE).read_bytes()
    (target / MODEL_FILE).write_bytes(whole[: len(whole) // 2])
    return target


def _first(model: Path) -> onnx.ModelProto:
    return onnx.load(model / "1" / MODEL_FILE, load_external_data=False)


def _side(model: Path) -> int:
    return int(_first(model).graph.input[0].type.tensor_type.shape.dim[1].dim_value)


def _flat(size: int, level: int, alpha: str = ALPHA) -> onnx.ModelProto:
    """Alpha `level` and confidence 1 for pictures of side `size`."""
    nodes = [
        helper.make_node("Shape", [IMAGE], ["pictures"], start=0, end=1),
        helper.make_node("Concat", ["pictures", "sides"], ["masks"], axis=0),
        helper.make_node("Expand", ["level", "masks"], [alpha]),
        helper.make_node("Concat", ["pictures", "one"], ["column"], axis=0),
        helper.make_node("Expand", ["certain", "column"], [CONFIDENCE]),
    ]
    constants = {
        "sides": np.array([size, size]),
        "level": np.array(level, np.uint8),
        "one": np.array([1]),
        "certain": np.array(1, np.float32),
    }
    graph = helper.make_graph(
        nodes,
        "flat",
        [helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, ["batch", size, size, 3])],
        [
            helper.make_tensor_value_info(alpha, TensorProto.UINT8, ["batch", size, size]),
            helper.make_tensor_value_info(CONFIDENCE, TensorProto.FLOAT, ["batch", 1]),
        ],
        _tensors(constants),
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=_IR_VERSION)


def _beside(
    model: Path, version: int, nodes: Sequence[onnx.NodeProto], constants: Mapping[str, np.ndarray[Any, Any]]
) -> Path:
    """Adds version 1 with further nodes, whose result `beside`, zeros fp32 (N, 1), is added to the confidence.

    So the nodes cannot be left out, and alpha and confidence stay what they are.
    """
    changed = _first(model)
    for node in changed.graph.node:
        node.output[:] = ["alone" if name == CONFIDENCE else name for name in node.output]
        node.input[:] = ["alone" if name == CONFIDENCE else name for name in node.input]
    changed.graph.node.extend([*nodes, helper.make_node("Add", ["alone", "beside"], [CONFIDENCE])])
    changed.graph.initializer.extend(_tensors(constants))
    target = _written(model, version, changed)
    if (model / "1" / DATA_FILE).exists():
        shutil.copy(model / "1" / DATA_FILE, target / DATA_FILE)
    return target


def _tensors(constants: Mapping[str, np.ndarray[Any, Any]]) -> list[TensorProto]:
    return [numpy_helper.from_array(value, name) for name, value in constants.items()]


def _written(model: Path, version: int, proto: onnx.ModelProto) -> Path:
    target = model / str(version)
    target.mkdir()
    onnx.save(proto, target / MODEL_FILE)
    return target
