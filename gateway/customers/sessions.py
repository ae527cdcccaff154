"""Sessions in a store, and how they change.

All that happens is a new session document under compare-and-set. A picture is stored under a name of its own before the
document names it, and deleted after the document has ceased to; its body is never changed, its lifetime only extended, before
the document says so. A shorter lifetime is that of a copy under another name. So whatever breaks in between leaves the
session as it was or as it was to be, with at most an object that nobody names, which expires by itself. Asked again, it
finishes: a picture that the session has already is not added twice, and its time begins anew.
"""

import asyncio
import hashlib
import secrets
from collections.abc import Callable, Container, Iterable, Sequence
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
from gateway.store.store import Changed, Object, Store

Clock = Callable[[], datetime]
_Given = tuple[Written, str, dict[str, str]]
"""A picture, its type and its note."""

PICTURES: Final = "sessions/pictures/"
INDEX: Final = "sessions/index/"
MOST_PICTURES: Final = 100
"""Of one session."""
_TRIES: Final = 20
_WEEK: Final = 7 * 86_400  # seconds: the longest that a store signs an address for
_JSON: Final = "application/json"
_log = structlog.get_logger(__name__)


class _Moved(Exception):
    """The session went to another tier, or lost a picture, while pictures were stored for it."""


class Unreadable(StoreUnavailable):
    """A session's document is not what was written: what it names is not nobody's."""


class Change(NamedTuple):
    """A session before and after: without pictures before where it is new, the same one where nothing had to be changed."""

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
        pictures: Sequence[_Given],
        *,
        tier: Tier = "temporary",
        metadata: dict[str, str] | None = None,
    ) -> tuple[Change, tuple[Picture, ...]]:
        """Adds pictures, each with its type and its note, to a session, which is made where there is none, in `tier`.

        Raises Conflict where the session changes all the time, TooManyImages, InvalidParameter for too much metadata,
        StoreUnavailable.
        """
        for _ in range(_TRIES):
            there = await self.find(owner, session_id)
            known = () if there is None else there.pictures
            kept = tier if there is None else there.tier
            stored = [await self._brought(_same(known, each), each, kept) for each in pictures]
            names = {each.name for each in known}
            adding = _adding(session_id, kept, stored, names, metadata or {}, self._clock)
            with suppress(_Moved):
                return await self._change(owner, session_id, adding), tuple(stored)
            await self._forget(each for each in stored if each.name not in names)  # their lifetime is not the session's
        raise _busy()

    async def get(self, owner: str, session_id: str) -> Session:
        """Raises NotFound, also where the session is somebody else's."""
        found = await self.find(owner, session_id)
        if found is None:
            raise _nothing()
        return found

    async def move(self, owner: str, session_id: str, tier: Tier, *, only_longer: bool = False) -> Change:
        """To another tier, or with `only_longer` to one whose lifetime is longer: the pictures' first, then the document.

        Raises NotFound, Conflict where the session changes all the time, StoreUnavailable.
        """
        for _ in range(_TRIES):
            session, generation = await self._read(owner, session_id)
            if session is None:
                raise _nothing()
            if session.tier == tier or (only_longer and LIFETIMES[session.tier] > LIFETIMES[tier]):
                return Change(session, session)
            moved = await self._moved(session, tier)
            with suppress(Changed):
                await self._write(owner, moved, generation)
                kept = {each.name for each in moved.pictures}
                await self._forget(each for each in session.pictures if each.name not in kept)
                return Change(session, moved)
            await self._forget_unnamed(owner, moved)
        raise _busy()

    async def url(self, picture: Picture) -> str:
        """An address of the picture, for a week or as long as it is kept."""
        left = int((picture.expires - self._clock()).total_seconds())
        return await self._store.download_url(picture.name, max(min(left, _WEEK), 1))

    async def _brought(self, same: Picture | None, given: _Given, tier: Tier) -> Picture:
        """The picture, stored; where it is the `same` as one before, that one, whose time begins anew."""
        expires = self._clock() + LIFETIMES[tier]
        if same is None:
            return await self._stored(_new_name(given[0].suffix), given, expires)
        if await self._store.extend(same.name, expires=expires) is None:  # the store has lost it
            return await self._stored(same.name, given, expires)
        return msgspec.structs.replace(same, expires=expires)

    async def _stored(self, name: str, given: _Given, expires: datetime) -> Picture:
        file, image_type, note = given
        info = await self._store.put(name, file.body, media_type=file.media_type, expires=expires)
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
        kept = await asyncio.gather(*(self._kept(each, expires) for each in session.pictures))
        there = tuple(each for each in kept if each is not None)
        if len(there) < len(session.pictures):
            _log.warning("pictures of a session are gone", missing=len(session.pictures) - len(there))
        return msgspec.structs.replace(session, tier=tier, changed=self._clock(), pictures=there)

    async def _kept(self, picture: Picture, expires: datetime) -> Picture | None:
        """The picture for another time: where that is longer itself, so that its addresses stay good, else a copy."""
        if expires >= picture.expires:
            name, info = picture.name, await self._store.extend(picture.name, expires=expires)
        else:
            name = _new_name(picture.name.rpartition(".")[2])
            info = await self._store.copy(picture.name, name, expires=expires)
        return None if info is None else msgspec.structs.replace(picture, name=name, expires=expires)

    async def _change(self, owner: str, session_id: str, change: Callable[[Session | None], Session]) -> Change:
        for _ in range(_TRIES):
            before, generation = await self._read(owner, session_id)
            after = change(before)
            with suppress(Changed):
                await self._write(owner, after, generation)
                return Change(before or msgspec.structs.replace(after, pictures=()), after)
        raise _busy()

    async def find(self, owner: str, session_id: str) -> Session | None:
        """As `get`, None where there is no such session."""
        return (await self._read(owner, session_id))[0]

    async def _read(self, owner: str, session_id: str) -> tuple[Session | None, int]:
        """The session, and the generation of its document: 0 where there is none."""
        found = await self._store.get(_document(owner, session_id))
        if found is None:
            return None, 0
        session = read(found)
        alive = tuple(each for each in session.pictures if each.expires > self._clock())
        return msgspec.structs.replace(session, pictures=alive), found.info.generation

    async def _write(self, owner: str, session: Session, generation: int) -> None:
        body = msgspec.json.encode(session)
        name = _document(owner, session.session_id)
        await self._store.put(name, body, media_type=_JSON, expires=session.expires(), generation=generation)

    async def _forget_unnamed(self, owner: str, moved: Session) -> None:
        """What a move has stored that lost. Whoever is told so may have won, the answer lost and the document changed since."""
        there = await self.find(owner, moved.session_id)
        named = set() if there is None else {each.name for each in there.pictures}
        await self._forget(each for each in moved.pictures if each.name not in named)

    async def _forget(self, pictures: Iterable[Picture]) -> None:
        """Deletes what no session names any more; what cannot be deleted now expires."""
        results = await asyncio.gather(*(self._store.delete(each.name) for each in pictures), return_exceptions=True)
        for failure in results:
            if isinstance(failure, BaseException) and not isinstance(failure, StoreUnavailable):
                raise failure


