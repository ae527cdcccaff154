"""Who may replace what, in whatever process he is."""

import errno
import fcntl
import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_LOCKS: Final = 64
_SECONDS: Final = 5.0
_PAUSE: Final = 0.005


class Locks:
    """A few files in `folder`, each for its share of the names; the kernel gives them back for who is killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def prepare(self) -> None:
        """Makes them all: a disk on which nothing can be made any more can still be cleared."""
        self._folder.mkdir(0o700, exist_ok=True)
        for number in range(_LOCKS):
            os.close(self._opened(number))

    @contextmanager
    def held(self, name: str, seconds: float = _SECONDS) -> Iterator[None]:
        """Holds the lock of a name. Raises TimeoutError where somebody else has it for so long."""
        descriptor = self._opened(int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % _LOCKS)
        try:
            _lock(descriptor, seconds)
            yield
        finally:
            os.close(descriptor)

    def _opened(self, number: int) -> int:
        return os.open(self._folder / str(number), os.O_RDWR | os.O_CREAT, 0o600)


def _lock(descriptor: int, seconds: float) -> None:
    """Whoever holds the lock may have been stopped: then this thread is needed elsewhere."""
    end = time.monotonic() + seconds
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise TimeoutError(errno.ETIMEDOUT, "somebody else holds a lock") from None
            time.sleep(_PAUSE)
