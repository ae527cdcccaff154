"""The pictures on which the versions disagreed most, of all instances, in the store for a week."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
import structlog

from gateway.errors import StoreUnavailable
from gateway.rollout.exhibit import Exhibit
from gateway.store.store import Object, Store

MOST: Final = 12
"""Kept by each instance, and shown of all."""
_KEPT: Final = timedelta(days=7)
_log = structlog.get_logger(__name__)


class Gallery:
    """Of one model. What one instance keeps is bounded: a worse picture takes the place of the least bad one.

    A picture that comes again has one place, and one in what is shown of all instances.
    """

    def __init__(self, store: Store, model: str, instance: str) -> None:
        self._store = store
        self._folder = f"rollout/{model}/exhibits/"
        self._instance = instance
        self.begin(None)

    def begin(self, begun: datetime | None) -> None:
        """Of another rollout."""
        self._begun = begun
        self._kept: list[tuple[float, int]] = []  # IoU, and the picture's hash

    def wants(self, iou: float, picture: int) -> bool:
        """Whether a picture, named by a hash of its pixels, is among the worst, and not there already as bad."""
        return iou < 1 and self._place(iou, picture) is not None

    def _place(self, iou: float, picture: int) -> int | None:
        pictures = [kept for _, kept in self._kept]
        if picture in pictures:
            place = pictures.index(picture)
        elif len(self._kept) < MOST:
            return len(self._kept)
        else:
            place = self._kept.index(max(self._kept))
        return place if iou < self._kept[place][0] else None

    async def keep(self, exhibit: Exhibit, picture: int) -> None:
        """Stores it. Where the store is away it is not kept."""
        place = self._place(exhibit.iou, picture)
        if self._begun is None or place is None:
            return
        kept = self._kept  # another rollout may begin meanwhile
        name = f"{self._of(self._begun)}{self._instance}-{place}"
        expires = datetime.now(UTC) + _KEPT
        try:
            await self._store.put(
                name, msgspec.msgpack.encode(exhibit), media_type="application/msgpack", expires=expires
            )
        except StoreUnavailable as error:
            _log.warning("a disagreement was not kept", reason=str(error))
        else:
            kept[place : place + 1] = [(exhibit.iou, picture)]

    async def worst(self, begun: datetime) -> tuple[Exhibit, ...]:
        """Of the rollout that began then, the worst first. Raises StoreUnavailable."""
        infos = await self._store.list(self._of(begun))
        found = await asyncio.gather(*(self._store.get(info.name) for info in infos))
        exhibits = [_exhibit(each) for each in found if each is not None]
        return tuple(
            _different(sorted((each for each in exhibits if each is not None), key=lambda each: each.iou))[:MOST]
        )

    def _of(self, begun: datetime) -> str:
        return f"{self._folder}{begun.astimezone(UTC):%Y%m%dT%H%M%S%f}/"


def _different(exhibits: Iterable[Exhibit]) -> list[Exhibit]:
    """The first of each picture."""
    first: dict[bytes, Exhibit] = {}
    for each in exhibits:
        first.setdefault(each.picture, each)
    return list(first.values())


def _exhibit(found: Object) -> Exhibit | None:
    try:
        return msgspec.msgpack.decode(found.body, type=Exhibit)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:  # of an instance with another release
        _log.warning("a disagreement cannot be read", name=found.info.name, reason=str(error))
        return None
