"""What both the cache and the repository need of a disk: room, whole files, and one writer at a time."""

import errno
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from checkpoints.errors import CheckpointError, SpaceError

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def require_space(folder: Path, needed: int, advice: str) -> None:
    """Raises SpaceError when fewer than `needed` bytes are free where the folder lies; `advice` says what to do."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SpaceError(f"{folder}: {_megabytes(needed)} are needed and {_megabytes(free)} are free: {advice}")


@contextmanager
def writing(path: Path, advice: str) -> Iterator[None]:
    """Says in words why writing at `path` failed. Raises SpaceError on a full disk, CheckpointError on what else goes wrong."""
    try:
        yield
    except OSError as exc:
        if exc.errno in _FULL:
            raise SpaceError(f"{path}: the disk is full: {advice}") from exc
        raise CheckpointError(f"{path}: cannot be written ({exc.strerror or exc}): {advice}") from exc


@contextmanager
def locked(path: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Holds a lock on a file, which is made if need be, or on a folder; where another process has it, `waiting` is called."""
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | os.O_CREAT
    descriptor = os.open(path, flags, 0o644)
    try:
        _lock(descriptor, waiting)
        yield
    finally:
        os.close(descriptor)  # which gives the lock back, as the end of the process does


def _lock(descriptor: int, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def sync(path: Path) -> None:
    """Returns once the file's bytes, or the folder's names, are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"
