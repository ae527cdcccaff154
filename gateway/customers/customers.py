"""The use cases: pictures taken in, shown, moved, counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from gateway.customers.anew import Written, written
from gateway.customers.session import Picture, Session
from gateway.customers.sessions import Change, Sessions
from gateway.customers.tally import Tally, differences
from gateway.customers.tiers import LIFETIMES, Tier
from gateway.customers.uploads import Uploads
from gateway.held import Hold
from gateway.pictures.decoding.header import read_header
from gateway.store.store import Info, Store
from gateway.workers import Workers

_PIXELS_A_PERMIT = 4_000_000
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Brought:
    """A picture as it came: its bytes, what it is to the shop, and what was said of it."""

    data: bytes
    image_type: str
    note: dict[str, str]


class Customers:
    """Over one store, on `workers`' threads."""

    def __init__(self, store: Store, workers: Workers, *, max_pixels: int, most_bytes: int) -> None:
        self.store = store
        self.sessions = Sessions(store)
        self.uploads = Uploads(store, most_bytes)
        self.tally = Tally(store)
        self._workers = workers
        self._max_pixels = max_pixels

    async def bring(
        self,
        owner: str,
        session_id: str,
        brought: Sequence[Brought],
        *,
        tier: Tier | None = None,
        metadata: dict[str, str] | None = None,
    ) -> tuple[Session, tuple[Picture, ...]]:
        """Writes the pictures anew and adds them to the session. Raises what `written` and Sessions.add raise.

        A new session is in `tier`; one that is in a tier for a shorter time is moved, one for a longer time stays.
        """
        anew = [(await self._written(each.data), each.image_type, each.note) for each in brought]
        change, pictures = await self.sessions.add(owner, session_id, anew, tier=tier or "temporary", metadata=metadata)
        await self._count(change)
        size = sum(each.size for each in pictures)
        _log.info("pictures stored", tier=change.after.tier, pictures=len(pictures), bytes=size)
        if tier is None or LIFETIMES[tier] <= LIFETIMES[change.after.tier]:
            return change.after, pictures
        return await self.move(owner, session_id, tier, only_longer=True), pictures

    async def move(self, owner: str, session_id: str, tier: Tier, *, only_longer: bool = False) -> Session:
        """Moves the session to `tier`. Raises what Sessions.move raises."""
        change = await self.sessions.move(owner, session_id, tier, only_longer=only_longer)
        session = change.after
        if session is not change.before:
            await self._count(change)
            size = sum(each.size for each in session.pictures)
            _log.info("session moved", tier=session.tier, pictures=len(session.pictures), bytes=size)
        return session

    async def confirm(self, owner: str, upload_id: str, digest: str | None, hold: Hold) -> tuple[Info, str]:
        """What arrived, and the name of a copy that may be shown. Raises what Uploads.arrived, `hold` and `written` raise."""
        found = await self.uploads.arrived(owner, upload_id, digest)
        hold(len(found.body))
        kept, name = await self.uploads.keep(owner, upload_id, found, await self._written(found.body))
        _log.info("upload confirmed", bytes=kept.size, media_type=kept.media_type)
        return kept, name

    async def _count(self, change: Change) -> None:
        for (tier, day), count in differences(change).items():
            await self.tally.add(tier, day, count)

    async def _written(self, data: bytes) -> Written:
        with self._workers.place():
            header = await self._workers.run(read_header, data, self._max_pixels)
            async with self._workers.permit(1 + header.width * header.height // _PIXELS_A_PERMIT):
                return await self._workers.run(written, data, self._max_pixels)
