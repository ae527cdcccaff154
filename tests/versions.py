"""Versions of the stand-in model that differ as those of a rollout do, placed beside version 1 while Triton runs."""

import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import numpy as np
import onnx
from onnx import helper, numpy_helper

from tests.standin import graph

Place = Callable[[Path], None]
"""Writes a version's files into its folder."""


def add(model: Path, number: int, place: Place) -> None:
    """The folder appears with all of its files at once, as an export leaves it."""
    partial = model / f".{number}"
    partial.mkdir()
    place(partial)
    partial.rename(model / str(number))


def another(folder: Path) -> None:
    """Masks a little smoother than version 1's, as a later epoch's differ a little."""
    onnx.save(graph(layers=2), folder / "model.onnx")


def slow(folder: Path) -> None:
    """Version 1's masks, nearly; many times as long."""
    onnx.save(graph(layers=200, channels=16), folder / "model.onnx")


def constant(folder: Path) -> None:
    """Everything is subject, whatever is shown."""
    model = graph()
    last = next(node for node in model.graph.node if node.output[0] == "alpha")
    last.output[0] = "unused"
    model.graph.node.append(helper.make_node("Mul", ["unused", "none"], ["nothing"]))
    model.graph.node.append(helper.make_node("Add", ["nothing", "all"], ["alpha"]))
    _constants(model, none=np.uint8(0), all=np.uint8(255))
    onnx.save(model, folder / "model.onnx")


def failing(folder: Path) -> None:
    """Fails on every picture whose first pixel is not the grey of the one that it is tried with."""
    model = graph()
    nodes = [
        helper.make_node("Slice", ["image", "begin", "end"], ["pixel"]),
        helper.make_node("Squeeze", ["pixel"], ["level"]),
        helper.make_node("Equal", ["level", "grey"], ["is_grey"]),
        helper.make_node("Where", ["is_grey", "first", "outside"], ["index"]),
        helper.make_node("Gather", ["zeros", "index"], ["zero"]),
        helper.make_node("Add", ["kept", "zero"], ["alpha"]),
    ]
    last = next(node for node in model.graph.node if node.output[0] == "alpha")
    last.output[0] = "kept"
    model.graph.node.extend(nodes)
    _constants(
        model,
        begin=np.zeros(4, np.int64),
        end=np.ones(4, np.int64),
        grey=np.uint8(128),
        first=np.int64(0),
        outside=np.int64(7),
        zeros=np.zeros(1, np.uint8),
    )
    onnx.save(model, folder / "model.onnx")


def corrupt(folder: Path) -> None:
    """Cut in the middle."""
    whole = graph().SerializeToString()
    (folder / "model.onnx").write_bytes(whole[: len(whole) // 2])


def other_output(folder: Path) -> None:
    """Its mask has another name."""
    onnx.save(graph(alpha_name="mask"), folder / "model.onnx")


def other_size(folder: Path) -> None:
    """For pictures of another size."""
    onnx.save(graph(32), folder / "model.onnx")


def empty(folder: Path) -> None:
    """No files."""


KINDS: Final[Mapping[str, Place]] = {
    each.__name__: each
    for each in (another, slow, constant, failing, corrupt, other_output, other_size, empty)
}


def _constants(model: onnx.ModelProto, **values: np.ndarray | np.generic) -> None:
    model.graph.initializer.extend(
        numpy_helper.from_array(np.asarray(value), name) for name, value in values.items()
    )


def remove(model: Path, number: int) -> None:
    """As an operator who clears up."""
    shutil.rmtree(model / str(number))


