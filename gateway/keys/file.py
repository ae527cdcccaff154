"""The ring in a file: an operator's command writes it, a running service sees the change."""

import asyncio
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec
import structlog

from gateway.keys.ring import Ring

_log = structlog.get_logger(__name__)

PAUSE_SECONDS: Final = 1.0


class KeysError(Exception):
    """A file of keys that cannot be used; the text names it and says why."""


def read(path: Path) -> Ring:
    """The ring in a file. Raises KeysError."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Ring)
    except FileNotFoundError as exc:
        raise KeysError(f"{path}: there is no such file of keys; `python -m gateway keys create` makes one") from exc
    except OSError as exc:
        raise KeysError(f"{path}: the keys cannot be read: {exc.strerror}") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise KeysError(f"{path}: is not a file of keys: {exc}") from exc


@contextmanager
def changing(path: Path) -> Iterator["Change"]:
    """The ring, to be changed by nobody else meanwhile; what is put into the change is written at the end.

    A file that is not there counts as empty. Raises KeysError.
    """
    path = path.resolve()  # of a link, what it leads to: that is locked and written, and the link stays
    with _locked(path.with_name(path.name + ".lock")):
        change = Change(read(path) if path.exists() else Ring())
        yield change
        _write(path, change.ring)


class Change:
    """A ring in an operator's hands."""

    def __init__(self, ring: Ring) -> None:
        self.ring = ring


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except OSError as exc:
        raise KeysError(f"{path}: cannot be written: {exc.strerror}") from exc
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(path: Path, ring: Ring) -> None:
    partial = path.with_name(path.name + ".new")
    try:
        partial.unlink(missing_ok=True)  # of a writer that died, with whatever rights
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(ring), indent=2) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as exc:
        raise KeysError(f"{path}: the keys cannot be written: {exc.strerror}") from exc


class WatchedRing:
    """The ring as the file last had it. A file that became unreadable changes nothing; it is complained of and tried again."""

    def __init__(self, path: Path) -> None:
        """Raises KeysError."""
        self._path = path
        self._state = _state(path)
        self._complaint = ""
        self.ring = read(path)

    async def watch(self) -> None:
        """Keeps `ring` up to date; runs until cancelled."""
        while True:
            await asyncio.sleep(PAUSE_SECONDS)
            self.refresh()

    def refresh(self) -> None:
        """Looks whether the file has changed, or another was put in its place.

        What could not be read is not seen: it may hold a revocation, and be readable the next time without a change.
        """
        state = _state(self._path)
        if state == self._state:
            self._complaint = ""
            return
        try:
            self.ring = read(self._path)
        except KeysError as error:
            self._complain(str(error))
        else:
            self._state, self._complaint = state, ""
            _log.info("keys read anew", count=len(self.ring.keys))

    def _complain(self, reason: str) -> None:
        if reason != self._complaint:
            self._complaint = reason
            _log.error("keys stay as they were", reason=reason)


def _state(path: Path) -> tuple[int, ...]:
    """What changes with the file: through links, as mounted secrets are."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