def read(found: Object) -> Session:
    """The session in a document. Raises Unreadable."""
    try:
        return msgspec.json.decode(found.body, type=Session)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _log.error("a session's document cannot be read", name=found.info.name, reason=str(error))
        raise Unreadable("The session cannot be read at the moment.") from error


def _adding(
    session_id: str,
    tier: Tier,
    pictures: Sequence[Picture],
    known: Container[str],
    metadata: dict[str, str],
    clock: Clock,
) -> Callable[[Session | None], Session]:
    """The change that adds `pictures`, stored for `tier`, to a session that is in it and still has those it was `known` to."""

    def changed(before: Session | None) -> Session:
        session = before or Session(session_id=session_id, tier=tier, changed=clock())
        there = {each.name: each for each in session.pictures}
        if session.tier != tier or any(each.name in known and each.name not in there for each in pictures):
            raise _Moved
        together = there | {each.name: each for each in pictures}
        if len(together) > MOST_PICTURES:
            raise TooManyImages(f"A session holds {MOST_PICTURES} pictures at most.", limit=MOST_PICTURES)
        said = metadata_together(session.metadata, metadata)
        return msgspec.structs.replace(session, changed=clock(), pictures=tuple(together.values()), metadata=said)

    return changed


def _document(owner: str, session_id: str) -> str:
    """Its name; one owner's do not meet another's."""
    return f"{INDEX}{hashlib.sha256(msgspec.json.encode([owner, session_id])).hexdigest()}"


def _new_name(suffix: str) -> str:
    """Which nobody can guess."""
    return f"{PICTURES}{secrets.token_hex(16)}.{suffix}"


def _same(known: Iterable[Picture], given: _Given) -> Picture | None:
    """The picture that the session has already, where it is sent again."""
    file, image_type, note = given
    digest = hashlib.sha256(file.body).hexdigest()
    same = (each for each in known if (each.digest, each.image_type, each.note) == (digest, image_type, note))
    return next(same, None)


def _nothing() -> NotFound:
    return NotFound("There is no such session.")


def _busy() -> Conflict:
    return Conflict("The session was changed by others all the time; try again.")
