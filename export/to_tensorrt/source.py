"""The version in the repository that an engine is built for."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]

from export.contract import IMAGE, MODEL_FILE
from export.to_tensorrt.errors import SourceError

_ADVICE = "`python -m export onnx` writes it"


@dataclass(frozen=True)
class Source:
    """Its folder, its files (the graph first, then those with its weights), and the side S of its pictures."""

    folder: Path
    files: tuple[Path, ...]
    size: int

    @property
    def model(self) -> Path:
        return self.files[0]

    @property
    def digest(self) -> str:
        """Hex sha256 over names and contents of all files: what the graph computes depends on nothing else."""
        whole = hashlib.sha256()
        for path in self.files:
            with path.open("rb") as file:
                whole.update(f"{path.name} {hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
        return whole.hexdigest()


def opened(folder: Path) -> Source:
    """The version in a folder. Raises SourceError when a file is missing or the graph does not take square pictures."""
    path = folder / MODEL_FILE
    _require(path)
    try:
        graph = onnx.load(path, load_external_data=False).graph
    except DecodeError as exc:
        raise SourceError(f"{path}: is no ONNX file, or a damaged one: {_ADVICE}") from exc
    files = (path, *(folder / name for name in _external(graph)))
    for file in files:
        _require(file)
    return Source(folder, files, _size(path, graph))


def _require(file: Path) -> None:
    if not file.is_file():
        raise SourceError(f"{file}: is missing: {_ADVICE}")


def _external(graph: onnx.GraphProto) -> list[str]:
    """Names of the files that hold the graph's weights."""
    tensors = [tensor for tensor in graph.initializer if tensor.data_location == onnx.TensorProto.EXTERNAL]
    return sorted({entry.value for tensor in tensors for entry in tensor.external_data if entry.key == "location"})


def _size(path: Path, graph: onnx.GraphProto) -> int:
    shapes = {value.name: [dim.dim_value for dim in value.type.tensor_type.shape.dim] for value in graph.input}
    match shapes.get(IMAGE):
        case [_, height, width, 3] if height == width > 0:
            return int(height)
    raise SourceError(f"{path}: has no input {IMAGE!r} of the shape (N, S, S, 3): {_ADVICE}")
