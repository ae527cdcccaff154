"""A store in memory, for tests of what stands above stores; tests/store holds real ones to the Protocol."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from gateway.errors import StoreUnavailable
from gateway.store.store import Changed, Info, Object, TooLarge


class MemoryStore:
    """`away` makes everything fail; `asked` lists what was asked for."""

    def __init__(self) -> None:
        self.objects: dict[str, Object] = {}
        self.away = False
        self.asked: list[tuple[str, str]] = []
        self.now = datetime.now(UTC)
        self._generation = 0

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
        self._ask("put", name)
        there = self._there(name)
        if generation is not None and generation != (there.info.generation if there else 0):
            raise Changed
        self._generation += 1
        digest = hashlib.sha256(body).hexdigest()
        info = Info(name, len(body), media_type, digest, self._generation, self.now, expires, metadata or {})
        self.objects[name] = Object(info, body)
        return info

    async def get(self, name: str) -> Object | None:
        self._ask("get", name)
        return self._there(name)

    async def head(self, name: str) -> Info | None:
        found = await self.get(name)
        return None if found is None else found.info

    async def delete(self, name: str, *, generation: int | None = None) -> bool:
        self._ask("delete", name)
        there = self._there(name)
        if generation is not None and (there is None or there.info.generation != generation):
            raise Changed
        self.objects.pop(name, None)
        return there is not None

    async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
        self._ask("list", prefix)
        names = sorted(name for name in self.objects if name.startswith(prefix) and name > after and self._there(name))
        return tuple(self.objects[name].info for name in names[:limit])

    async def copy(self, name: str, target: str, *, expires: datetime | None = None) -> Info | None:
        found = await self.get(name)
        if found is None:
            return None
        info = found.info
        return await self.put(target, found.body, media_type=info.media_type, expires=expires, metadata=info.metadata)

    async def extend(self, name: str, *, expires: datetime) -> Info | None:
        self._ask("extend", name)
        found = self._there(name)
        if found is not None and found.info.expires is not None and found.info.expires < expires:
            found = self.objects[name] = Object(replace(found.info, expires=expires), found.body)
        return None if found is None else found.info

    async def received(self, name: str, *, most: int) -> Object | None:
        found = await self.get(name)
        if found is not None and found.info.size > most:
            raise TooLarge(found.info.size)
        return found

    async def download_url(self, name: str, seconds: int) -> str:
        return f"/files/{name}"

    async def upload_url(self, name: str, media_type: str, size: int, seconds: int) -> str:
        return f"/files/{name}"

    def _ask(self, method: str, name: str) -> None:
        self.asked.append((method, name))
        if self.away:
            raise StoreUnavailable("The store is away.")

    def _there(self, name: str) -> Object | None:
        found = self.objects.get(name)
        return found if found is not None and found.info.alive(self.now) else None
