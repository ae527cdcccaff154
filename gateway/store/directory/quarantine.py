"""Where damaged files go, so that nobody takes them for what they were."""

from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from gateway.store.directory.file import Damaged
from gateway.store.names import CACHE

_MOST_TOLD: Final = 1000
_READABLE: Final = 200  # characters of a name; file systems allow 255
_log = structlog.get_logger(__name__)


class Quarantine:
    """Keeps in `folder` what is damaged and cannot be made again; it is for somebody to look at, and never removed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._told: set[str] = set()

    def take(self, name: str, path: Path, damage: Damaged) -> None:
        """Moves the file of object `name`, whose lock is held; of the cache, removes it. Raises OSError."""
        if name.startswith(CACHE):
            path.unlink()
            _log.warning("a file of the cache was damaged and is removed", name=name, damage=str(damage))
            return
        self._folder.mkdir(0o700, exist_ok=True)
        there = self._folder / f"{name.replace('/', '~')[-_READABLE:]}~{uuid4().hex}"
        path.rename(there)
        _log.error("an object is damaged and lost", name=name, damage=str(damage), file=str(there))

    def failed(self, name: str, error: OSError) -> None:
        """Says so of each name once: it will be read again."""
        if name not in self._told and len(self._told) < _MOST_TOLD:
            self._told.add(name)
            _log.error("an object is damaged and cannot be moved", name=name, reason=error.strerror)
