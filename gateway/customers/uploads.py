"""Pictures that a client puts into the store itself: past the limits of whoever stands before the service.

What arrives at an address is looked at and then kept under another name, so whatever is put there later changes nothing.
"""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.customers.anew import Written
from gateway.errors import BodyTooLarge, InvalidParameter, NotFound
from gateway.pictures.decoding.formats import sniff
from gateway.store.store import Info, Object, Store, TooLarge

UPLOADS: Final = "uploads/"
SECONDS: Final = 3600
"""For which an address to put a picture is good, and for which it waits to be confirmed."""
KEPT: Final = timedelta(days=7)


@dataclass(frozen=True)
class Offer:
    """Where to PUT a picture, and the id by which it is confirmed and used; where its `shown` copy will be."""

    upload_id: str
    name: str
    url: str
    shown: str


class Uploads:
    """Of all owners; an owner is a key's id, and an upload is found with it alone. A picture has `most` bytes at most."""

    def __init__(self, store: Store, most: int, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._most = most
        self._clock = clock

    async def offered(self, owner: str, media_type: str, size: int) -> Offer:
        """A new address for a picture of that type and size. Raises BodyTooLarge and StoreUnavailable."""
        if size > self._most:
            raise self._too_large(size)
        upload_id = secrets.token_hex(16)
        name = _name(owner, upload_id)
        url = await self._store.upload_url(name, media_type, size, SECONDS)
        return Offer(upload_id, name, url, _shown(name))

    async def arrived(self, owner: str, upload_id: str, digest: str | None) -> Object:
        """The picture that was put there, or that was kept already. What is refused stays, and another may be put there.

        Raises NotFound, BodyTooLarge, UnsupportedImage, InvalidParameter for another `digest`, and StoreUnavailable.
        """
        name = _name(owner, upload_id)
        found = await self._store.get(_kept(name)) or await self._received(name)
        sniff(found.body)
        if digest is not None and digest.lower() != found.info.digest:
            raise InvalidParameter("sha256 is not that of what was uploaded: it came damaged; upload it again.")
        return found

    async def keep(self, owner: str, upload_id: str, found: Object, copy: Written) -> tuple[Info, str]:
        """Keeps what has arrived, and a `copy` that may be shown, whose name is told, too. Raises StoreUnavailable."""
        name, expires = _name(owner, upload_id), self._clock() + KEPT
        await self._store.put(_shown(name), copy.body, media_type=copy.media_type, expires=expires)
        media_type = sniff(found.body).media_type
        info = await self._store.put(_kept(name), found.body, media_type=media_type, expires=expires)
        await self._store.delete(name)
        return info, _shown(name)

    async def picture(self, owner: str, upload_id: str) -> Object:
        """A picture that was confirmed. Raises NotFound and StoreUnavailable."""
        found = await self._store.get(_kept(_name(owner, upload_id)))
        if found is None:
            raise NotFound("There is no such upload; it may not have been confirmed, or its time is over.")
        return found

    async def _received(self, name: str) -> Object:
        try:
            found = await self._store.received(name, most=self._most)
        except TooLarge as error:
            raise self._too_large(error.size) from error
        if found is None or found.info.created <= self._clock() - timedelta(seconds=SECONDS):
            raise NotFound("There is no such upload; it may not have arrived, or its time is over.")
        return found

    def _too_large(self, size: int) -> BodyTooLarge:
        return BodyTooLarge(f"The picture has {size} bytes; {self._most} are allowed.", limit=self._most, actual=size)


def _shown(name: str) -> str:
    """The copy that is shown: the picture as it came may say where it was taken."""
    return f"{name}-shown"


def _kept(name: str) -> str:
    return f"{name}-kept"


def _name(owner: str, upload_id: str) -> str:
    return f"{UPLOADS}{hashlib.sha256(owner.encode()).hexdigest()[:16]}/{upload_id}"
