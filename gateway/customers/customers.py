"""The use cases: pictures taken in, shown, moved, counted."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import structlog

from gateway.customers.anew import Written, written
from gateway.customers.session import Picture, Session
from gateway.customers.sessions import Sessions
from gateway.customers.tally import Tally, by_day
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
        await self._count(msgspec.structs.replace(session, pictures=tuple(new)))
        _log.info("pictures stored", tier=session.tier, pictures=len(new), bytes=sum(each.size for each in new))
        return session, pictures

    async def move(self, owner: str, session_id: str, tier: Tier) -> Session:
        """Moves the session to `tier`. Raises what Sessions.move raises."""
        before, session = await self.sessions.move(owner, session_id, tier)
        if session is not before:
            for day, count in by_day(before).items():
                await self.tally.add(before.tier, day, -count)
            await self._count(session)
            size = sum(each.size for each in session.pictures)
            _log.info("session moved", tier=session.tier, pictures=len(session.pictures), bytes=size)
        return session

    async def confirm(self, owner: str, upload_id: str, digest: str | None) -> tuple[Info, str]:
        """What arrived, and the name of a copy that may be shown. Raises what Uploads.confirmed and `written` raise."""
        found = await self.uploads.confirmed(owner, upload_id, digest)
        name = await self.uploads.show(found, await self._written(found.body))
        _log.info("upload confirmed", bytes=found.info.size)
        return found.info, name

    async def _count(self, came: Session) -> None:
        for day, count in by_day(came).items():
            await self.tally.add(came.tier, day, count)

    async def _written(self, data: bytes) -> Written:
        with self._workers.place():
            header = await self._workers.run(read_header, data, self._max_pixels)
            async with self._workers.permit(1 + header.width * header.height // _PIXELS_A_PERMIT):
                return await self._workers.run(written, data, self._max_pixels)
