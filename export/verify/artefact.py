"""A model in the repository, as found on disk: whole, of this project's contract, and with the facts it was written with."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import onnx
import onnxruntime as ort
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]
from numpy.typing import NDArray

from export import weights
from export.contract import ALPHA, CONFIDENCE, IMAGE, MODEL_FILE
from export.variants import VARIANTS, Variant
from export.verify.errors import ArtefactError
from export.verify.name import Name

_ADVICE = "write it again with `python -m export onnx`"


@dataclass(frozen=True)
class Artefact:
    """A model that ONNX Runtime reads.

    Attributes:
        name: which one.
        path: its graph.
        data: the files with its tensors.
        facts: its metadata.
        variant: what it says it is.
        session: ONNX Runtime on the CPU.
    """

    name: Name
    path: Path
    data: tuple[Path, ...]
    facts: Mapping[str, str]
    variant: Variant
    session: ort.InferenceSession

    @cached_property
    def digests(self) -> Mapping[str, str]:
        """sha256 of each of its files, by file name."""
        return {path.name: weights.sha256(path) for path in (self.path, *self.data)}

    @property
    def size(self) -> int:
        """Side S of the pictures it takes."""
        return self.variant.size

    @property
    def precision(self) -> str:
        return self.facts.get("precision", "fp32")

    def run(self, images: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
        """Alpha uint8 (N, S, S) and confidence float32 (N, 1) of images uint8 (N, S, S, 3)."""
        alpha, confidence = self.session.run([ALPHA, CONFIDENCE], {IMAGE: images})
        return alpha, confidence


def opened(repository: Path, name: Name) -> Artefact:
    """The model. Raises ArtefactError unless it is there, whole, and of this project's contract."""
    path = repository / name.model / str(name.version) / MODEL_FILE
    if not path.is_file():
        raise ArtefactError(f"there is no {name} in {repository}: {_there(repository)}")
    proto = _graph(path)
    facts = {entry.key: entry.value for entry in proto.metadata_props}
    variant = _variant(path, facts)
    data = require_data(path, proto)
    session = _session(path)
    require_contract(path, session, variant)
    return Artefact(name, path, data, facts, variant, session)


def _there(repository: Path) -> str:
    found = sorted(str(path.parent.relative_to(repository)) for path in repository.glob(f"*/*/{MODEL_FILE}"))
    return f"there is {', '.join(found)}" if found else "no model at all"


def _graph(path: Path) -> onnx.ModelProto:
    try:
        return onnx.load(path, load_external_data=False)
    except DecodeError as exc:
        raise ArtefactError(f"{path}: is no ONNX file, or a damaged one: {_ADVICE}") from exc


def _variant(path: Path, facts: Mapping[str, str]) -> Variant:
    for key in ("variant", "weights_sha256"):
        if not facts.get(key):
            raise ArtefactError(f"{path}: its metadata lacks {key}, so what it was made of is not known: {_ADVICE}")
    variant = VARIANTS.get(facts["variant"])
    if variant is None:
        raise ArtefactError(f"{path}: says it is of the variant {facts['variant']}; there are {', '.join(VARIANTS)}")
    return variant


def external(proto: onnx.ModelProto) -> Iterator[tuple[str, str, int, int]]:
    """Of each tensor outside of the graph: its name, the file's name, offset and length in bytes."""
    for tensor in proto.graph.initializer:
        if tensor.data_location == onnx.TensorProto.EXTERNAL:
            place = {entry.key: entry.value for entry in tensor.external_data}
            yield tensor.name, place["location"], int(place.get("offset", 0)), int(place["length"])


def require_data(path: Path, proto: onnx.ModelProto) -> tuple[Path, ...]:
    """The files with the graph's tensors. Raises ArtefactError for one that is missing or too short."""
    ends: dict[str, int] = {}
    for _, location, offset, length in external(proto):
        ends[location] = max(ends.get(location, 0), offset + length)
    for location, end in ends.items():
        file = path.parent / location
        if not file.is_file():
            raise ArtefactError(f"{file}: is missing, and holds the weights of {path.name}: {_ADVICE}")
        if file.stat().st_size < end:
            raise ArtefactError(f"{file}: has {file.stat().st_size:,} bytes where {end:,} are needed: {_ADVICE}")
    return tuple(path.parent / location for location in sorted(ends))


def _session(path: Path) -> ort.InferenceSession:
    try:
        return ort.InferenceSession(path, providers=["CPUExecutionProvider"])
    except Exception as exc:  # ONNX Runtime documents no common base of what it raises about a graph
        raise ArtefactError(f"{path}: ONNX Runtime {ort.__version__} does not read it: {_ADVICE}") from exc


def require_contract(path: Path, session: ort.InferenceSession, variant: Variant) -> None:
    """Raises ArtefactError unless inputs and outputs are those of the contract, at the variant's size."""
    found = {each.name: (each.type, *each.shape[1:]) for each in (*session.get_inputs(), *session.get_outputs())}
    size = variant.size
    expected = {
        IMAGE: ("tensor(uint8)", size, size, 3),
        ALPHA: ("tensor(uint8)", size, size),
        CONFIDENCE: ("tensor(float)", 1),
    }
    if found != expected:
        raise ArtefactError(f"{path}: has {_signature(found)}; the variant {variant.name} has {_signature(expected)}")


def _signature(found: Mapping[str, tuple[Any, ...]]) -> str:
    return ", ".join(
        f"{name} {kind.removeprefix('tensor(').removesuffix(')')} ({', '.join(('N', *map(str, shape)))})"
        for name, (kind, *shape) in found.items()
    )
