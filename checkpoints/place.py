"""A checkpoint becomes a model that Triton serves: the carried graph, and beside it the file with its tensors."""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from checkpoints import archive, disk, layout, metadata
from checkpoints.errors import TakenError
from checkpoints.tensor import StoredTensor

MODEL_FILE: Final = "model.onnx"
DATA_FILE: Final = "model.data"
"""As the carried graphs name it."""
SIZE_FACT: Final = "data_bytes"
_NUMBER: Final = re.compile(r"\d+", re.ASCII)
_ADVICE: Final = "make room, or choose a repository elsewhere"


def _no_more(folder: Path) -> Mapping[str, str]:
    return {}


def place(
    graph: Path,
    checkpoint: Path,
    network: layout.Layout,
    version_folder: Path,
    facts: Mapping[str, str],
    examine: Callable[[Path], Mapping[str, str]] = _no_more,
    *,
    replace: bool = True,
) -> None:
    """Writes `version_folder` with the graph, to which `facts` are added, and the tensors: whole or not at all.

    A version that is there is replaced, or the reason to refuse, as `replace` says. One tensor is in memory at a time.
    `examine` sees the finished folder before it takes its place, and gives further facts or raises.

    Raises:
        CheckpointError: one of its children, each naming the file it is about; nothing was changed, as when `examine` raises.
    """
    tensors = archive.read(checkpoint)
    layout.check(tensors, network, checkpoint)
    archive.require_file(graph)
    with disk.writing(version_folder, _ADVICE), _replaced(version_folder) as partial:
        if not replace:
            require_free(version_folder)
        disk.require_space(partial, layout.data_size(network) + graph.stat().st_size, _ADVICE)
        _write_tensors(partial / DATA_FILE, tensors, network)
        model = partial / MODEL_FILE
        sized = {**facts, SIZE_FACT: str(layout.data_size(network))}
        model.write_bytes(graph.read_bytes() + metadata.encode(sized) + metadata.graph_name(_name(facts)))
        further = examine(partial)
        with model.open("ab") as end:
            end.write(metadata.encode(further))
        for path in partial.iterdir():
            path.chmod(0o644)  # whatever the umask: the model is for the server's user
            disk.sync(path)


def require_free(version_folder: Path) -> None:
    """Raises TakenError when the version is there: caches and rollouts take its number for its weights."""
    if version_folder.exists():
        others = [int(entry.name) for entry in version_folder.parent.iterdir() if _NUMBER.fullmatch(entry.name)]
        raise TakenError(
            f"{version_folder}: this version is there already and may be served: write another, such as"
            f" `--version {max(others, default=0) + 1}`, or delete the folder when no Triton serves it"
        )


def _name(facts: Mapping[str, str]) -> str:
    """ONNX Runtime files TensorRT engines under the graph's name alone: other weights need another name."""
    return "-".join(["inspyrenet", *(value[:16] for value in facts.values())])


def _write_tensors(target: Path, tensors: Mapping[str, StoredTensor], network: layout.Layout) -> None:
    with target.open("wb") as file:
        for key, (offset, _) in layout.offsets(network).items():
            file.seek(offset)  # what is skipped between two tensors reads as zeros
            file.write(tensors[key].read().data)


@contextmanager
def _replaced(target: Path) -> Iterator[Path]:
    """A new folder that takes the target's place if all goes well and vanishes if not.

    The lock on the folder around it keeps two writers apart, so that whatever one finds of another is of one that was killed.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with disk.locked(target.parent, waiting=lambda: None):
        _sweep(target)
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
        try:
            partial.chmod(0o755)
            yield partial
            disk.sync(partial)
            _swap(partial, target)
        finally:
            _sweep(target)


def _swap(partial: Path, target: Path) -> None:
    if target.exists():
        target.rename(target.with_name(f".{target.name}.old-{os.getpid()}"))
    partial.rename(target)
    disk.sync(target.parent)


def _sweep(target: Path) -> None:
    for pattern in (f".{target.name}.partial-*", f".{target.name}.old-*"):
        for leftover in target.parent.glob(pattern):
            shutil.rmtree(leftover)
