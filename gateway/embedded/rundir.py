"""A private folder for one run of the embedded Triton, and the shared memory that goes by its name.

Both are removed at the end. A gateway that was killed outright leaves them behind, so each start first removes what
belongs to no living owner: an owner holds a lock on a file in its folder, which the kernel drops with the process.
"""

import fcntl
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_PREFIX = "inspyrenet-triton-"
_LOCK = "owner.lock"
_SHARED_MEMORY = Path("/dev/shm")


@contextmanager
def run_directory(parent: Path | None = None) -> Iterator[Path]:
    """Yield a new folder, readable by its owner only; sweep what dead owners left; remove everything at the end."""
    parent = parent or _plain_temporary()
    sweep(parent)
    directory = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
    with _lock(directory):
        try:
            yield directory
        finally:
            _remove(directory)


def remove_shared_memory(directory: Path) -> None:
    """Remove the shared memory regions that the stubs of this run made."""
    for region in _SHARED_MEMORY.glob(f"{shared_memory_prefix(directory)}*"):
        region.unlink(missing_ok=True)


def shared_memory_prefix(directory: Path) -> str:
    """Return how the names of this run's shared memory regions begin."""
    return f"{directory.name}_"


def sweep(parent: Path) -> None:
    """Remove the folders under `parent`, and their shared memory, whose owner is dead."""
    for lock in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        try:
            with lock.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(lock.parent)
        except OSError:  # its owner lives, or it belongs to another user
            continue


def _lock(directory: Path) -> IO[bytes]:
    # Locked before it gets the name that sweep looks for: a sweep by another process never sees it unlocked.
    draft = directory / "draft.lock"
    file = draft.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    draft.rename(directory / _LOCK)
    return file


def _remove(directory: Path) -> None:
    remove_shared_memory(directory)
    shutil.rmtree(directory, ignore_errors=True)


def _plain_temporary() -> Path:
    # Triton hands the stub's paths to a shell without quotes: a blank in them would end the path.
    temporary = tempfile.gettempdir()
    return Path(temporary if re.fullmatch(r"[\w./+-]+", temporary) else "/tmp")
