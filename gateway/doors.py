"""Who may come in: the keys of a file that is watched, what is remembered of signatures, when each key was used."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from gateway.auth import Guard
from gateway.background import in_background
from gateway.keys.file import WatchedRing
from gateway.keys.used import LastUsed
from gateway.settings import Settings

if TYPE_CHECKING:
    from gateway.signing.shared_nonces import SharedNonces


class Doors:
    """The guard and what it needs, by the settings. Raises KeysError."""

    def __init__(self, settings: Settings) -> None:
        self._ring = None if settings.keys is None else WatchedRing(settings.keys)
        self._used = None if settings.keys is None else LastUsed(settings.keys)
        ring = self._ring
        self.guard = Guard(
            None if ring is None else lambda: ring.ring,
            _nonces(settings),
            anonymous=settings.anonymous,
            used=_unnoted if self._used is None else self._used.note,
        )

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """Follows the file while the context lasts."""
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.guard.close)
            for watched in (self._ring, self._used):
                if watched is not None:
                    await stack.enter_async_context(in_background(watched.watch))
            yield


def _nonces(settings: Settings) -> "SharedNonces | None":
    if not settings.redis:
        return None
    from gateway.signing.shared_nonces import SharedNonces  # a tenth of a second for those who need it

    return SharedNonces(settings.redis)


def _unnoted(key_id: str) -> None:
    """There are no keys."""
