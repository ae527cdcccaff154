"""A store whose every operation is counted and timed."""

import time
from asyncio import CancelledError
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Final, Literal, TypeVar

from gateway.store.store import Changed, Info, Object, Store, TooLarge

T = TypeVar("T")

Result = Literal["ok", "absent", "changed", "refused", "abandoned", "failed"]
Observe = Callable[[str, Result, float], None]
"""Told of an operation, its result and its seconds."""
_NO_FAILURES: Final = {Changed: "changed", TooLarge: "refused", CancelledError: "abandoned"}
"""What the caller did, or somebody else: of these nobody is woken."""


class MeasuredStore:
    """`store`, as it is otherwise."""

    def __init__(self, store: Store, observe: Observe) -> None:
        self._store = store
        self._observe = observe

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
        return await self._measured(
            "put",
            self._store.put(
                name, body, media_type=media_type, expires=expires, metadata=metadata, generation=generation
            ),
        )

    async def get(self, name: str) -> Object | None:
        return await self._measured("get", self._store.get(name))

    async def head(self, name: str) -> Info | None:
        return await self._measured("head", self._store.head(name))

    async def delete(self, name: str, *, generation: int | None = None) -> bool:
        return await self._measured("delete", self._store.delete(name, generation=generation))

    async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
        return await self._measured("list", self._store.list(prefix, after=after, limit=limit))

    async def copy(self, name: str, target: str, *, expires: datetime | None = None) -> Info | None:
        return await self._measured("copy", self._store.copy(name, target, expires=expires))

    async def extend(self, name: str, *, expires: datetime) -> Info | None:
        return await self._measured("extend", self._store.extend(name, expires=expires))

    async def received(self, name: str, *, most: int) -> Object | None:
        return await self._measured("received", self._store.received(name, most=most))

    async def download_url(self, name: str, seconds: int) -> str:
        return await self._store.download_url(name, seconds)

    async def upload_url(self, name: str, media_type: str, size: int, seconds: int) -> str:
        return await self._store.upload_url(name, media_type, size, seconds)

    async def _measured(self, operation: str, asked: Awaitable[T]) -> T:
        begin, result = time.perf_counter(), "failed"
        try:
            found = await asked
            result = "absent" if found in (None, False) else "ok"
        except (Changed, TooLarge, CancelledError) as exc:
            result = _NO_FAILURES[type(exc)]
            raise
        finally:
            self._observe(operation, result, time.perf_counter() - begin)  # type: ignore[arg-type]
        return found
