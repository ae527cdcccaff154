"""Whether this machine can build engines, and for which GPU."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from export.to_tensorrt.errors import MachineError

PROVIDER = "TensorrtExecutionProvider"
_ADVICE = (
    "run this in the container image of the server with `pip install onnxruntime-gpu`, or install onnxruntime-gpu and "
    "tensorrt-cu12 in place of onnxruntime, each in the version that the server has"
)
_SECONDS = 30


@dataclass(frozen=True)
class Gpu:
    """Its name, and its compute capability without the dot, such as 89."""

    name: str
    capability: str


def require_provider(available: Sequence[str]) -> None:
    """Raises MachineError unless ONNX Runtime's providers include TensorRT."""
    if PROVIDER not in available:
        raise MachineError(f"this ONNX Runtime has no TensorRT, only {', '.join(available)}: {_ADVICE}")


def require_loaded(providers: Sequence[str]) -> None:
    """Raises MachineError unless a session's providers include TensorRT: ONNX Runtime goes on without what it cannot load."""
    if PROVIDER not in providers:
        raise MachineError(f"ONNX Runtime cannot load the libraries of TensorRT or CUDA: {_ADVICE}")


def gpu(nvidia_smi: str = "nvidia-smi") -> Gpu:
    """The first GPU. Raises MachineError when the driver's `nvidia-smi` is not there or finds none."""
    # Nothing in it comes from outside.
    command = [nvidia_smi, "--id=0", "--query-gpu=compute_cap,name", "--format=csv,noheader"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=_SECONDS, check=True).stdout  # noqa: S603
    except (OSError, subprocess.SubprocessError) as exc:
        raise MachineError(
            "there is no NVIDIA GPU here, or no driver for it: `nvidia-smi` has to list the GPU, and engines are built "
            "on the kind of GPU that will run them"
        ) from exc
    capability, _, name = found.strip().partition(", ")
    if not capability.replace(".", "", 1).isdecimal():
        raise MachineError(f"`nvidia-smi` does not tell the GPU's compute capability but {found.strip()!r}")
    return Gpu(name, capability.replace(".", ""))
