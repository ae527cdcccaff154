"""The zip format of `torch.save`: `NAME/data.pkl` and one entry `NAME/data/KEY` for each storage, none of them compressed."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from checkpoints import pickles
from checkpoints.errors import FormatError
from checkpoints.names import Storage, View
from checkpoints.tensor import Extent

MAGIC: Final = b"PK\x03\x04"
"""What such a file, and each entry of it, begins with."""
PICKLE: Final = "/data.pkl"
_LOCAL_HEADER: Final = struct.Struct("<4s22xHH")
"""Signature, then the lengths of the two fields of varying length that stand before an entry's bytes."""


def read(path: Path) -> tuple[dict[str, View], Callable[[Storage], Extent]]:
    """The tensors by name, and a function that finds a storage's bytes. Raises FormatError and LayoutError."""
    extents = _extents(path)
    pickled = [name for name in extents if name.endswith(PICKLE)]
    if len(pickled) != 1:
        raise FormatError("is a zip, but none that torch.save wrote")
    prefix = pickled[0].removesuffix(PICKLE)
    _check_byte_order(extents.get(f"{prefix}/byteorder"))

    def extent(storage: Storage) -> Extent:
        found = extents.get(f"{prefix}/data/{storage.key}")
        if found is None or found.size != storage.count * storage.dtype.itemsize:
            raise FormatError(f"the bytes of its storage {storage.key[:100]!r} are missing or of another size")
        return found

    return pickles.load_state(io.BytesIO(_small(extents[pickled[0]]))), extent


def _extents(path: Path) -> dict[str, Extent]:
    """Where each entry's bytes lie. Raises FormatError for whatever torch does not write."""
    extents: dict[str, Extent] = {}
    for entry in _directory(path):
        if entry.filename in extents:
            raise FormatError(f"has two entries {entry.filename[:100]!r}")
        if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
            raise FormatError(f"its entry {entry.filename[:100]!r} is compressed, which torch.save does not do")
        extents[entry.filename] = Extent(path, entry.header_offset, entry.file_size, entry.CRC)
    with path.open("rb") as file:
        return {name: _after_header(file, extent) for name, extent in extents.items()}


def _directory(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as exc:
        raise FormatError("is damaged: its list of contents is missing or broken") from exc


def _after_header(file: BinaryIO, extent: Extent) -> Extent:
    header = b""
    if extent.offset >= 0:
        file.seek(extent.offset)
        header = file.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size or not header.startswith(MAGIC):
        raise FormatError("is damaged: its list of contents points beside them")
    _, name, extra = _LOCAL_HEADER.unpack(header)
    offset = extent.offset + _LOCAL_HEADER.size + name + extra
    if offset + extent.size > file.seek(0, io.SEEK_END):
        raise FormatError("is damaged: it ends before its contents do")
    return Extent(extent.path, offset, extent.size, extent.crc)


def _small(extent: Extent) -> bytes:
    if extent.size > pickles.MAX_BYTES:
        raise FormatError(f"its pickle has {extent.size:,} bytes, and {pickles.MAX_BYTES:,} are allowed")
    return extent.read()


def _check_byte_order(extent: Extent | None) -> None:
    if extent is not None and _small(extent) != b"little":
        raise FormatError("was saved on a big-endian machine; only little-endian files are read")
