"""The format of `torch.save` before 1.6: five pickles, then for each storage the count of its numbers, and the numbers."""

import io
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from checkpoints import pickles
from checkpoints.errors import FormatError
from checkpoints.names import Storage, View
from checkpoints.tensor import Extent

MAGIC: Final = 0x1950A86A20F9469CFC6C
PROTOCOL: Final = 1001
_COUNT: Final = struct.Struct("<q")


def read(path: Path) -> tuple[dict[str, View], Callable[[Storage], Extent]]:
    """The tensors by name, and a function that finds a storage's bytes. Raises FormatError and LayoutError."""
    with path.open("rb") as file:
        head = io.BytesIO(file.read(pickles.MAX_BYTES))
    _check_start(head)
    views, keys = pickles.load_state(head), pickles.load(head)
    extents = _extents(path, head.tell(), keys, _storages(views))

    def extent(storage: Storage) -> Extent:
        if storage.key not in extents:
            raise FormatError(f"the bytes of its storage {storage.key[:100]!r} are missing")
        return extents[storage.key]

    return views, extent


def _check_start(head: io.BytesIO) -> None:
    try:
        magic, protocol = pickles.load(head), pickles.load(head)
    except FormatError as exc:
        raise FormatError("is not a file that torch.save wrote") from exc
    if (magic, protocol) != (MAGIC, PROTOCOL):
        raise FormatError("is not a file that torch.save wrote")
    system = pickles.load(head)
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise FormatError("was saved on a big-endian machine; only little-endian files are read")


def _storages(views: dict[str, View]) -> dict[str, Storage]:
    """By key; a storage that two tensors share must be the same for both."""
    storages: dict[str, Storage] = {}
    for view in views.values():
        if storages.setdefault(view.storage.key, view.storage) != view.storage:
            raise FormatError(f"describes its storage {view.storage.key[:100]!r} in two ways")
    return storages


def _extents(path: Path, offset: int, keys: Any, storages: dict[str, Storage]) -> dict[str, Extent]:
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys) or sorted(keys) != sorted(storages):
        raise FormatError("its list of storages is not that of its tensors")
    size = path.stat().st_size
    extents = {}
    with path.open("rb") as file:
        for key in keys:
            file.seek(offset)
            count = file.read(_COUNT.size)
            storage = storages[key]
            length = storage.count * storage.dtype.itemsize
            offset += _COUNT.size
            if count != _COUNT.pack(storage.count) or offset + length > size:
                raise FormatError("is damaged: it ends before its contents do, or they are of another size")
            extents[key] = Extent(path, offset, length)
            offset += length
    return extents
