"""What operators do to a rollout."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.errors import GatewayError, ModelUnavailable
from gateway.rollout import changes
from gateway.rollout.changes import Actor, Course
from gateway.rollout.documents import Kept
from gateway.rollout.errors import LoadRefused
from gateway.rollout.follower import Follower
from gateway.rollout.plan import Plan, PlanError
from gateway.rollout.reconciler import Reconciler
from gateway.segmentation import Segmentation
from gateway.store.store import Changed

_FILES: Final = ("model.onnx", "model.plan")


class Segmenter(Protocol):
    """Whoever finds the subject."""

    async def size(self, model: str) -> int:
        """The side S of the pictures that `model` takes, in pixels."""

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3)."""


class Desk:
    """Every change is made by compare-and-set: of a `generation` alone where the operator names the one that he saw.

    Every method raises PlanError where the plan does not allow it, Changed where somebody else was faster, StoreUnavailable.
    """

    def __init__(
        self,
        follower: Follower,
        reconciler: Reconciler,
        segmenter: Segmenter,
        repository: Path | None,
        *,
        settle: float,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`repository` is None where the models lie on another machine; within `settle` seconds all have seen a plan."""
        self._follower = follower
        self._reconciler = reconciler
        self._segmenter = segmenter
        self._repository = repository
        self._settle = settle
        self._clock = clock

    async def start(
        self, version: int, course: Course, stable: int | None, who: str, why: str, generation: int | None
    ) -> Plan:
        """A candidate, once it has loaded here and kept to the contract; what is refused leaves the plan as it was.

        Without a plan `stable`, or the newest version that is served, goes on. Raises LoadRefused and ModelUnavailable, too.
        """
        actor = Actor(who, self._clock(), why)
        self._require_files(version)
        begun = await self._begun(lambda plan: changes.started(plan, version, course, actor), stable, actor, generation)
        await self._try_out(version)
        return await self._change(
            lambda plan: changes.started(plan, version, course, actor),
            None if generation is None else begun.generation,
        )

    async def weight(self, weight: int, who: str, why: str, generation: int | None) -> Plan:
        """See changes.weighted."""
        actor = Actor(who, self._clock(), why)
        return await self._change(lambda plan: changes.weighted(plan, weight, actor), generation)

    async def shadow(self, rate: float, who: str, why: str, generation: int | None) -> Plan:
        """See changes.shadowed."""
        actor = Actor(who, self._clock(), why)
        return await self._change(lambda plan: changes.shadowed(plan, rate, actor), generation)

    async def promote(self, who: str, why: str, generation: int | None) -> Plan:
        """See changes.promoted."""
        actor = Actor(who, self._clock(), why)
        return await self._change(lambda plan: changes.promoted(plan, actor), generation)

    async def roll_back(self, who: str, why: str, generation: int | None) -> Plan:
        """See changes.rolled_back."""
        actor = Actor(who, self._clock(), why)
        return await self._change(lambda plan: changes.rolled_back(plan, actor), generation)

    async def _begun(
        self, start: Callable[[Plan], Plan], stable: int | None, actor: Actor, generation: int | None
    ) -> Kept:
        """The plan; where there is none, one with what is served, which all instances then keep to.

        Raises what `start` would, before anything is stored or loaded for nothing.
        """
        await self._follower.look()
        kept = self._follower.kept
        if kept is None or kept.plan is None:
            return await self._first(start, stable, actor, generation)
        if generation not in (None, kept.generation):
            raise Changed
        if stable not in (None, kept.plan.stable):
            raise PlanError(f"there is a plan already, by which version {kept.plan.stable} is the stable one")
        start(kept.plan)
        return kept

    async def _first(
        self, start: Callable[[Plan], Plan], stable: int | None, actor: Actor, generation: int | None
    ) -> Kept:
        loaded = await self._reconciler.look()
        served = stable or max(loaded, default=0)
        if not served:
            raise ModelUnavailable("The model does not answer at the moment; try again shortly.")
        first = changes.made(self._follower.model, served, actor)
        start(first)
        if served not in loaded:
            self._require_files(served)
            await self._try_out(served)
        kept = await self._follower.change(lambda plan: plan or first, generation)
        await asyncio.sleep(self._settle)
        return kept

    async def _change(self, change: Callable[[Plan], Plan], generation: int | None) -> Plan:
        kept = await self._follower.change(lambda plan: change(_planned(plan)), generation)
        return _planned(kept.plan)

    def _require_files(self, version: int) -> None:
        if self._repository is None:
            return
        folder = self._repository / self._follower.model / str(version)
        if not any((folder / name).is_file() for name in _FILES):
            raise LoadRefused(f"there is no {' or '.join(_FILES)} in {folder}")

    async def _try_out(self, version: int) -> None:
        try:
            await self._reconciler.try_out(version)
            await self._require_contract(version)
        except BaseException:
            self._reconciler.drop(version)
            raise

    async def _require_contract(self, version: int) -> None:
        """One grey picture: what comes back must have the form that every version's masks have."""
        model = self._follower.model
        size = await self._segmenter.size(model)
        try:
            found = await self._segmenter.segment(np.full((size, size, 3), 128, np.uint8), model, str(version))
        except GatewayError as error:
            raise LoadRefused(f"it fails on a grey picture: {error.detail}") from error
        alpha, confidence = found.alpha, found.confidence
        if alpha.shape != (size, size) or alpha.dtype != np.uint8 or not 0 <= confidence <= 1:
            raise LoadRefused(
                f"its answer is {alpha.dtype} {alpha.shape} and {confidence:g}; uint8 ({size}, {size}) and 0 to 1 are wanted"
            )


def _planned(plan: Plan | None) -> Plan:
    if plan is None:
        raise PlanError("nothing has been rolled out yet: start a version")
    return plan
