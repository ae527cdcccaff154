"""The libraries tell what they are; on a machine without them, the refusal names what is missing."""

import ctypes
from pathlib import Path

import onnxruntime
import pytest

from deploy.triton import machine
from deploy.triton.errors import StartError


def test_onnx_runtime_tells_its_version() -> None:
    folder = Path(onnxruntime.__file__).parent / "capi"
    (library,) = folder.glob("libonnxruntime.so.*")
    assert machine._onnxruntime(ctypes.CDLL(str(library))) == onnxruntime.__version__


def test_what_is_missing_is_named() -> None:
    with pytest.raises(StartError, match=r"^TensorRT cannot be asked \(lib.*CUTOUT_TRITON_CONFIG"):
        machine._asked("TensorRT", "libnvinfer-of-nobody.so", machine._tensorrt)


def test_a_library_of_another_kind_is_none() -> None:
    with pytest.raises(StartError, match="the GPU cannot be asked"):
        machine._asked("the GPU", "libc.so.6", machine._capability)
