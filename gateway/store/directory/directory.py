"""The adapter: a disk's work on threads of its own, within a deadline, in the store's words."""

import asyncio
import errno
import threading
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, ParamSpec, TypeVar

import structlog

from gateway.errors import StoreUnavailable
from gateway.store.directory.disk import Disk
from gateway.store.directory.eviction import Eviction
from gateway.store.directory.secret import shared_secret
from gateway.store.directory.sweep import Sweep
from gateway.store.directory.writing import FULL
from gateway.store.errors import StoreError
from gateway.store.names import CACHE
from gateway.store.signatures import Grant
from gateway.store.store import Info, Object, TooLarge
from gateway.store.threads import Threads

P = ParamSpec("P")
T = TypeVar("T")

_THREADS: Final = 4  # that read, and as many that write: who waits for a lock keeps no reader waiting
_WAITING: Final = 256  # calls; what is more is refused at once
_SECONDS: Final = 10.0
_TIDIED_EVERY: Final = 60.0
_CLOSING: Final = 5.0
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
        self._eviction = Eviction(self._disk, cache_bytes)
        self._threads = Threads(_THREADS, _WAITING, _SECONDS)
        self._writers = Threads(_THREADS, _WAITING, _SECONDS)
        self._tidier = Threads(1, 1, None)  # a round takes as long as it takes, and the next one follows it
        self._closing = threading.Event()
        self.secret = b""

    def open(self) -> None:
        """Prepares the folder. Raises StoreError."""
        try:
            self._disk.prepare()
            self.secret = shared_secret(self._root, self._disk.tmp)
        except OSError as error:
            raise StoreError(f"the folder {self._root} cannot be used as a store: {error.strerror}") from error

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

    async def keep_tidy(self, every: float = _TIDIED_EVERY) -> None:
        """Sweeps and evicts, now and every so many seconds, until cancelled; says once what fails each time."""
        told = ""
        while True:
            try:
                await self._tidier.run(self._tidied)
                told = ""
            except (OSError, StoreUnavailable) as error:
                if str(error) != told:
                    _log.warning("the store was not tidied", reason=str(error))
                told = str(error)
            await asyncio.sleep(every)

    def close(self, seconds: float = _CLOSING) -> None:
        """Waits for what is under way, but no longer than that for a disk that hangs."""
        self._closing.set()
        end = time.monotonic() + seconds
        for threads in (self._threads, self._writers, self._tidier):
            threads.close(end - time.monotonic())

    def _put(
        self,
        name: str,
        body: bytes,
        media_type: str,
        expires: datetime | None,
        metadata: Mapping[str, str],
        generation: int | None,
    ) -> Info:
        put = partial(self._disk.put, name, body, media_type, expires, metadata, generation)
        try:
            made = put()
        except OSError as error:
            if error.errno not in FULL or not self._eviction.make_room(len(body)):
                raise
            made = put()
        if name.startswith(CACHE):
            self._eviction.count(len(body))
        return made

    def _tidied(self) -> None:
        sweep = Sweep(self._disk, self._closing)
        sweep.run()
        evicted = self._eviction.look()
        if sweep.removed or evicted:
            _log.info("the store was tidied", expired=sweep.removed, evicted=evicted)
        if sweep.failed is not None:
            raise sweep.failed

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
