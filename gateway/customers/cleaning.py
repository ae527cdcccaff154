"""What no session names any more, found by looking at all of them: an operator's work."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec

from gateway.customers.session import Session
from gateway.customers.sessions import INDEX, PICTURES
from gateway.store.store import Changed, Info, Store

_YOUNG: Final = timedelta(hours=1)
"""A picture that is stored before its session names it is not left behind yet."""
_PAGE: Final = 1000


@dataclass(frozen=True)
class Found:
    """Sessions, their pictures and bytes; and how many pictures, of how many bytes, were left behind."""

    sessions: int
    pictures: int
    bytes: int
    orphans: int
    orphan_bytes: int


async def cleaned(store: Store, *, dry_run: bool, now: datetime | None = None) -> Found:
    """Deletes pictures that were left behind; with `dry_run` only counts them. Raises StoreUnavailable."""
    begun = now or datetime.now(UTC)
    named: set[str] = set()
    sessions = 0
    async for info in _all(store, INDEX):
        found = await store.get(info.name)
        if found is not None:
            sessions += 1
            named |= {each.name for each in msgspec.json.decode(found.body, type=Session).pictures}
    pictures = orphans = size = orphan_bytes = 0
    async for info in _all(store, PICTURES):
        if info.name in named or info.created > begun - _YOUNG:
            pictures, size = pictures + 1, size + info.size
            continue
        orphans, orphan_bytes = orphans + 1, orphan_bytes + info.size
        if not dry_run:
            with suppress(Changed):  # it has expired, or another was faster
                await store.delete(info.name, generation=info.generation)
    return Found(sessions, pictures, size, orphans, orphan_bytes)


async def _all(store: Store, prefix: str) -> AsyncIterator[Info]:
    after = ""
    while page := await store.list(prefix, after=after, limit=_PAGE):
        for info in page:
            yield info
        after = page[-1].name
