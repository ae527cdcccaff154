"""Triton's `onnxruntime` backend for machines without the native one: ONNX Runtime inside Triton's Python stub.

Triton imports this in a process per model instance, with `initialize` and `execute` as its entry points. It reads the
same `model.onnx` and the same configuration as the native backend. `triton_python_backend_utils` exists only in there.
"""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import triton_python_backend_utils as pb_utils

_GRAPH_TYPES = {"TYPE_UINT8": "tensor(uint8)", "TYPE_FP16": "tensor(float16)", "TYPE_FP32": "tensor(float)"}


class TritonPythonModel:
    """One instance of one version of a model."""

    def initialize(self, args: dict[str, str]) -> None:
        """Load the version's model file. Raises TritonModelException naming the file and what is wrong with it."""
        config = json.loads(args["model_config"])
        # Triton reaches the repository through a link; the error is for someone who knows the real path.
        path = Path(os.path.realpath(args["model_repository"]), args["model_version"], "model.onnx")
        instances = sum(int(group["count"]) for group in config["instance_group"])
        self._session = _load(path, max(1, usable_cores() // instances))
        batched = int(config["max_batch_size"]) > 0
        _check(path, "input", _configured(config["input"], batched), self._session.get_inputs())
        _check(path, "output", _configured(config["output"], batched), self._session.get_outputs())
        self._inputs = [tensor["name"] for tensor in config["input"]]
        self._outputs = [tensor["name"] for tensor in config["output"]]

    def execute(self, requests: list[Any]) -> list[Any]:
        """Answer all requests of one batch from one run of the graph."""
        inputs = [
            [np.from_dlpack(pb_utils.get_input_tensor_by_name(r, name)) for r in requests] for name in self._inputs
        ]
        batch = {name: _joined(parts) for name, parts in zip(self._inputs, inputs, strict=True)}
        results = self._session.run(self._outputs, batch)
        ends = np.cumsum([len(part) for part in inputs[0]])
        return [
            self._response([result[end - len(part) : end] for result in results])
            for part, end in zip(inputs[0], ends, strict=True)
        ]

    def _response(self, arrays: list[Any]) -> Any:
        # The stub's own Tensor(name, array) sends nothing with NumPy 2; a capsule made by ONNX Runtime is read right.
        capsules = [ort.OrtValue.ortvalue_from_numpy(array)._ortvalue.to_dlpack() for array in arrays]
        tensors = map(pb_utils.Tensor.from_dlpack, self._outputs, capsules)
        return pb_utils.InferenceResponse(output_tensors=list(tensors))


def _load(path: Path, threads: int) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait for work by spinning would take the cores from the gateway's decoding and encoding.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # Masked attention leaves weights of 1e-44: as denormals they would make its matrix products three times as slow.
    options.add_session_config_entry("session.set_denormal_as_zero", "1")
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [name for name in wanted if name in ort.get_available_providers()]
    try:
        return ort.InferenceSession(path, options, providers=providers)
    except Exception as error:  # ONNX Runtime raises a family of types with no common base of its own
        raise pb_utils.TritonModelException(f"model file {path} cannot be loaded: {error}") from error


def _configured(tensors: list[dict[str, Any]], batched: bool) -> dict[str, str]:
    """What config.pbtxt says of each tensor: type and shape, -1 for a dimension of any length."""
    batch = [-1] if batched else []  # implied by max_batch_size
    return {
        tensor["name"]: _described(
            _GRAPH_TYPES.get(tensor["data_type"], tensor["data_type"]), [*batch, *map(int, tensor["dims"])]
        )
        for tensor in tensors
    }


def _check(path: Path, kind: str, expected: dict[str, str], in_graph: list[Any]) -> None:
    # What is symbolic in the graph is a name or None.
    actual = {
        tensor.name: _described(tensor.type, [size if isinstance(size, int) else -1 for size in tensor.shape])
        for tensor in in_graph
    }
    if expected != actual:
        raise pb_utils.TritonModelException(
            f"model file {path} does not match its config.pbtxt: {kind} {actual} in the graph, {expected} configured"
        )


def _described(kind: str, shape: list[int]) -> str:
    return f"{kind} {shape}"


def _joined(parts: list[Any]) -> Any:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def usable_cores() -> int:
    """Return how many cores this process may use: its affinity, or fewer where a container's quota is lower."""
    cores = len(os.sched_getaffinity(0))
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
    except OSError:  # no version 2 control group: no quota to read
        return cores
    return cores if quota == "max" else max(1, min(cores, int(quota) // int(period)))
