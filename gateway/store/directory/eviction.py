"""The cap on the cache: what was not used for longest goes first."""

import os
import threading
from typing import Final

import structlog

from gateway.store.directory.disk import Disk
from gateway.store.names import CACHE

_ROOM: Final = 10  # a tenth of the cap is free after an eviction, and may be written before the next look
_HEAD: Final = 512  # bytes; about what a file has before its body
_SLACK: Final = 64 * 1024  # bytes that a file needs besides its body, its folders included
_log = structlog.get_logger(__name__)


class Eviction:
    """At most `most` bytes below cache/, and a tenth of them more in each process: who writes waits for who looks."""

    def __init__(self, disk: Disk, most: int) -> None:
        self._disk = disk
        self._most = most
        self._written = 0  # bytes since the last look
        self._looking = threading.Lock()

    def count(self, size: int) -> None:
        """A body of `size` bytes was written below cache/: looks where it is time to."""
        with self._looking:
            self._written += size + _HEAD
            if self._written < self._most // _ROOM:
                return
            try:
                self._look()
            except OSError as error:  # what was written is there all the same
                _log.warning("the cache was not made smaller", reason=error.strerror)

    def look(self) -> int:
        """Makes the cache as small as it has to be; how many files went."""
        with self._looking:
            return self._look()

    def make_room(self, size: int) -> int:
        """Removes what takes as much of the disk as a body of `size` bytes will; how many files went."""
        with self._looking:
            return self._look(size + _SLACK)

    def _look(self, room: int = 0) -> int:
        self._written = 0
        files = sorted(self._disk.files(CACHE), key=lambda each: each[1].st_mtime)
        held = sum(status.st_size for _, status in files)
        if held <= self._most and not room:
            return 0
        return self._evict(files, held - min(self._most - self._most // _ROOM, held - room))

    def _evict(self, files: list[tuple[str, os.stat_result]], size: int) -> int:
        removed = 0
        for name, status in files:
            if size <= 0:
                break
            if self._disk.remove(name):
                size -= status.st_size
                removed += 1
        return removed
