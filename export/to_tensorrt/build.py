"""An engine, built by ONNX Runtime's TensorRT execution provider. Needs a GPU."""

import ctypes
import importlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from export.contract import ALPHA, CONFIDENCE, IMAGE
from export.to_tensorrt.errors import BuildError
from export.to_tensorrt.gate import Run
from export.to_tensorrt.machine import PROVIDER, Gpu, gpu, require_loaded, require_provider
from export.to_tensorrt.plan import Plan, provider_options

ENGINE = ".engine"
_LIBRARY = "libnvinfer.so"


@dataclass(frozen=True)
class Engine:
    """An engine that was read from its cache folder: how to run it, the versions that made it, and the GPU it is for."""

    run: Run
    tensorrt: str
    onnxruntime: str
    gpu: Gpu


class Builder(Protocol):
    def build(self, model: Path, plan: Plan, cache: Path) -> Engine:
        """Fills the folder `cache` with the engine of a model file. Raises EngineError."""


@dataclass(frozen=True)
class TensorRT:
    """TensorRT on this machine's GPU."""

    gpu: Gpu

    @classmethod
    def here(cls) -> "TensorRT":
        """Raises MachineError when there is no TensorRT, or no GPU."""
        require_provider(ort.get_available_providers())
        return cls(gpu())

    def build(self, model: Path, plan: Plan, cache: Path) -> Engine:
        """Fills the folder `cache`, and reads the engine from it as a server does.

        Raises MachineError when TensorRT cannot be loaded, BuildError when it fails, or when a server would build again.
        """
        _load_libraries()
        _try(_session(model, plan, cache), plan)
        written = engines(cache)
        require_engines(written, self.gpu)
        session = _session(model, plan, cache)
        _try(session, plan)
        require_unchanged(written, engines(cache))
        return Engine(runner(session), _tensorrt_version(), ort.__version__, self.gpu)


def runner(session: ort.InferenceSession) -> Run:
    """The session as a function."""

    def run(images: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        alpha, confidence = session.run([ALPHA, CONFIDENCE], {IMAGE: images})
        return alpha, confidence

    return run


def engines(cache: Path) -> dict[str, tuple[int, int]]:
    """Size in bytes and time of writing in ns of each engine in a folder, by file name."""
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in cache.glob(f"*{ENGINE}")}


def require_engines(written: Mapping[str, Any], found: Gpu) -> None:
    """Raises BuildError unless there is an engine, and all are for that GPU, which ONNX Runtime puts in their names."""
    if not written:
        raise BuildError("TensorRT took no part of the graph: there is no engine to serve")
    others = [name for name in written if not name.endswith(f"_sm{found.capability}{ENGINE}")]
    if others:
        raise BuildError(
            f"{others[0]} is not for the {found.name} (sm{found.capability}): leave only one GPU visible, "
            "by CUDA_VISIBLE_DEVICES"
        )


def require_unchanged(written: Mapping[str, Any], read: Mapping[str, Any]) -> None:
    """Raises BuildError when reading the engines wrote them anew: then a server would build for minutes at each start."""
    changed = sorted(name for name in {*written, *read} if written.get(name) != read.get(name))
    if changed:
        raise BuildError(f"ONNX Runtime built {', '.join(changed)} again instead of reading it from the cache")


def _load_libraries() -> None:
    """ONNX Runtime finds by name what is loaded: where CUDA and TensorRT come from pip, no library path leads to them."""
    ort.preload_dlls()
    if importlib.util.find_spec("tensorrt"):
        importlib.import_module("tensorrt")


def _session(model: Path, plan: Plan, cache: Path) -> ort.InferenceSession:
    options = provider_options(plan.parameters(str(cache)))
    try:
        session = ort.InferenceSession(model, providers=[(PROVIDER, options), "CUDAExecutionProvider"])
    except Exception as exc:  # ONNX Runtime documents no common base of what it raises
        raise BuildError(f"{model}: TensorRT builds no engine: {exc}") from exc
    require_loaded(session.get_providers())
    return session


def _try(session: ort.InferenceSession, plan: Plan) -> None:
    for batch in plan.batches:
        images = np.zeros((batch, plan.size, plan.size, 3), np.uint8)
        try:
            runner(session)(images)
        except Exception as exc:  # ONNX Runtime documents no common base of what it raises
            raise BuildError(f"the engine does not run a batch of {batch}: {exc}") from exc


def _tensorrt_version() -> str:
    """Of the library that this process has loaded; another may be installed."""
    path = loaded_library(Path("/proc/self/maps").read_text())
    return version_text(ctypes.CDLL(path).getInferLibVersion())


def loaded_library(maps: str) -> str:
    """Path of TensorRT's library in the memory map of a process. Raises BuildError when there is none."""
    for line in maps.splitlines():
        _, root, path = line.partition("/")
        if Path(path).name.startswith(_LIBRARY):
            return root + path
    raise BuildError(f"{_LIBRARY} is not loaded: which TensorRT made the engine is not known")


def version_text(number: int) -> str:
    """NV_TENSORRT_VERSION as text: such as 100900 for 10.9.0; before 10 one digit less parts major from minor."""
    thousands = 10_000 if number >= 10_000 else 1_000
    return f"{number // thousands}.{number % thousands // 100}.{number % 100}"
