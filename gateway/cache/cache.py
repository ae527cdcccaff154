"""Masks and finished files in a store: found or not, and never a reason to fail."""

import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

import numpy as np
import structlog
from isal import isal_zlib

from gateway.cache.keys import MaskKey, ResultKey
from gateway.errors import StoreUnavailable
from gateway.finish import File
from gateway.pictures.encoding.table import MEDIA_TYPES
from gateway.pictures.picture import Box
from gateway.segmentation import Segmentation
from gateway.store.store import Info, Object, Store

T = TypeVar("T")
Clock = Callable[[], datetime]

_MASK_TYPE: Final = "application/octet-stream"
_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Kept:
    """A file, and what the model had said of its picture."""

    file: File
    confidence: float


class Cache:
    """Kept for `seconds` after they were made. `faults` counts what the store failed to do."""

    def __init__(self, store: Store, seconds: float, clock: Clock = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._seconds = timedelta(seconds=seconds)
        self._clock = clock
        self.faults = 0

    async def mask(self, key: MaskKey) -> Segmentation | None:
        """The mask, where it is kept."""
        return await self._found(key.name, lambda found: _mask(key, found))

    async def file(self, key: ResultKey) -> Kept | None:
        """The file, where it is kept."""
        return await self._found(key.name, lambda found: _kept(key, found))

    async def keep_mask(self, key: MaskKey, found: Segmentation) -> None:
        """Stores a mask, where the store can."""
        described = {"side": str(len(found.alpha)), "confidence": repr(found.confidence)}
        await self._keep(key.name, isal_zlib.compress(found.alpha.tobytes(), 1), _MASK_TYPE, described)

    async def keep_file(self, key: ResultKey, file: File, confidence: float) -> None:
        """Stores a file, where the store can."""
        await self._keep(key.name, file.body, MEDIA_TYPES[key.output], _described(file, confidence))

    async def _found(self, name: str, read: Callable[[Object], T]) -> T | None:
        found = await self._tried(self._store.get(name))
        if found is None:
            return None
        try:
            return read(found)
        except (KeyError, ValueError, zlib.error) as error:
            self._count(f"not what was stored: {error}")
            return None

    async def _keep(self, name: str, body: bytes, media_type: str, described: dict[str, str]) -> None:
        expires = self._clock() + self._seconds
        await self._tried(self._store.put(name, body, media_type=media_type, expires=expires, metadata=described))

    async def _tried(self, asked: Awaitable[T]) -> T | None:
        try:
            return await asked
        except StoreUnavailable as error:
            self._count(str(error))
            return None

    def _count(self, reason: str) -> None:
        self.faults += 1
        _log.warning("the cache failed; the picture is computed", reason=reason, faults=self.faults)


def _mask(key: MaskKey, found: Object) -> Segmentation:
    side = int(found.info.metadata["side"])
    alpha = np.frombuffer(zlib.decompress(found.body), np.uint8).reshape(side, side)
    return Segmentation(alpha, float(found.info.metadata["confidence"]), key.model, key.version)


def _described(file: File, confidence: float) -> dict[str, str]:
    return {
        "size": f"{file.width} {file.height}",
        "foreground": " ".join(str(each) for each in file.foreground),
        "confidence": repr(confidence),
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
    return Kept(file, float(info.metadata["confidence"]))
