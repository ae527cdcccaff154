"""The model's server as the rollout sees it: what it answers is counted by version, and shown to the other one as well."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from gateway.errors import GatewayError, InferenceTimeout, ModelUnavailable, UnknownModel, UnknownVersion
from gateway.rollout.follower import Follower
from gateway.rollout.plan import Plan
from gateway.rollout.recorder import Recorder
from gateway.segmentation import Segmentation

T = TypeVar("T")

_PAUSE_SECONDS: Final = 0.1


class Segmenter(Protocol):
    """Whoever finds the subject. `absences` grows whenever a request finds all of it away."""

    absences: int

    async def size(self, model: str) -> int:
        """The side S of the pictures that `model` takes, in pixels."""

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3)."""

    async def answers(self, model: str, version: str) -> bool:
        """Whether that version can be asked."""


class Offered(Protocol):
    """Whoever shows pictures to the version that did not answer."""

    def offer(self, image: NDArray[np.uint8], found: Segmentation, seconds: float) -> None:
        """At once, without waiting for anything."""


class Measured:
    """A segmenter. A version that the plan names and that is not there yet, after a restart of Triton, is waited for."""

    def __init__(
        self,
        segmenter: Segmenter,
        follower: Follower,
        recorder: Recorder,
        shadow: Offered,
        *,
        patience: float,
        limit: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """A candidate that has not answered within `limit` seconds has failed: the stable version still has time to answer."""
        self._segmenter = segmenter
        self._follower = follower
        self._recorder = recorder
        self._shadow = shadow
        self._patience = patience
        self._limit = limit
        self._clock = clock

    async def size(self, model: str) -> int:
        """See Segmenter.size."""
        plan = self._follower.plan
        version = "" if plan is None or model != plan.model else str(plan.stable)
        return await self._patiently(lambda: self._segmenter.size(model), model, version)

    async def answers(self, model: str, version: str) -> bool:
        """See Segmenter.answers."""
        return await self._segmenter.answers(model, version)

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """See Segmenter.segment; raises the same."""
        plan, begin, absences = self._follower.plan, self._clock(), self._segmenter.absences
        try:
            found = await self._segmented(image, model, version)
        except (UnknownModel, UnknownVersion):  # the reconciler tells of what is not loaded
            raise
        except GatewayError as error:
            if plan is not None and await self._is_at_fault(error, plan, model, version):
                self._recorder.failed(int(version))
            raise
        except asyncio.CancelledError:  # nobody waits for it any longer: a version that hangs is seen by this alone
            if plan is not None and self._is_rolled(plan, model, version) and self._segmenter.absences == absences:
                self._recorder.failed(int(version))
            raise
        undisturbed = self._segmenter.absences == absences  # else its seconds say nothing of the version
        if undisturbed and plan is not None and plan.candidate is not None and model == plan.model:
            seconds = self._clock() - begin
            self._recorder.answered(int(found.version), seconds)
            self._shadow.offer(image, found, seconds)
        return found

    async def _segmented(self, image: NDArray[np.uint8], model: str, version: str) -> Segmentation:
        plan = self._follower.plan
        is_candidate = plan is not None and model == plan.model and version == str(plan.candidate)
        try:
            async with asyncio.timeout(self._limit if is_candidate else None):
                return await self._patiently(lambda: self._segmenter.segment(image, model, version), model, version)
        except TimeoutError as error:
            raise InferenceTimeout("The model did not answer in time.") from error

    async def _patiently(self, call: Callable[[], Awaitable[T]], model: str, version: str) -> T:
        try:
            return await call()
        except (UnknownModel, UnknownVersion):
            if not self._is_planned(model, version):  # nor does it disturb others: anybody may ask for anything
                raise
            self._segmenter.absences += 1
            if not await self._comes(model, version):
                raise
        return await call()

    async def _comes(self, model: str, version: str) -> bool:
        """Waits for a version as long as the plan names it."""
        end = self._clock() + self._patience
        while self._clock() < end and self._is_planned(model, version):
            if await self._segmenter.answers(model, version):
                return True
            await asyncio.sleep(_PAUSE_SECONDS)
        return False

    def _is_planned(self, model: str, version: str) -> bool:
        plan = self._follower.plan
        return plan is not None and model == plan.model and version in map(str, plan.versions)

    def _is_rolled(self, plan: Plan, model: str, version: str) -> bool:
        """Whether it is one of the two that are compared."""
        pair = str(plan.stable), str(plan.candidate)
        return plan.candidate is not None and model == plan.model and version in pair

    async def _is_at_fault(self, error: GatewayError, plan: Plan, model: str, version: str) -> bool:
        """Whether it is the version that failed: not all of Triton, which then answers for no other version either."""
        if not self._is_rolled(plan, model, version):
            return False
        other = plan.stable if version == str(plan.candidate) else plan.candidate
        return not isinstance(error, ModelUnavailable) or await self._segmenter.answers(model, str(other))
