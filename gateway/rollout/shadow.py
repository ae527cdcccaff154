"""Shows a sampled share of the pictures to the version that did not answer, off the path of requests."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

import numpy as np
import structlog
from numpy.typing import NDArray

from gateway.errors import GatewayError, UnknownModel, UnknownVersion
from gateway.rollout.disagreement import disagreement
from gateway.rollout.exhibit import Exhibit, png, webp
from gateway.rollout.gallery import Gallery
from gateway.rollout.plan import Plan
from gateway.rollout.recorder import Recorder
from gateway.rollout.tally import Agreement, compared
from gateway.segmentation import Segmentation

_WAITING: Final = 2
"""Pictures at the model's size; what is more is dropped."""
_log = structlog.get_logger(__name__)


class Segmenter(Protocol):
    """Whoever finds the subject."""

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3)."""

    async def answers(self, model: str, version: str) -> bool:
        """Whether that version can be asked."""


class _Shown(NamedTuple):
    image: NDArray[np.uint8]
    found: Segmentation
    seconds: float
    plan: Plan


class Shadow:
    """One picture at a time, never while `busy`, and for no more of the time than the plan's budget says."""

    def __init__(
        self,
        segmenter: Segmenter,
        plan: Callable[[], Plan | None],
        recorder: Recorder,
        gallery: Gallery,
        busy: Callable[[], bool],
        chance: Callable[[], float] = random.random,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._segmenter = segmenter
        self._plan = plan
        self._recorder = recorder
        self._gallery = gallery
        self._busy = busy
        self._chance = chance
        self._clock = clock
        self._sleep = sleep
        self._waiting: asyncio.Queue[_Shown] = asyncio.Queue(_WAITING)

    def offer(self, image: NDArray[np.uint8], found: Segmentation, seconds: float) -> None:
        """A picture, uint8 (S, S, 3), with the mask that its client gets; drops it where there is no time."""
        plan = self._plan()
        if plan is None or plan.candidate is None or self._chance() >= plan.shadow:
            return
        if self._busy() or self._waiting.full():
            self._recorder.compared(Agreement(dropped=1))
        elif int(found.version) in (plan.stable, plan.candidate):
            self._waiting.put_nowait(_Shown(image, found, seconds, plan))

    async def watch(self) -> None:
        """Shows what is offered; runs until cancelled."""
        while True:
            shown = await self._waiting.get()
            begin = self._clock()
            if self._busy():
                self._recorder.compared(Agreement(dropped=1))
            elif shown.plan.begun == self._recorder.begun:
                await self._try_show(shown)
            spent = self._clock() - begin
            await self._sleep(spent * (1 / shown.plan.shadow_budget - 1))

    async def _try_show(self, shown: _Shown) -> None:
        try:
            await self._show(shown)
        except Exception:  # noqa: BLE001 - one picture must not be the last one that is shown
            _log.exception("a picture could not be shown to both versions")

    async def _show(self, shown: _Shown) -> None:
        plan, found = shown.plan, shown.found
        is_stable = int(found.version) == plan.stable
        other = plan.candidate if is_stable else plan.stable
        begin = self._clock()
        try:
            second = await self._segmenter.segment(shown.image, plan.model, str(other))
        except (UnknownModel, UnknownVersion):  # the reconciler tells of what is not loaded
            return
        except GatewayError:
            if is_stable and await self._segmenter.answers(plan.model, str(plan.stable)):  # else all of Triton is away
                self._recorder.compared(Agreement(failed=1))
            return
        spent = self._clock() - begin
        stable, candidate = (found, second) if is_stable else (second, found)
        seconds = (shown.seconds, spent) if is_stable else (spent, shown.seconds)
        await self._compare(shown.image, stable.alpha, candidate.alpha, seconds)

    async def _compare(
        self,
        image: NDArray[np.uint8],
        stable: NDArray[np.uint8],
        candidate: NDArray[np.uint8],
        seconds: tuple[float, float],
    ) -> None:
        iou, mae = await asyncio.to_thread(disagreement, stable, candidate)
        self._recorder.compared(compared(iou, mae, *seconds))
        picture = hash(image.tobytes())
        if self._gallery.wants(iou, picture):
            files = await asyncio.to_thread(lambda: (webp(image), png(stable), png(candidate)))
            await self._gallery.keep(_exhibit(iou, mae, seconds, files), picture)


def _exhibit(iou: float, mae: float, seconds: tuple[float, float], files: tuple[bytes, bytes, bytes]) -> Exhibit:
    picture, stable, candidate = files
    return Exhibit(
        at=datetime.now(UTC),
        iou=iou,
        mae=mae,
        stable_seconds=seconds[0],
        candidate_seconds=seconds[1],
        picture=picture,
        stable=stable,
        candidate=candidate,
    )
