"""From an official checkpoint's name to a model in the repository: what serving it with one command needs."""

from pathlib import Path
from typing import Final

from checkpoints import digests, layout, metadata
from checkpoints.cache import cached
from checkpoints.catalogue import OFFICIAL, Checkpoint
from checkpoints.errors import FormatError, MissingError
from checkpoints.fetch import fetch
from checkpoints.place import DATA_FILE, MODEL_FILE, SIZE_FACT, place
from checkpoints.progress import Progress
from checkpoints.transfer import PATIENCE, Patience

VERSION: Final = "1"


def installed(repository: Path) -> list[str]:
    """Names of the official checkpoints that are placed in the repository, in the catalogue's order."""
    return [name for name, checkpoint in OFFICIAL.items() if is_placed(checkpoint, repository)]


def is_placed(checkpoint: Checkpoint, repository: Path) -> bool:
    """Whether the model in the repository is of this checkpoint and has all its bytes."""
    version = repository / checkpoint.model / VERSION
    return is_whole(version) and metadata.read(version / MODEL_FILE).get("variant") == checkpoint.name


def is_whole(version: Path) -> bool:
    """Whether a version's folder holds a graph and as many bytes of weights as the graph says."""
    model, data = version / MODEL_FILE, version / DATA_FILE
    if not model.is_file() or not data.is_file():
        return False
    try:
        return metadata.read(model).get(SIZE_FACT) == str(data.stat().st_size)
    except FormatError:  # a damaged graph is as good as none
        return False


def install(
    checkpoint: Checkpoint, repository: Path, folder: Path, progress: Progress, patience: Patience = PATIENCE
) -> None:
    """Fetches the checkpoint into the cache `folder` and places it as version 1 in the repository, unless it is there.

    Raises:
        CheckpointError: one of its children; the repository was not changed.
    """
    if is_placed(checkpoint, repository):
        return
    graph = carried_graph(checkpoint)
    file = cached(checkpoint, folder) or fetch(checkpoint, folder, progress, patience)
    version = repository / checkpoint.model / VERSION
    facts = {"variant": checkpoint.name, "precision": "fp32", "weights_sha256": digests.sha256(file)}
    place(graph, file, layout.load(checkpoint.layout), version, facts)
    progress.note(f"Placed {checkpoint.name} in {version}")


def carried_graph(checkpoint: Checkpoint) -> Path:
    """The network as ONNX without weights. Raises MissingError where there is none."""
    if checkpoint.graph is None or not checkpoint.graph.is_file():
        raise MissingError(
            f"{checkpoint.name}: no graph is carried for it; export it: `python -m export onnx --variant {checkpoint.name}`"
        )
    return checkpoint.graph
