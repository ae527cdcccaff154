"""A tiny ONNX graph with the served models' contract, for tests that need a model of their own.

Input `image` uint8 [N,S,S,3]; outputs `alpha` uint8 [N,S,S] and `confidence` fp32 [N,1], exactly as a real model. Its
alpha is the picture's smoothed brightness, stretched per picture, so that a test can predict it roughly and compare it
exactly between batches. `layers` makes it slow without making it large.
"""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

CONFIG = """\
name: "{name}"
backend: "onnxruntime"
max_batch_size: 8
input [ {{ name: "image" data_type: TYPE_UINT8 dims: [ {size}, {size}, 3 ] }} ]
output [
  {{ name: "alpha" data_type: TYPE_UINT8 dims: [ {size}, {size} ] }},
  {{ name: "confidence" data_type: TYPE_FP32 dims: [ 1 ] }}
]
dynamic_batching {{ }}
instance_group [ {{ kind: KIND_CPU count: 1 }} ]
"""
PARAMETER = 'parameters {{ key: "{key}" value {{ string_value: "{value}" }} }}\n'
NONE: Mapping[str, str] = MappingProxyType({})


def graph(size: int = 64, *, layers: int = 1, channels: int = 8, alpha_name: str = "alpha") -> onnx.ModelProto:
    """Return the stand-in for pictures of `size` pixels; each of `layers` adds one 3×3 convolution over `channels`."""
    first = np.full((channels, 3, 3, 3), 1 / 27, np.float32)
    middle = np.full((channels, channels, 3, 3), 1 / (9 * channels), np.float32)
    last = np.full((1, channels, 3, 3), 1 / (9 * channels), np.float32)
    weights = [first, *[middle] * layers, last]
    nodes = [
        helper.make_node("Cast", ["image"], ["float"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["float", "scale"], ["scaled"]),
        helper.make_node("Transpose", ["scaled"], ["x0"], perm=[0, 3, 1, 2]),
        *[helper.make_node("Conv", [f"x{i}", f"w{i}"], [f"x{i + 1}"], pads=[1, 1, 1, 1]) for i in range(len(weights))],
        helper.make_node("ReduceMax", [f"x{len(weights)}", "plane"], ["high"], keepdims=1),
        helper.make_node("ReduceMin", [f"x{len(weights)}", "plane"], ["low"], keepdims=1),
        helper.make_node("Sub", [f"x{len(weights)}", "low"], ["above"]),
        helper.make_node("Sub", ["high", "low"], ["range"]),
        helper.make_node("Max", ["range", "tiny"], ["divisor"]),
        helper.make_node("Div", ["above", "divisor"], ["stretched"]),
        helper.make_node("Mul", ["stretched", "full"], ["levels"]),
        helper.make_node("Round", ["levels"], ["rounded"]),
        helper.make_node("Squeeze", ["rounded", "channel"], ["flat"]),
        helper.make_node("Cast", ["flat"], [alpha_name], to=TensorProto.UINT8),
        helper.make_node("Squeeze", ["high", "plane"], ["confidence"]),
    ]
    constants = {
        "scale": np.float32(1 / 255),
        "full": np.float32(255),
        "tiny": np.float32(1e-6),
        "plane": np.array([2, 3], np.int64),
        "channel": np.array([1], np.int64),
        **{f"w{i}": weight for i, weight in enumerate(weights)},
    }
    return helper.make_model(
        helper.make_graph(
            nodes,
            "standin",
            [helper.make_tensor_value_info("image", TensorProto.UINT8, ["N", size, size, 3])],
            [
                helper.make_tensor_value_info(alpha_name, TensorProto.UINT8, ["N", size, size]),
                helper.make_tensor_value_info("confidence", TensorProto.FLOAT, ["N", 1]),
            ],
            [numpy_helper.from_array(np.asarray(value), name) for name, value in constants.items()],
        ),
        opset_imports=[helper.make_opsetid("", 18)],
        ir_version=10,
    )


def write_model(
    repository: Path, name: str = "standin", *, size: int = 64, layers: int = 1, parameters: Mapping[str, str] = NONE
) -> Path:
    """Write `name` version 1 with its configuration into `repository`; return the model file's path."""
    version = repository / name / "1"
    version.mkdir(parents=True)
    stated = (PARAMETER.format(key=key, value=value) for key, value in parameters.items())
    (repository / name / "config.pbtxt").write_text(CONFIG.format(name=name, size=size) + "".join(stated))
    onnx.save(graph(size, layers=layers), version / "model.onnx")
    return version / "model.onnx"
