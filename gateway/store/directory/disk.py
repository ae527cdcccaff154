"""Objects on a disk: what the adapter does, synchronously. Every method raises OSError as the disk does."""

import errno
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from gateway.store.directory import file
from gateway.store.directory.file import Damaged
from gateway.store.names import checked, is_part
from gateway.store.store import Changed, Info, Object

CACHE: Final = "cache/"
"""Objects below it may be evicted, and need not survive a power failure."""
_SUFFIX: Final = "~"  # of files, which no name has: so an object and a folder of objects may share a name
SECRET_BYTES: Final = 32
_LOCKS: Final = 64
_LOCK_SECONDS: Final = 5.0
_LOCK_PAUSE: Final = 0.005
_USED_AGAIN: Final = 60.0  # seconds within which a second use is not noted
_log = structlog.get_logger(__name__)


class Disk:
    """The folder `root`: objects/ holds them, tmp/ what is being written, locks/ who may replace what.

    A file is written to tmp/, synced, and renamed; so it is there whole or not at all, whenever the power goes. Writers of one
    name take the same lock, in whatever process they are: nobody replaces what he has not seen.
    """

    def __init__(self, root: Path) -> None:
        self._objects, self._tmp, self._locks = (root / part for part in ("objects", "tmp", "locks"))
        self._root = root

    def prepare(self) -> None:
        """Makes the folders; tells a disk that cannot be written by failing."""
        for folder in (self._root, self._objects, self._tmp, self._locks):
            folder.mkdir(exist_ok=True)
        probe = self._tmp / uuid4().hex
        probe.write_bytes(b"")
        probe.unlink()

    def secret(self) -> bytes:
        """SECRET_BYTES that every process on this folder shares; made by the first."""
        path = self._root / "secret"
        if not path.exists():  # a disk that is full keeps nobody from starting again
            self._make_secret(path)
        return path.read_bytes()

    def _make_secret(self, path: Path) -> None:
        made = self._tmp / uuid4().hex
        descriptor = os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(secrets.token_bytes(SECRET_BYTES))
                stream.flush()
                _sync(stream.fileno())
            with suppress(FileExistsError):
                os.link(made, path)
        finally:
            made.unlink()
        _sync_folder(self._root)

    def put(
        self,
        name: str,
        body: bytes,
        media_type: str,
        expires: datetime | None,
        metadata: Mapping[str, str],
        generation: int | None,
    ) -> Info:
        """See Store.put."""
        target = self._path(name)
        if expires is not None and expires.tzinfo is None:
            raise ValueError(f"{name!r} expires at a time without its zone")
        digest = hashlib.sha256(body).hexdigest()
        with self._locked(name):
            there = self._info(name)
            current = there.generation if there is not None and file.alive(there) else 0
            if generation is not None and generation != current:
                raise Changed
            number = max(time.time_ns(), there.generation + 1 if there else 0)
            made = Info(name, len(body), media_type, digest, number, datetime.now(UTC), expires, dict(metadata))
            self._write(target, made, body)
        return made

    def extend(self, name: str, expires: datetime) -> Info | None:
        """See Store.extend."""
        with self._locked(name):
            found = self.get(name)
            if found is None or found.info.expires is None or found.info.expires >= expires:
                return None if found is None else found.info
            extended = replace(found.info, expires=expires)
            self._write(self._path(name), extended, found.body)
            return extended

    def get(self, name: str) -> Object | None:
        """See Store.get."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
            return None
        try:
            found = file.unpacked(name, data)
        except Damaged as damage:
            _log.warning("an object is damaged and taken for absent", name=name, reason=str(damage))
            return None
        if not file.alive(found.info):
            return None
        if name.startswith(CACHE):
            self._note_use(path)
        return found

    def head(self, name: str) -> Info | None:
        """See Store.head."""
        found = self._info(name)
        return found if found is not None and file.alive(found) else None

    def delete(self, name: str, generation: int | None) -> bool:
        """See Store.delete."""
        with self._locked(name):
            there = self.head(name)
            if generation is not None and (there is None or generation != there.generation):
                raise Changed
            with suppress(FileNotFoundError):
                self._path(name).unlink()
            return there is not None

    def list(self, prefix: str, after: str, limit: int) -> tuple[Info, ...]:
        """See Store.list."""
        found: list[Info] = []
        for name in self._names(prefix, after):
            if (info := self.head(name)) is not None:
                found.append(info)
                if len(found) == limit:
                    break
        return tuple(found)

    def files(self, prefix: str = "") -> Iterator[tuple[str, os.stat_result]]:
        """All names that begin with `prefix`, dead or alive, with their files' size and time of last use."""
        for name in self._names(prefix):
            with suppress(FileNotFoundError):
                yield name, self._path(name).stat()

    def sweep(self, now: float) -> int:
        """Removes what has expired or is damaged, and what a process left half written an hour ago; how many."""
        removed = 0
        for path in self._tmp.iterdir():
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < now - 3600:
                    path.unlink()
                    removed += 1
        for name in self._names(""):
            if self.head(name) is None:
                removed += self._remove_dead(name)
        self._remove_empty_folders()
        return removed

    def remove(self, name: str) -> None:
        """Whatever it is; an object of the cache."""
        with self._locked(name), suppress(FileNotFoundError):
            self._path(name).unlink()

    def _remove_empty_folders(self) -> None:
        for folder, _, _ in os.walk(self._objects, topdown=False):
            if folder != str(self._objects):
                with suppress(OSError):  # most are not empty
                    Path(folder).rmdir()

    def _remove_dead(self, name: str) -> bool:
        with self._locked(name), suppress(FileNotFoundError):
            if self.head(name) is None:  # it may have been replaced meanwhile
                self._path(name).unlink()
                return True
        return False

    def _path(self, name: str) -> Path:
        return self._objects / (checked(name) + _SUFFIX)

    def _info(self, name: str) -> Info | None:
        """Dead or alive; None where there is nothing whole."""
        try:
            with self._path(name).open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                start = stream.read(file.HEAD_BYTES)
                try:
                    return file.info(name, start, size)
                except Damaged:
                    return file.info(name, start + stream.read(file.HEAD_BYTES * 32), size)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError, Damaged):
            return None

    def _write(self, target: Path, made: Info, body: bytes) -> None:
        durable = not made.name.startswith(CACHE)
        half = self._tmp / uuid4().hex
        try:
            with half.open("xb") as stream:
                stream.writelines(file.packed(made, body))
                stream.flush()
                if durable:
                    _sync(stream.fileno())
            _place(half, target)
        except OSError:
            half.unlink(missing_ok=True)
            raise
        if durable:
            self._sync_folders(target.parent)

    def _sync_folders(self, folder: Path) -> None:
        """The rename and the folders made for it."""
        while folder != self._root:
            _sync_folder(folder)
            folder = folder.parent

    def _note_use(self, path: Path) -> None:
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _USED_AGAIN:
                os.utime(path)

    @contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % _LOCKS
        descriptor = os.open(self._locks / str(number), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
            yield
        finally:
            os.close(descriptor)

    def _names(self, prefix: str, after: str = "") -> Iterator[str]:
        """Those after `after`, in their order; only folders that can hold one are looked into. Raises ValueError."""
        folder, slash, _ = prefix.rpartition("/")
        start = self._objects / checked(folder) if slash else self._objects
        return _walked(start, folder + slash, prefix, after)


def _walked(folder: Path, before: str, prefix: str, after: str) -> Iterator[str]:
    for name in _entries(folder):
        whole = before + name
        if not name.endswith("/"):
            if whole > after and whole.startswith(prefix):
                yield whole
        elif (whole > after or after.startswith(whole)) and whole.startswith(prefix):
            yield from _walked(folder / name, whole, prefix, after)


def _entries(folder: Path) -> list[str]:
    """What is ours in a folder, in the order of names: folders with a slash at their end. What is others' is passed over."""
    try:
        with os.scandir(folder) as entries:
            found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return sorted(
        [name + "/" for name, is_folder in found if is_folder and is_part(name)]
        + [
            name.removesuffix(_SUFFIX)
            for name, is_folder in found
            if not is_folder and name.endswith(_SUFFIX) and is_part(name.removesuffix(_SUFFIX))
        ]
    )


def _place(half: Path, target: Path) -> None:
    """Moves a file to where it belongs; a folder that a sweep finds empty in between is made again."""
    for _ in range(3):
        with suppress(FileNotFoundError):
            target.parent.mkdir(parents=True, exist_ok=True)
            half.replace(target)
            return
    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(target))


def _lock(descriptor: int) -> None:
    """Whoever holds the lock may have been stopped: then this thread is needed elsewhere. Raises TimeoutError."""
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                raise TimeoutError(errno.ETIMEDOUT, "another process holds a lock") from None
            time.sleep(_LOCK_PAUSE)


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
