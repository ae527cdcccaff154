"""The use case once more, for pictures that were there before: what is kept is given, what is asked for twice is made once."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Final

from gateway.cache.cache import Cache, Kept
from gateway.cache.flights import Flights
from gateway.cache.keys import MaskKey, ResultKey, digest, result_key
from gateway.cache.versions import Versions
from gateway.cutout import Charge, Cutout, Result, fitting, free
from gateway.finish import File
from gateway.order import Order
from gateway.pictures.decoding.header import read_header
from gateway.pictures.encoding.table import MEDIA_TYPES
from gateway.progress.events import Tell, silent
from gateway.segmentation import Segmentation
from gateway.stopwatch import timed, timing
from gateway.workers import Workers

_WRITING: Final = 64_000_000  # bytes that may be on their way to the store; what is more is not kept


@dataclass(frozen=True)
class _Wanted:
    """A picture and its order, and under which names what is made of it is kept: files by their effect."""

    data: bytes
    order: Order
    pixels: int
    source_type: str
    mask: MaskKey
    files: Mapping[str, ResultKey]

    def without(self, effects: Mapping[str, object]) -> Order:
        """What is still to be made, once `effects` are there."""
        drawings = tuple(each for each in self.order.drawings if each.effect.name not in effects)
        return replace(self.order, drawings=drawings)


class CachedCutout:
    """Looks each file up first, then the mask, and computes the rest; writes are not waited for."""

    def __init__(self, cutout: Cutout, cache: Cache, versions: Versions, workers: Workers, *, max_pixels: int) -> None:
        self._cutout = cutout
        self._cache = cache
        self._versions = versions
        self._workers = workers
        self._max_pixels = max_pixels
        self._flights: Flights[Result] = Flights()
        self._masks: Flights[Segmentation] = Flights()
        self._keeping = _Keeping()

    async def run(self, data: bytes, order: Order, tell: Tell = silent, charge: Charge = free) -> Result:
        """See Cutout.run; raises the same. What is kept is not charged."""
        result = await self._run(data, order, tell, charge)
        self._cache.counts.add(result.outcome)
        return result

    async def _run(self, data: bytes, order: Order, tell: Tell, charge: Charge) -> Result:
        version = order.version or await self._versions.newest(order.model)
        if version is None:
            return await self._cutout.run(data, order, tell, charge)
        with timed() as watch:
            wanted = await self._workers.run(watch.threaded("cache", self._looked_at), data, order, version)
            with watch.timing("cache"):
                kept = {} if order.fresh else await self._kept(wanted)
        if len(kept) == len(wanted.files):
            return _remembered(wanted, kept, watch.stages)
        missing = wanted.without(kept)
        # Before the flight, where it is this client's alone: a refusal must not hit those who join.
        await charge(wanted.pixels, len(missing.drawings))
        names = tuple(wanted.files[each.effect.name].name for each in missing.drawings)
        with timed() as waiting:
            landed = await self._flights.run(
                (names, order.fresh, order.favoured), lambda everybody: self._computed(wanted, missing, everybody), tell
            )
            if landed.joined:
                waiting.lap("join")
        return _together(wanted, kept, replace(landed.value, joined=landed.joined))

    async def close(self) -> None:
        """Waits for what is being written."""
        await self._keeping.done()

    def _looked_at(self, data: bytes, order: Order, version: str) -> _Wanted:
        header = read_header(data, self._max_pixels)
        order = fitting(order, header)
        backdrop = None if order.backdrop is None else digest(order.backdrop)
        mask = MaskKey(digest(data), order.model, version)
        files = {each.effect.name: result_key(mask, order, each, backdrop) for each in order.drawings}
        return _Wanted(data, order, header.width * header.height, header.media_type, mask, files)

    async def _kept(self, wanted: _Wanted) -> dict[str, Kept]:
        found = await asyncio.gather(*(self._cache.file(key) for key in wanted.files.values()))
        return {name: kept for name, kept in zip(wanted.files, found, strict=True) if kept is not None}

    async def _computed(self, wanted: _Wanted, missing: Order, tell: Tell) -> Result:
        made_meanwhile = {} if missing.fresh else self._at_hand(wanted, missing)
        if len(made_meanwhile) == len(missing.drawings):
            return _remembered(wanted, made_meanwhile, {})
        masks = _Masks(self._cache, self._masks, self._keeping, wanted.mask, fresh=missing.fresh)
        result = await self._cutout.run(wanted.data, missing, tell, masks=masks)
        if result.version == wanted.mask.version:  # another one may have been loaded meanwhile
            for file in result.files:
                kept = Kept(file, result.confidence, result.no_subject_below)
                write = self._cache.keep_file(wanted.files[file.effect], kept)
                self._keeping.begin(write, len(file.body))
        return result

    def _at_hand(self, wanted: _Wanted, missing: Order) -> dict[str, Kept]:
        names = (each.effect.name for each in missing.drawings)
        found = {name: self._cache.file_at_hand(wanted.files[name]) for name in names}
        return {name: kept for name, kept in found.items() if kept is not None}


class _Masks:
    """Of one picture: kept, or being found for another request."""

    def __init__(
        self, cache: Cache, flights: Flights[Segmentation], keeping: "_Keeping", key: MaskKey, *, fresh: bool
    ) -> None:
        self._cache = cache
        self._flights = flights
        self._keeping = keeping
        self._key = key
        self._fresh = fresh

    async def known(self) -> Segmentation | None:
        if self._fresh:
            return None
        with timing("cache"):
            return await self._cache.mask(self._key)

    async def found(self, find: Callable[[], Awaitable[Segmentation]]) -> Segmentation:
        async def kept(tell: Tell) -> Segmentation:
            if not self._fresh and (known := self._cache.mask_at_hand(self._key)):
                return known
            found = await find()
            if found.version == self._key.version:
                self._keeping.begin(self._cache.keep_mask(self._key, found), found.alpha.nbytes)
            return found

        return (await self._flights.run((self._key, self._fresh), kept, silent)).value


class _Keeping:
    """Writes that go on while the answer is on its way, as many as memory allows."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()
        self._bytes = 0

    def begin(self, write: Coroutine[None, None, None], size: int) -> None:
        """Drops what would be too much at a time."""
        if self._tasks and self._bytes + size > _WRITING:
            return write.close()
        self._bytes += size
        task = asyncio.create_task(write)
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._end(done, size))

    async def done(self) -> None:
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _end(self, task: asyncio.Task[None], size: int) -> None:
        self._tasks.discard(task)
        self._bytes -= size


def _remembered(wanted: _Wanted, kept: Mapping[str, Kept], stages: dict[str, float]) -> Result:
    """A result of which everything was kept."""
    first = next(iter(kept.values()))
    return Result(
        files=tuple(each.file for each in kept.values()),
        media_type=MEDIA_TYPES[wanted.order.output],
        source_type=wanted.source_type,
        confidence=first.confidence,
        model=wanted.mask.model,
        version=wanted.mask.version,
        stages=stages,
        kept=frozenset(kept),
        mask_kept=True,
        no_subject_below=first.no_subject_below,
    )


def _together(wanted: _Wanted, kept: Mapping[str, Kept], made: Result) -> Result:
    """Files that were kept and files that were made, in the order's order."""
    files: dict[str, File] = {name: each.file for name, each in kept.items()} | {
        each.effect: each for each in made.files
    }
    return replace(made, files=tuple(files[name] for name in wanted.files), kept=made.kept | frozenset(kept))
