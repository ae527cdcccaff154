"""Pictures that a client puts into the store itself: past the limits of whoever stands before the service."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.customers.anew import Written
from gateway.errors import BodyTooLarge, InvalidParameter, NotFound, UnsupportedImage
from gateway.pictures.decoding.formats import is_picture
from gateway.store.store import Object, Store

UPLOADS: Final = "uploads/"
SECONDS: Final = 3600
"""For which an address to put a picture is good."""
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
            raise BodyTooLarge(
                f"The picture has {size} bytes; {self._most} are allowed.", limit=self._most, actual=size
            )
        upload_id = secrets.token_hex(16)
        name = _name(owner, upload_id)
        url = await self._store.upload_url(name, media_type, size, SECONDS)
        return Offer(upload_id, name, url, shown(name))

    async def confirmed(self, owner: str, upload_id: str, digest: str | None) -> Object:
        """The picture, which is kept from now on; what is none, or not the one of that `digest`, is deleted,
        unless it has been confirmed before.

        Raises NotFound, BodyTooLarge, UnsupportedImage, InvalidParameter and StoreUnavailable.
        """
        name = _name(owner, upload_id)
        if await self._store.adopt(name, expires=self._clock() + KEPT) is None:
            raise _nothing()
        found = await self.picture(owner, upload_id)
        try:
            self._judge(found, digest)
        except (BodyTooLarge, UnsupportedImage, InvalidParameter):
            if await self._store.head(shown(name)) is None:  # what has been confirmed stays
                await self._store.delete(name)
            raise
        return found

    async def show(self, found: Object, copy: Written) -> str:
        """Stores what may be shown of a picture, and says under which name. Raises StoreUnavailable."""
        name, expires = shown(found.info.name), self._clock() + KEPT
        await self._store.put(name, copy.body, media_type=copy.media_type, expires=expires)
        return name

    async def picture(self, owner: str, upload_id: str) -> Object:
        """A picture that was confirmed. Raises NotFound and StoreUnavailable."""
        found = await self._store.get(_name(owner, upload_id))
        if found is None:
            raise _nothing()
        return found

    def _judge(self, found: Object, digest: str | None) -> None:
        if found.info.size > self._most:
            raise BodyTooLarge(
                f"The picture has {found.info.size} bytes; {self._most} are allowed.",
                limit=self._most,
                actual=found.info.size,
            )
        if not is_picture(found.body):
            raise UnsupportedImage("What was uploaded is not a picture that is read here.")
        if digest is not None and digest.lower() != found.info.digest:
            raise InvalidParameter("sha256 is not that of what was uploaded: it came damaged; upload it again.")


def shown(name: str) -> str:
    """The name of the copy that is shown: the picture as it came may say where it was taken."""
    return f"{name}-shown"


def _name(owner: str, upload_id: str) -> str:
    return f"{UPLOADS}{hashlib.sha256(owner.encode()).hexdigest()[:16]}/{upload_id}"


def _nothing() -> NotFound:
    return NotFound("There is no such upload; it may not have arrived, or its time is over.")
