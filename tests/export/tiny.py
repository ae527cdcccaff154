"""Models of the contract that are nothing but a weighted sum of the channels, with the weights in a file of their own."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.external_data_helper import set_external_data

from export.contract import ALPHA, CONFIDENCE, DATA_FILE, IMAGE, MODEL_FILE, OPSET

LUMA = (0.299, 0.587, 0.114)


def write(folder, size, weights=LUMA):
    """Writes model.onnx and model.data for pictures of side `size`; returns the folder."""
    folder.mkdir(parents=True)
    nodes = [
        helper.make_node("Cast", [IMAGE], ["pixels"], to=TensorProto.FLOAT),
        helper.make_node("MatMul", ["pixels", "weights"], ["sum"]),
        helper.make_node("Squeeze", ["sum", "channels"], ["level"]),
        helper.make_node("Cast", ["level"], [ALPHA], to=TensorProto.UINT8),
        helper.make_node("ReduceMax", ["level", "plane"], ["largest"], keepdims=0),
        helper.make_node("Unsqueeze", ["largest", "column"], ["column_of_largest"]),
        helper.make_node("Div", ["column_of_largest", "full"], [CONFIDENCE]),
    ]
    constants = {
        "weights": np.array(weights, np.float32).reshape(3, 1),
        "channels": np.array([3]),
        "plane": np.array([1, 2]),
        "column": np.array([1]),
        "full": np.array(255, np.float32),
    }
    tensors = [numpy_helper.from_array(value, name) for name, value in constants.items()]
    set_external_data(tensors[0], DATA_FILE)
    graph = helper.make_graph(
        nodes,
        "main_graph",
        [helper.make_tensor_value_info(IMAGE, TensorProto.UINT8, ["batch", size, size, 3])],
        [
            helper.make_tensor_value_info(ALPHA, TensorProto.UINT8, ["batch", size, size]),
            helper.make_tensor_value_info(CONFIDENCE, TensorProto.FLOAT, ["batch", 1]),
        ],
        tensors,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=10)
    onnx.save(model, folder / MODEL_FILE)
    return folder


def pictures(size, count=3):
    """Noise, uint8 (count, size, size, 3)."""
    return np.random.default_rng(1).integers(0, 256, (count, size, size, 3), dtype=np.uint8)
