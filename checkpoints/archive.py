"""Checkpoints as `torch.save` writes them, read without torch and without running anything they hold.

Two formats: a zip of uncompressed entries (since torch 1.6), and the one before it, pickles followed by the storages' bytes.
"""

from collections.abc import Callable
from pathlib import Path

from checkpoints import legacy, zipped
from checkpoints.errors import FormatError, LayoutError, MissingError
from checkpoints.names import Storage, View
from checkpoints.tensor import Extent, StoredTensor


def read(path: Path) -> dict[str, StoredTensor]:
    """The tensors of a state dict by key, in its order; their bytes stay in the file until they are asked for.

    Raises MissingError, FormatError when the file is no plain state dict or is damaged, and LayoutError when its dict holds
    something that is no tensor.
    """
    require_file(path)
    try:
        views, extent = _format(path)(path)
        return {name: _stored(name, view, extent(view.storage)) for name, view in views.items()}
    except FormatError as exc:
        raise FormatError(f"{path}: {exc}") from exc
    except LayoutError as exc:
        raise LayoutError(f"{path}: {exc}") from exc


def require_file(path: Path) -> None:
    """Raises MissingError unless there is a file that can be read and has something in it."""
    try:
        with path.open("rb") as file:
            empty = not file.read(1)
    except OSError as exc:
        raise MissingError(f"{path}: cannot be read ({exc.strerror})") from exc
    if empty:
        raise MissingError(f"{path}: is empty")


def _format(path: Path) -> Callable[[Path], tuple[dict[str, View], Callable[[Storage], Extent]]]:
    with path.open("rb") as file:
        return zipped.read if file.read(len(zipped.MAGIC)) == zipped.MAGIC else legacy.read


def _stored(name: str, view: View, storage: Extent) -> StoredTensor:
    dtype = view.storage.dtype
    return StoredTensor(name, dtype, view.shape, view.offset * dtype.itemsize, storage)
