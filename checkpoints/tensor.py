"""A tensor that lies in a file, read when it is asked for."""

import zlib
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checkpoints.errors import FormatError


@dataclass(frozen=True)
class Extent:
    """Bytes of a file; `crc` is their CRC-32 where the file has one."""

    path: Path
    offset: int
    size: int
    crc: int | None = None

    def read(self) -> bytes:
        """Raises FormatError when the file ends before them or their CRC is another."""
        with self.path.open("rb") as file:
            file.seek(self.offset)
            data = file.read(self.size)
        if len(data) != self.size or self.crc not in (None, zlib.crc32(data)):
            raise FormatError(f"{self.path}: is damaged: fetch it again")
        return data


@dataclass(frozen=True)
class StoredTensor:
    """One entry of a state dict: contiguous, at `start` bytes into its storage's extent."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    start: int
    storage: Extent

    def read(self) -> NDArray[Any]:
        """The tensor, of `dtype` and `shape`, read-only. Raises FormatError when the file is damaged."""
        values = np.frombuffer(self.storage.read(), self.dtype, prod(self.shape), self.start)
        return values.reshape(self.shape)
