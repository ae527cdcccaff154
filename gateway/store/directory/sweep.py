"""One round through a store's folder, to remove what nobody can get any more."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from gateway.store.directory.disk import Disk
from gateway.store.directory.walk import entries

_HALF_WRITTEN: Final = 3600.0  # seconds after which nobody is writing it any more
_SLICE: Final = 0.05  # seconds of work, after each of which is a pause as long: requests need the processor, too


class Sweep:
    """`removed` counts files; what cannot be removed is passed over, and `failed` is the first reason. `stop` ends it."""

    def __init__(self, disk: Disk, stop: threading.Event) -> None:
        self.removed = 0
        self.failed: OSError | None = None
        self._disk = disk
        self._stop = stop
        self._since = time.monotonic()

    def run(self) -> None:
        """Removes what has expired, what was left half written, and empty folders; damage is moved out of the way."""
        for path in self._disk.tmp.iterdir():
            with self._passing_over():
                self._remove_half(path)
        self._sweep(self._disk.objects, "")

    def _remove_half(self, path: Path) -> None:
        with suppress(FileNotFoundError):
            if path.is_file() and path.stat().st_mtime < time.time() - _HALF_WRITTEN:
                path.unlink()
                self.removed += 1

    def _sweep(self, folder: Path, before: str) -> None:
        with self._passing_over():
            for entry in entries(folder, before):
                if self._stopped():
                    return
                if entry.endswith("/"):
                    self._sweep(folder / entry, before + entry)
                    with suppress(OSError):  # most are not empty
                        (folder / entry).rmdir()
                else:
                    self._remove_dead(before + entry)

    def _remove_dead(self, name: str) -> None:
        with self._passing_over():
            self.removed += self._disk.remove_dead(name)

    @contextmanager
    def _passing_over(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.failed = self.failed or error

    def _stopped(self) -> bool:
        if time.monotonic() - self._since > _SLICE:
            self._stop.wait(_SLICE)
            self._since = time.monotonic()
        return self._stop.is_set()
