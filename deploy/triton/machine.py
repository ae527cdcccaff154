"""What this container would run an engine with: each library is asked itself."""

import ctypes
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from deploy.triton.errors import StartError

ONNXRUNTIME: Final = Path("/opt/tritonserver/backends/onnxruntime/libonnxruntime.so")


@dataclass(frozen=True)
class Machine:
    """An engine is good for one TensorRT, one kind of GPU, and the ONNX Runtime that names and looks for it.

    Attributes:
        tensorrt: version, such as 10.11.0.
        onnxruntime: version, such as 1.22.0.
        capability: the GPU's compute capability without its dot, such as 89.
    """

    tensorrt: str
    onnxruntime: str
    capability: str

    def __str__(self) -> str:
        return f"TensorRT {self.tensorrt}, ONNX Runtime {self.onnxruntime}, a GPU of sm{self.capability}"


def here() -> Machine:
    """This container's. Raises StartError where a library or the GPU is missing."""
    return Machine(
        _asked("TensorRT", "libnvinfer.so.10", _tensorrt),
        _asked("ONNX Runtime", str(ONNXRUNTIME), _onnxruntime),
        _asked("the GPU", "libnvidia-ml.so.1", _capability),
    )


def _asked(what: str, library: str, ask: Callable[[ctypes.CDLL], str]) -> str:
    try:
        return ask(ctypes.CDLL(library))
    except (OSError, AttributeError, LookupError) as error:
        raise StartError(
            f"{what} cannot be asked ({error}): the container needs an NVIDIA GPU and Triton's own libraries; on a CPU, set "
            "CUTOUT_TRITON_CONFIG to nothing"
        ) from error


def _tensorrt(library: ctypes.CDLL) -> str:
    number = library.getInferLibVersion()
    return f"{number // 10_000}.{number % 10_000 // 100}.{number % 100}"


class _ApiBase(ctypes.Structure):
    """ONNX Runtime's OrtApiBase."""

    _fields_ = (("get_api", ctypes.c_void_p), ("get_version_string", ctypes.CFUNCTYPE(ctypes.c_char_p)))


def _onnxruntime(library: ctypes.CDLL) -> str:
    library.OrtGetApiBase.restype = ctypes.POINTER(_ApiBase)
    return str(library.OrtGetApiBase().contents.get_version_string().decode())


def _capability(library: ctypes.CDLL) -> str:
    device, major, minor = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
    for status in (
        library.nvmlInit_v2(),
        library.nvmlDeviceGetHandleByIndex_v2(0, ctypes.byref(device)),
        library.nvmlDeviceGetCudaComputeCapability(device, ctypes.byref(major), ctypes.byref(minor)),
    ):
        if status != 0:
            raise LookupError(f"the driver's answer is {status}")
    return f"{major.value}{minor.value}"
