"""What no session names any more, found by looking at all of them: an operator's work."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.customers.sessions import INDEX, PICTURES, Unreadable, read
from gateway.store.store import Changed, Info, Store

_YOUNG: Final = timedelta(hours=1)
"""A picture that is stored before its session names it is not left behind yet."""
_PAGE: Final = 1000


@dataclass(frozen=True)
class Found:
    """Sessions, their pictures and bytes; and how many pictures, of how many bytes, were left behind.

    `unreadable` sessions are damaged: as long as there are some, nobody knows what they name, and nothing is deleted.
    """

    sessions: int
    unreadable: int
    pictures: int
    bytes: int
    orphans: int
    orphan_bytes: int


async def cleaned(store: Store, *, dry_run: bool, now: datetime | None = None) -> Found:
    """Deletes pictures that were left behind; with `dry_run` only counts them. Raises StoreUnavailable."""
    begun = now or datetime.now(UTC)
    named: set[str] = set()
    sessions = unreadable = 0
    async for info in _all(store, INDEX):
        names = await _named(store, info.name)
        sessions, unreadable = sessions + 1, unreadable + (names is None)
        named |= names or set()
    pictures = orphans = size = orphan_bytes = 0
    async for info in _all(store, PICTURES):
        if info.name in named or info.created > begun - _YOUNG:
            pictures, size = pictures + 1, size + info.size
            continue
        orphans, orphan_bytes = orphans + 1, orphan_bytes + info.size
        if not dry_run and not unreadable:
            with suppress(Changed):  # it has expired, or another was faster
                await store.delete(info.name, generation=info.generation)
    return Found(sessions, unreadable, pictures, size, orphans, orphan_bytes)


async def _named(store: Store, document: str) -> set[str] | None:
    """The pictures that a session names; None where that cannot be read."""
    found = await store.get(document)
    if found is None:
        return None if await store.head(document) is not None else set()  # listed and gone, or damaged
    try:
        return {each.name for each in read(found).pictures}
    except Unreadable:
        return None


async def _all(store: Store, prefix: str) -> AsyncIterator[Info]:
    after = ""
    while page := await store.list(prefix, after=after, limit=_PAGE):
        for info in page:
            yield info
        after = page[-1].name
