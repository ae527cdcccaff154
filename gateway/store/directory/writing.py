"""Files that are there whole or not at all, whenever the power goes: written elsewhere, synced, and renamed."""

import errno
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final
from uuid import uuid4

FULL: Final = (errno.ENOSPC, errno.EDQUOT)
"""What a disk says that has no room."""
_PLACINGS: Final = 3


def write(target: Path, parts: Iterable[bytes], tmp: Path, *, durable: Path | None) -> None:
    """Replaces `target` by way of `tmp`, on the same disk. `durable` is a folder above: what is below it is synced."""
    half = tmp / uuid4().hex
    try:
        with half.open("xb") as stream:
            stream.writelines(parts)
            stream.flush()
            if durable is not None:
                _sync(stream.fileno())
        _place(half, target)
    except OSError:
        half.unlink(missing_ok=True)
        raise
    if durable is not None:
        _sync_folders(target.parent, durable)


def create(target: Path, content: bytes, tmp: Path) -> None:
    """Makes `target`, durable and for its owner alone, unless somebody else was faster."""
    half = tmp / uuid4().hex
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            _sync(stream.fileno())
        with suppress(FileExistsError):
            os.link(half, target)
    finally:
        half.unlink()
    _sync_folder(target.parent)


def _place(half: Path, target: Path) -> None:
    """Moves a file to where it belongs; a folder that a sweep finds empty in between is made again."""
    for _ in range(_PLACINGS):
        with suppress(FileNotFoundError):
            half.replace(target)
            return
        with suppress(FileNotFoundError, FileExistsError):  # swept while it, or one above it, was looked at
            target.parent.mkdir(parents=True, exist_ok=True)
    half.replace(target)


def _sync_folders(folder: Path, top: Path) -> None:
    """The rename and the folders made for it."""
    _sync_folder(folder)
    if folder != top:
        _sync_folders(folder.parent, top)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _sync(descriptor)
    finally:
        os.close(descriptor)


def _sync(descriptor: int) -> None:
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # a file system that cannot sync folders
            raise
