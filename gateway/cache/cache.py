"""Masks and finished files in a store: found or not, and never a reason to fail."""

import zlib
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import numpy as np
import structlog
from isal import isal_zlib

from gateway.cache.counts import Counts
from gateway.cache.keys import MaskKey, ResultKey
from gateway.cache.recent import Recent
from gateway.errors import StoreUnavailable
from gateway.finish import File
from gateway.pictures.encoding.table import MEDIA_TYPES
from gateway.pictures.picture import Box
from gateway.segmentation import NO_SUBJECT_BELOW, Segmentation
from gateway.store.store import Info, Object, Store

T = TypeVar("T")
Clock = Callable[[], datetime]

MEMORY_BYTES: Final = 64_000_000
_MASK_TYPE: Final = "application/octet-stream"
_THRESHOLD: Final = "no_subject_below"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Kept:
    """A file, and what the model had said of its picture."""

    file: File
    confidence: float
    no_subject_below: float = NO_SUBJECT_BELOW


class Cache:
    """Kept for `seconds` after they were made; `memory` bytes of what was used last are at hand without asking the store.

    `counts` says what it was good for.
    """

    def __init__(
        self,
        store: Store,
        seconds: float,
        *,
        memory: int = MEMORY_BYTES,
        clock: Clock = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._seconds = timedelta(seconds=seconds)
        self._clock = clock
        self._masks: Recent[Segmentation] = Recent(memory // 4)
        self._files: Recent[Kept] = Recent(memory - memory // 4)
        self.counts = Counts()

    def mask_at_hand(self, key: MaskKey) -> Segmentation | None:
        """The mask, where it was used a moment ago."""
        return self._masks.get(key.name, self._clock())

    def file_at_hand(self, key: ResultKey) -> Kept | None:
        """The file, where it was used a moment ago."""
        return self._files.get(key.name, self._clock())

    async def mask(self, key: MaskKey) -> Segmentation | None:
        """The mask, where it is kept."""
        if (known := self.mask_at_hand(key)) is not None:
            return known
        return await self._found(key.name, lambda found: _mask(key, found), self._masks, lambda mask: mask.alpha.nbytes)

    async def file(self, key: ResultKey) -> Kept | None:
        """The file, where it is kept."""
        if (known := self.file_at_hand(key)) is not None:
            return known
        return await self._found(
            key.name, lambda found: _kept(key, found), self._files, lambda kept: len(kept.file.body)
        )

    def keep_mask(self, key: MaskKey, found: Segmentation) -> Coroutine[None, None, None]:
        """Has it at hand at once; what is returned stores it, where the store can."""
        expires = self._clock() + self._seconds
        self._masks.put(key.name, found, found.alpha.nbytes, expires)
        described = {
            "side": str(len(found.alpha)),
            "confidence": repr(found.confidence),
            _THRESHOLD: repr(found.no_subject_below),
        }
        return self._keep(key.name, isal_zlib.compress(found.alpha.tobytes(), 1), _MASK_TYPE, described, expires)

    def keep_file(self, key: ResultKey, kept: Kept) -> Coroutine[None, None, None]:
        """Has it at hand at once; what is returned stores it, where the store can."""
        expires = self._clock() + self._seconds
        self._files.put(key.name, kept, len(kept.file.body), expires)
        return self._keep(key.name, kept.file.body, MEDIA_TYPES[key.output], _described(kept), expires)

    async def _found(
        self, name: str, read: Callable[[Object], T], recent: Recent[T], size: Callable[[T], int]
    ) -> T | None:
        found = await self._tried(self._store.get(name))
        if found is None:
            return None
        try:
            value = read(found)
        except (KeyError, ValueError, zlib.error) as error:
            self._count(f"not what was stored: {error}")
            return None
        recent.put(name, value, size(value), found.info.expires or self._clock() + self._seconds)
        return value

    async def _keep(
        self, name: str, body: bytes, media_type: str, described: dict[str, str], expires: datetime
    ) -> None:
        await self._tried(self._store.put(name, body, media_type=media_type, expires=expires, metadata=described))

    async def _tried(self, asked: Awaitable[T]) -> T | None:
        try:
            return await asked
        except StoreUnavailable as error:
            self._count(str(error))
            return None

    def _count(self, reason: str) -> None:
        self.counts.faults += 1
        _log.warning("the cache failed; the picture is computed", reason=reason, faults=self.counts.faults)


def _mask(key: MaskKey, found: Object) -> Segmentation:
    side = int(found.info.metadata["side"])
    alpha = np.frombuffer(zlib.decompress(found.body), np.uint8).reshape(side, side)
    confidence = float(found.info.metadata["confidence"])
    return Segmentation(alpha, confidence, key.model, key.version, _threshold(found.info))


def _described(kept: Kept) -> dict[str, str]:
    file = kept.file
    return {
        "size": f"{file.width} {file.height}",
        "foreground": " ".join(str(each) for each in file.foreground),
        "confidence": repr(kept.confidence),
        _THRESHOLD: repr(kept.no_subject_below),
        **({} if file.confidence is None else {"crop": repr(file.confidence)}),
    }


def _kept(key: ResultKey, found: Object) -> Kept:
    info: Info = found.info
    width, height = (int(each) for each in info.metadata["size"].split())
    top, left, across, down = (int(each) for each in info.metadata["foreground"].split())
    crop = info.metadata.get("crop")
    file = File(
        effect=key.effect,
        body=found.body,
        digest=info.digest,
        width=width,
        height=height,
        foreground=Box(top, left, across, down),
        confidence=None if crop is None else float(crop),
    )
    return Kept(file, float(info.metadata["confidence"]), _threshold(info))


def _threshold(info: Info) -> float:
    return float(info.metadata.get(_THRESHOLD, NO_SUBJECT_BELOW))
