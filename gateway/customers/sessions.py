"""Sessions in a store, and how they change.

All that happens is a new session document under compare-and-set, and objects are never changed: a picture is stored under a
name of its own before the document names it, and deleted after the document has ceased to. So whatever breaks in between
leaves the session as it was or as it was to be, with at most an object that nobody names, which expires by itself. Asked
again, it finishes: a picture that the session has already is not added twice.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple

import msgspec
import structlog

from gateway.customers.anew import Written
from gateway.customers.metadata import together as metadata_together
from gateway.customers.session import Picture, Session
from gateway.customers.tiers import LIFETIMES, Tier
from gateway.errors import Conflict, NotFound, StoreUnavailable, TooManyImages
from gateway.store.store import Changed, Store

Clock = Callable[[], datetime]

PICTURES: Final = "sessions/pictures/"
INDEX: Final = "sessions/index/"
MOST_PICTURES: Final = 100
"""Of one session."""
_TRIES: Final = 20
_WEEK: Final = 7 * 86_400  # seconds: the longest that a store signs an address for
_JSON: Final = "application/json"
_log = structlog.get_logger(__name__)


class _Moved(Exception):
    """The session went to another tier while its pictures were stored."""


class Move(NamedTuple):
    """A session before and after; the same one where it was in the tier already."""

    before: Session
    after: Session


class Sessions:
    """Of all owners; an owner is a key's id, "" where no keys are configured, and sees no other's."""

    def __init__(self, store: Store, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._clock = clock

    async def add(
        self,
        owner: str,
        session_id: str,
        pictures: Sequence[tuple[Written, str, dict[str, str]]],
        *,
        tier: Tier | None = None,
        metadata: dict[str, str] | None = None,
    ) -> tuple[Session, tuple[Picture, ...]]:
        """Adds pictures, each with its type and its note, to a session, which is made where there is none.

        `tier` is that of a new session, `temporary` by default. Raises Conflict where the session has another one, or changes
        all the time; TooManyImages, InvalidParameter for too much metadata, StoreUnavailable.
        """
        for _ in range(_TRIES):
            there = await self.find(owner, session_id)
            known = () if there is None else there.pictures
            kept = there.tier if there is not None else tier or "temporary"
            if tier not in (None, kept):
                raise Conflict(f"The session is in tier {kept}; move-tier changes that.")
            stored = [_same(known, each) or await self._stored(each, kept) for each in pictures]
            with suppress(_Moved):
                session = await self._change(
                    owner, session_id, _adding(session_id, kept, stored, metadata or {}, self._clock)
                )
                return session, tuple(stored)
            await self._forget(each for each in stored if each not in known)  # for a lifetime that is not the session's
        raise _busy()

    async def get(self, owner: str, session_id: str) -> Session:
        """Raises NotFound, also where the session is somebody else's."""
        found = await self.find(owner, session_id)
        if found is None:
            raise _nothing()
        return found

    async def move(self, owner: str, session_id: str, tier: Tier) -> Move:
        """To another tier: the pictures under new names with a new lifetime first, then the document, then the old ones go.

        Raises NotFound, Conflict where the session changes all the time, StoreUnavailable.
        """
        for _ in range(_TRIES):
            session, generation = await self._read(owner, session_id)
            if session is None:
                raise _nothing()
            if session.tier == tier:
                return Move(session, session)
            moved = await self._moved(session, tier)
            with suppress(Changed):
                await self._write(owner, moved, generation)
                await self._forget(session.pictures)
                return Move(session, moved)
            await self._forget_unnamed(owner, moved)
        raise _busy()

    async def url(self, picture: Picture) -> str:
        """An address of the picture, for a week or as long as it is kept."""
        left = int((picture.expires - self._clock()).total_seconds())
        return await self._store.download_url(picture.name, max(min(left, _WEEK), 1))

    async def _stored(self, given: tuple[Written, str, dict[str, str]], tier: Tier) -> Picture:
        file, image_type, note = given
        name, expires = _new_name(file.suffix), self._clock() + LIFETIMES[tier]
        info = await self._store.put(name, file.body, media_type=file.media_type, expires=expires, generation=0)
        return Picture(
            name=name,
            filename=f"{image_type}.{file.suffix}",
            image_type=image_type,
            media_type=file.media_type,
            size=info.size,
            digest=info.digest,
            created=self._clock(),
            expires=expires,
            note=note,
        )

    async def _moved(self, session: Session, tier: Tier) -> Session:
        expires = self._clock() + LIFETIMES[tier]
        copied = await asyncio.gather(*(self._copied(each, expires) for each in session.pictures))
        there = tuple(each for each in copied if each is not None)
        if len(there) < len(session.pictures):
            _log.warning("pictures of a session are gone", missing=len(session.pictures) - len(there))
        return msgspec.structs.replace(session, tier=tier, changed=self._clock(), pictures=there)

    async def _copied(self, picture: Picture, expires: datetime) -> Picture | None:
        name = _new_name(picture.name.rpartition(".")[2])
        info = await self._store.copy(picture.name, name, expires=expires)
        return None if info is None else msgspec.structs.replace(picture, name=name, expires=expires)

    async def _change(self, owner: str, session_id: str, change: Callable[[Session | None], Session]) -> Session:
        for _ in range(_TRIES):
            before, generation = await self._read(owner, session_id)
            after = change(before)
            with suppress(Changed):
                await self._write(owner, after, generation)
                return after
        raise _busy()

    async def find(self, owner: str, session_id: str) -> Session | None:
        """As `get`, None where there is no such session."""
        return (await self._read(owner, session_id))[0]

    async def _read(self, owner: str, session_id: str) -> tuple[Session | None, int]:
        """The session, and the generation of its document: 0 where there is none."""
        found = await self._store.get(_document(owner, session_id))
        if found is None:
            return None, 0
        session = msgspec.json.decode(found.body, type=Session)
        alive = tuple(each for each in session.pictures if each.expires > self._clock())
        return msgspec.structs.replace(session, pictures=alive), found.info.generation

    async def _write(self, owner: str, session: Session, generation: int) -> None:
        body = msgspec.json.encode(session)
        name = _document(owner, session.session_id)
        await self._store.put(name, body, media_type=_JSON, expires=session.expires(), generation=generation)

    async def _forget_unnamed(self, owner: str, moved: Session) -> None:
        """The copies of a move that lost. Whoever is told so may have won, the answer lost and the document changed since."""
        there = await self.find(owner, moved.session_id)
        named = set() if there is None else {each.name for each in there.pictures}
        await self._forget(each for each in moved.pictures if each.name not in named)

    async def _forget(self, pictures: Iterable[Picture]) -> None:
        """Deletes what no session names any more; what cannot be deleted now expires."""
        results = await asyncio.gather(*(self._store.delete(each.name) for each in pictures), return_exceptions=True)
        for failure in results:
            if isinstance(failure, BaseException) and not isinstance(failure, StoreUnavailable):
                raise failure


