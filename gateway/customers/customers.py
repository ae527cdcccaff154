"""The use cases: pictures taken in, shown, moved, counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from gateway.customers.anew import Written, written
from gateway.customers.session import Picture, Session
from gateway.customers.sessions import Sessions
from gateway.customers.tally import Count, Tally
from gateway.customers.tiers import Tier
from gateway.customers.uploads import Uploads
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
        """Writes the pictures anew and adds them to the session. Raises what `written` and Sessions.add raise."""
        anew = [(await self._written(each.data), each.image_type, each.note) for each in brought]
        before = await self.sessions.find(owner, session_id)
        session, pictures = await self.sessions.add(owner, session_id, anew, tier=tier, metadata=metadata)
        new = [each for each in pictures if before is None or each not in before.pictures]
        await self.tally.add(session.tier, Count(len(new), sum(each.size for each in new)))
        _log.info("pictures stored", tier=session.tier, pictures=len(new), bytes=sum(each.size for each in new))
        return session, pictures

    async def move(self, owner: str, session_id: str, tier: Tier) -> Session:
        """Moves the session to `tier`. Raises what Sessions.move raises."""
        before = await self.sessions.get(owner, session_id)
        session = await self.sessions.move(owner, session_id, tier)
        if before.tier != session.tier:
            count = Count(len(session.pictures), sum(each.size for each in session.pictures))
            await self.tally.add(before.tier, Count(-count.pictures, -count.bytes))
            await self.tally.add(session.tier, count)
            _log.info("session moved", tier=session.tier, pictures=count.pictures, bytes=count.bytes)
        return session

    async def confirm(self, owner: str, upload_id: str, digest: str | None) -> tuple[Info, str]:
        """What arrived, and the name of a copy that may be shown. Raises what Uploads.confirmed and `written` raise."""
        found = await self.uploads.confirmed(owner, upload_id, digest)
        name = await self.uploads.show(found, await self._written(found.body))
        _log.info("upload confirmed", bytes=found.info.size)
        return found.info, name

    async def _written(self, data: bytes) -> Written:
        with self._workers.place():
            header = await self._workers.run(read_header, data, self._max_pixels)
            async with self._workers.permit(1 + header.width * header.height // _PIXELS_A_PERMIT):
                return await self._workers.run(written, data, self._max_pixels)
