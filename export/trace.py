"""The network becomes an ONNX graph that knows its weights by name only.

The exporter's optimiser folds whatever it can see: batch normalisation into convolutions, transposes into weights. What it
would save is saved again by ONNX Runtime and TensorRT when they load; what it would cost is that the file no longer holds
the state dict's own tensors. So the weights are hidden from it, and the graph that comes out is the same for every
checkpoint: one that is an external data file away from being a model.
"""

import logging
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import onnx
import onnx_ir
import torch
from onnx_ir.passes.common import DeduplicateHashedInitializersPass
from onnxscript import opset18 as op
from onnxscript.optimizer import optimize_ir

from checkpoints.layout import Layout, offsets
from export.contract import ALPHA, CONFIDENCE, DATA_FILE, IMAGE, OPSET
from export.graph import Deployable

TRACED_BATCH = 5
"""No batch that is ever compared: a graph may be right at the traced one and wrong everywhere else."""

LARGEST_CONSTANT = 24_000
"""Elements. Attention masks are larger and stay the few operations that make them from their labels."""


def trace(graph: Deployable, size: int, layout: Layout) -> onnx.ModelProto:
    """The graph for pictures of side `size` with a dynamic batch; its weights are external, at their place in `layout`."""
    image = torch.zeros(TRACED_BATCH, size, size, 3, dtype=torch.uint8)
    with _quiet():
        program = torch.onnx.export(
            graph, (image,), dynamo=True, opset_version=OPSET, optimize=False, verbose=False,
            input_names=[IMAGE], output_names=[ALPHA, CONFIDENCE],
            dynamic_shapes={IMAGE: {0: torch.export.Dim("batch", min=1, max=4096)}},
            custom_translation_table={torch.ops.aten.gelu.default: gelu},
        )  # fmt: skip
        if program is None:
            raise RuntimeError("torch.onnx.export gave no program")
        simplify(program.model, offsets(layout))
    model = onnx_ir.to_proto(program.model)
    strip(model)
    return model


def gelu(x, approximate="none"):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201
    """In the order of operations that ONNX Runtime knows as GELU and runs as one."""
    return op.Mul(op.Mul(x, op.Add(op.Erf(op.Div(x, math.sqrt(2.0))), 1.0)), 0.5)


def simplify(model: onnx_ir.Model, places: Mapping[str, tuple[int, int]]) -> None:
    """Folds constants and removes what is not needed, without a look at the weights, which become external tensors."""
    weights = {}
    for name, value in list(model.graph.initializers.items()):
        key = name.removeprefix("network.")
        if key in places:
            weights[key] = _external(value, key, *places[key])
            value.name, value.const_value = key, None
    optimize_ir(model, input_size_limit=LARGEST_CONSTANT, output_size_limit=LARGEST_CONSTANT)
    DeduplicateHashedInitializersPass()(model)
    for key, tensor in weights.items():
        model.graph.initializers[key].const_value = tensor


def _external(value: onnx_ir.Value, key: str, offset: int, length: int) -> onnx_ir.ExternalTensor:
    if value.dtype is None or not isinstance(value.shape, onnx_ir.Shape):
        raise ValueError(f"{key} was exported without a type or a shape")
    return onnx_ir.ExternalTensor(DATA_FILE, offset, length, value.dtype, shape=value.shape, name=key)


def strip(model: onnx.ModelProto) -> None:
    """Removes the exporter's notes: they quote source files and make up a large part of a graph's bytes."""
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        del value.metadata_props[:]
        value.doc_string = ""
    del model.graph.metadata_props[:], model.graph.value_info[:], model.functions[:]


@contextmanager
def _quiet() -> Iterator[None]:
    """Without what exporter and optimiser lament: that torchvision is absent, and that the weights are hidden."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # torch warns of its own calls
            yield
    finally:
        logging.disable(logging.NOTSET)