def _adding(
    session_id: str, tier: Tier, pictures: Sequence[Picture], metadata: dict[str, str], clock: Clock
) -> Callable[[Session | None], Session]:
    """The change that adds `pictures`, which are stored for `tier`, to a session that is in it."""

    def changed(before: Session | None) -> Session:
        session = before or Session(session_id=session_id, tier=tier, changed=clock())
        if session.tier != tier:
            raise _Moved
        together = tuple(dict.fromkeys((*session.pictures, *pictures)))
        if len(together) > MOST_PICTURES:
            raise TooManyImages(f"A session holds {MOST_PICTURES} pictures at most.", limit=MOST_PICTURES)
        said = metadata_together(session.metadata, metadata)
        return msgspec.structs.replace(session, changed=clock(), pictures=together, metadata=said)

    return changed


def _document(owner: str, session_id: str) -> str:
    """Its name; one owner's do not meet another's."""
    return f"{INDEX}{hashlib.sha256(msgspec.json.encode([owner, session_id])).hexdigest()}"


def _new_name(suffix: str) -> str:
    """Which nobody can guess."""
    return f"{PICTURES}{secrets.token_hex(16)}.{suffix}"


def _same(known: Iterable[Picture], given: tuple[Written, str, dict[str, str]]) -> Picture | None:
    """The picture that the session has already, where it is sent again."""
    file, image_type, note = given
    digest = hashlib.sha256(file.body).hexdigest()
    same = (each for each in known if (each.digest, each.image_type, each.note) == (digest, image_type, note))
    return next(same, None)


def _nothing() -> NotFound:
    return NotFound("There is no such session.")


def _busy() -> Conflict:
    return Conflict("The session was changed by others all the time; try again.")
