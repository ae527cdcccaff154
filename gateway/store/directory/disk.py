"""Objects on a disk: what the adapter does, synchronously. Every method raises OSError as the disk does."""

import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final, TypeVar
from uuid import uuid4

from gateway.store.directory import file
from gateway.store.directory.file import Damaged
from gateway.store.directory.locks import Locks
from gateway.store.directory.quarantine import Quarantine
from gateway.store.directory.walk import SUFFIX, walk
from gateway.store.directory.writing import FULL, write
from gateway.store.names import CACHE, checked
from gateway.store.store import Changed, Info, Object

T = TypeVar("T")

_USED_AGAIN: Final = 60.0  # seconds within which a second use is not noted
_ABSENT: Final = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


class Disk:
    """The folder `root`: objects/ holds them, tmp/ what is being written, locks/ who may replace what, damaged/ what is none.

    Writers of one name take the same lock, in whatever process they are: nobody replaces what he has not seen. Who finds
    the lock taken and only wanted to clear something away leaves it to the next.
    """

    def __init__(self, root: Path) -> None:
        self._root, self.objects, self.tmp = root, root / "objects", root / "tmp"
        self._locks = Locks(root / "locks")
        self._quarantine = Quarantine(root / "damaged")

    def prepare(self) -> None:
        """Makes the folders; tells a disk that cannot be written by failing. One that is full can be read and cleared."""
        try:
            self._root.mkdir(exist_ok=True)
            for folder in (self.objects, self.tmp):
                folder.mkdir(0o700, exist_ok=True)  # customers' pictures are no other user's of the machine
            self._locks.prepare()
            probe = self.tmp / uuid4().hex
            probe.write_bytes(b"")
            probe.unlink()
        except OSError as error:
            if error.errno not in FULL:
                raise

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
        if expires is not None and expires.tzinfo is None:
            raise ValueError(f"{name!r} expires at a time without its zone")
        digest = hashlib.sha256(body).hexdigest()
        with self._locks.held(name):
            there, now = self._settled(name, self._info), datetime.now(UTC)
            current = there.generation if there is not None and there.alive(now) else 0
            if generation is not None and generation != current:
                raise Changed
            number = max(time.time_ns(), there.generation + 1 if there else 0)
            made = Info(name, len(body), media_type, digest, number, now, expires, dict(metadata))
            self._write(made, body)
        return made

    def extend(self, name: str, expires: datetime) -> Info | None:
        """See Store.extend."""
        with self._locks.held(name):
            found = self._settled(name, self._read)
            if found is None or not found.info.alive(datetime.now(UTC)):
                return None
            if found.info.expires is None or found.info.expires >= expires:
                return found.info
            extended = replace(found.info, expires=expires)
            self._write(extended, found.body)
            return extended

    def get(self, name: str) -> Object | None:
        """See Store.get."""
        try:
            found = self._read(name)
        except Damaged:
            found = self._again(name)
        if found is None or not found.info.alive(datetime.now(UTC)):
            return None
        if name.startswith(CACHE):
            self._note_use(name)
        return found

    def head(self, name: str) -> Info | None:
        """See Store.head."""
        try:
            found = self._info(name)
        except Damaged:
            return None
        return found if found is not None and found.alive(datetime.now(UTC)) else None

    def delete(self, name: str, generation: int | None) -> bool:
        """See Store.delete."""
        with self._locks.held(name):
            there = self.head(name)
            if generation is not None and (there is None or generation != there.generation):
                raise Changed
            self._unlink(name)
            return there is not None

    def list(self, prefix: str, after: str, limit: int) -> tuple[Info, ...]:
        """See Store.list."""
        found = map(self.head, walk(self.objects, prefix, after))
        return tuple(islice((info for info in found if info is not None), limit))

    def files(self, prefix: str) -> Iterator[tuple[str, os.stat_result]]:
        """All names that begin with `prefix`, dead or alive, with their files' size and time of last use."""
        for name in walk(self.objects, prefix):
            with suppress(FileNotFoundError):
                yield name, self._path(name).stat()

    def remove(self, name: str) -> bool:
        """Whatever it is; whether it is gone."""
        with suppress(TimeoutError), self._locks.held(name, seconds=0):
            self._unlink(name)
            return True
        return False

    def remove_dead(self, name: str) -> bool:
        """Removes what has expired, and moves what is damaged out of the way; whether it had expired."""
        if self.head(name) is not None:
            return False
        with suppress(TimeoutError), self._locks.held(name, seconds=0):
            there = self._settled(name, self._info)  # it may have been replaced meanwhile
            if there is not None and not there.alive(datetime.now(UTC)):
                self._unlink(name)
                return True
        return False

    def _path(self, name: str) -> Path:
        return self.objects / (checked(name) + SUFFIX)

    def _unlink(self, name: str) -> None:
        with suppress(*_ABSENT):
            self._path(name).unlink()

    def _info(self, name: str) -> Info | None:
        """Dead or alive. Raises Damaged."""
        try:
            with self._path(name).open("rb") as stream:
                size = os.fstat(stream.fileno()).st_size
                start = stream.read(file.HEAD_BYTES)
                try:
                    return file.info(name, start, size)
                except Damaged:
                    return file.info(name, start + stream.read(file.HEAD_BYTES * 32), size)
        except _ABSENT:
            return None

    def _read(self, name: str) -> Object | None:
        """Dead or alive. Raises Damaged."""
        try:
            data = self._path(name).read_bytes()
        except _ABSENT:
            return None
        return file.unpacked(name, data)

    def _again(self, name: str) -> Object | None:
        """What was damaged may have been replaced meanwhile; else it is moved out of the way, where that can be."""
        try:
            with self._locks.held(name, seconds=0):
                return self._settled(name, self._read)
        except TimeoutError:
            return None
        except OSError as error:
            self._quarantine.failed(name, error)
            return None

    def _settled(self, name: str, read: Callable[[str], T | None]) -> T | None:
        """What `read` finds of a name whose lock is held, dead or alive; what is damaged is moved out of the way."""
        try:
            return read(name)
        except Damaged as damage:
            self._quarantine.take(name, self._path(name), damage)
            return None

    def _write(self, made: Info, body: bytes) -> None:
        durable = None if made.name.startswith(CACHE) else self.objects
        write(self._path(made.name), file.packed(made, body), self.tmp, durable=durable)

    def _note_use(self, name: str) -> None:
        path = self._path(name)
        with suppress(OSError):
            if time.time() - path.stat().st_mtime > _USED_AGAIN:
                os.utime(path)
