"""The adapter: a disk's work on threads of its own, within a deadline, in the store's words."""

import asyncio
import errno
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import structlog

from gateway.errors import StoreUnavailable
from gateway.store.directory.disk import CACHE, SECRET_BYTES, Disk
from gateway.store.errors import StoreError
from gateway.store.signatures import Grant
from gateway.store.store import Info, Object, TooLarge
from gateway.store.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = 4  # that read, and as many that write: who waits for a lock keeps no reader waiting
_WAITING: Final = 256  # calls; what is more is refused at once
_SECONDS: Final = 10.0
_SWEPT_EVERY: Final = 60.0
_ROOM: Final = 0.9  # of the cache's size that is left after an eviction
_REASONS: Final = {
    errno.ENOSPC: "the store is full",
    errno.EDQUOT: "the store is full",
    errno.EFBIG: "the store cannot hold a file as large as that",
    errno.EROFS: "the store cannot be written",
    errno.EACCES: "the store cannot be reached",
    errno.EPERM: "the store cannot be reached",
}
_log = structlog.get_logger(__name__)


class DirectoryStore:
    """Objects in the folder `root`; at most `cache_bytes` of them below cache/, the least recently used go first."""

    def __init__(self, root: Path, cache_bytes: int) -> None:
        self._root = root
        self._disk = Disk(root)
        self._cache_bytes = cache_bytes
        self._threads = Threads(_THREADS, _WAITING, _SECONDS)
        self._writers = Threads(_THREADS, _WAITING, _SECONDS)
        self.secret = b""

    def open(self) -> None:
        """Prepares the folder. Raises StoreError."""
        try:
            self._disk.prepare()
            self.secret = self._disk.secret()
        except OSError as error:
            raise StoreError(f"the folder {self._root} cannot be used as a store: {error.strerror}") from error
        if len(self.secret) != SECRET_BYTES:
            raise StoreError(f"{self._root}/secret is damaged: remove it, and addresses that were given are void")

    async def put(
        self,
        name: str,
        body: bytes,
        *,
        media_type: str,
        expires: datetime | None = None,
        metadata: Mapping[str, str] | None = None,
        generation: int | None = None,
    ) -> Info:
        """See Store.put."""
        return await self._written(self._put, name, body, media_type, expires, metadata or {}, generation)

    async def get(self, name: str) -> Object | None:
        """See Store.get."""
        return await self._run(self._disk.get, name)

    async def head(self, name: str) -> Info | None:
        """See Store.head."""
        return await self._run(self._disk.head, name)

    async def delete(self, name: str, *, generation: int | None = None) -> bool:
        """See Store.delete."""
        return await self._written(self._disk.delete, name, generation)

    async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
        """See Store.list."""
        return await self._run(self._disk.list, prefix, after, limit)

    async def copy(self, name: str, target: str, *, expires: datetime | None = None) -> Info | None:
        """See Store.copy."""
        found = await self.get(name)
        if found is None:
            return None
        told = found.info
        return await self.put(target, found.body, media_type=told.media_type, expires=expires, metadata=told.metadata)

    async def extend(self, name: str, *, expires: datetime) -> Info | None:
        """See Store.extend."""
        return await self._written(self._disk.extend, name, expires)

    async def received(self, name: str, *, most: int) -> Object | None:
        """See Store.received."""
        found = await self.head(name)
        if found is not None and found.size > most:
            raise TooLarge(found.size)
        return await self.get(name)

    async def download_url(self, name: str, seconds: int) -> str:
        """See Store.download_url; gateway/endpoints/files.py answers it."""
        grant = Grant("GET", name, int(time.time()) + seconds)
        return f"/files/{name}?{grant.query(self.secret)}"

    async def upload_url(self, name: str, media_type: str, size: int, seconds: int) -> str:
        """See Store.upload_url; gateway/endpoints/uploads.py answers it."""
        grant = Grant("PUT", name, int(time.time()) + seconds, media_type, size)
        return f"/uploads/{name}?{grant.query(self.secret)}"

    async def keep_tidy(self) -> None:
        """Sweeps and evicts, now and every minute, until cancelled."""
        while True:
            try:
                await self._written(self._tidied)
            except StoreUnavailable as error:
                _log.warning("the store was not tidied", reason=str(error))
            await asyncio.sleep(_SWEPT_EVERY)

    def close(self) -> None:
        """Waits for what is under way."""
        self._threads.close()
        self._writers.close()

    def _put(
        self,
        name: str,
        body: bytes,
        media_type: str,
        expires: datetime | None,
        metadata: Mapping[str, str],
        generation: int | None,
    ) -> Info:
        try:
            return self._disk.put(name, body, media_type, expires, metadata, generation)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT) or not self.evict(len(body)):
                raise
        return self._disk.put(name, body, media_type, expires, metadata, generation)

    def evict(self, room: int = 0) -> int:
        """Removes how many of the cache, those not used for longest first: until it fits, and `room` more bytes are free."""
        files = sorted(self._disk.files(CACHE), key=lambda each: each[1].st_mtime)
        held = sum(each.st_size for _, each in files)
        if held <= self._cache_bytes and not room:
            return 0
        allowed = min(_ROOM * self._cache_bytes, held - room)
        removed = 0
        for name, status in files:
            if held <= allowed:
                break
            self._disk.remove(name)
            held -= status.st_size
            removed += 1
        return removed

    def _tidied(self) -> None:
        swept, evicted = self._disk.sweep(time.time()), self.evict()
        if swept or evicted:
            _log.info("the store was tidied", expired=swept, evicted=evicted)

    async def _run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._on(self._threads, work, *args, **kwargs)

    async def _written(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._on(self._writers, work, *args, **kwargs)

    async def _on(self, threads: Threads, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return await threads.run(work, *args, **kwargs)
        except OSError as error:
            _log.warning("the store failed", reason=error.strerror, errno=error.errno)
            reason = _REASONS.get(error.errno or 0, "the store failed")
            raise StoreUnavailable(f"{reason[0].upper()}{reason[1:]}.") from error
