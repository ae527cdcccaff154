"""Finished files at addresses of their own, for whoever has the address."""

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.cache.recent import Recent
from gateway.finish import File
from gateway.store.names import SHARED
from gateway.store.store import Object, Store

MEMORY_BYTES: Final = 64_000_000
_STEP: Final = 3600
"""Seconds: addresses made within the same hour are the same, so that browsers and CDNs know the file by them."""
_SUFFIXES: Final = {
    "image/png": "png",
    "image/webp": "webp",
    "image/jpeg": "jpg",
    "image/avif": "avif",
    "application/zip": "zip",
}


class Published:
    """Named by their content, so the same file is stored once and never changes; there for `seconds` and up to an hour more.

    `memory` bytes of what was read last are at hand.
    """

    def __init__(
        self, store: Store, seconds: int, *, memory: int = MEMORY_BYTES, clock: Callable[[], float] = time.time
    ) -> None:
        self._store = store
        self._seconds = seconds
        self._clock = clock
        self._recent: Recent[Object] = Recent(memory)

    async def read(self, name: str) -> Object | None:
        """The object of that name, of those that are published or of any other; None where there is none."""
        if not name.startswith(SHARED):  # what may change or be deleted is asked for each time
            return await self._store.get(name)
        if (known := self._recent.get(name, datetime.fromtimestamp(self._clock(), UTC))) is not None:
            return known
        found = await self._store.get(name)
        if found is not None and found.info.expires is not None:
            self._recent.put(name, found, len(found.body), found.info.expires)
        return found

    async def url(self, file: File, media_type: str) -> str:
        """The address of `file`, which is stored before it is given. Raises StoreUnavailable."""
        ends = math.ceil((self._clock() + self._seconds) / _STEP) * _STEP
        name = f"{SHARED}{file.digest}.{_SUFFIXES[media_type]}"
        there = await self._store.head(name)
        if there is None or there.expires is None or there.expires.timestamp() < ends:
            await self._put(name, file, media_type, datetime.fromtimestamp(ends, UTC) + timedelta(seconds=_STEP))
        return await self._store.download_url(name, ends - int(self._clock()))

    async def _put(self, name: str, file: File, media_type: str, expires: datetime) -> None:
        await self._store.put(name, file.body, media_type=media_type, expires=expires)
