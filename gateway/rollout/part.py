"""One instance's part in the rollout of its model, put together."""

import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.background import in_background
from gateway.rollout.desk import Desk
from gateway.rollout.follower import Follower
from gateway.rollout.gallery import Gallery
from gateway.rollout.measured import Measured
from gateway.rollout.reconciler import Control, Reconciler
from gateway.rollout.recorder import Recorder
from gateway.rollout.rollout import Rollout
from gateway.rollout.shadow import Shadow
from gateway.segmentation import Segmentation
from gateway.store.store import Store


class Segmenter(Protocol):
    """Whoever finds the subject. `absences` grows whenever a request finds all of it away."""

    absences: int

    async def size(self, model: str) -> int:
        """The side S of the pictures that `model` takes, in pixels."""

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3)."""

    async def answers(self, model: str, version: str) -> bool:
        """Whether that version can be asked."""


@dataclass(frozen=True)
class Times:
    """In seconds: between two looks at the plan, that an unused version stays, that one which is to come is waited for.

    `candidate` is for how long that one may work on a picture.
    """

    look: float
    linger: float
    patience: float
    candidate: float


@dataclass(frozen=True)
class Part:
    """`segmenter` is to be used in the place of the one that was given."""

    rollout: Rollout
    desk: Desk
    segmenter: Measured

    async def ready(self) -> bool:
        """Whether what the plan names has been served here once, and the stable version can be asked."""
        return self.rollout.reached and await self.segmenter.answers(self.rollout.follower.model, self.stable())

    def stable(self) -> str:
        """The stable version; "" without a plan."""
        plan = self.rollout.follower.plan
        return "" if plan is None else str(plan.stable)


@asynccontextmanager
async def part(
    follower: Follower,
    store: Store,
    segmenter: Segmenter,
    control: Control,
    repository: Path | None,
    busy: Callable[[], bool],
    times: Times,
) -> AsyncIterator[Part]:
    """Takes part while the context lasts; shows no picture to a second version while `busy`."""
    instance = f"{socket.gethostname()[:40]}-{secrets.token_hex(4)}"
    recorder, gallery = Recorder(), Gallery(store, follower.model, instance)
    reconciler = Reconciler(control, follower.model, lambda: follower.plan, linger=times.linger)
    shadow = Shadow(segmenter, lambda: follower.plan, recorder, gallery, busy)

    def alone() -> bool:
        return len(reconciler.loaded if repository is None else _folders(repository / follower.model)) == 1

    rollout = Rollout(instance, follower, reconciler, recorder, gallery, seconds=times.look, alone=alone)
    desk = Desk(follower, reconciler, segmenter, repository, settle=2 * times.look)
    async with AsyncExitStack() as stack:
        for work in (reconciler.watch, shadow.watch, rollout.watch):
            await stack.enter_async_context(in_background(work))
        measured = Measured(segmenter, follower, recorder, shadow, patience=times.patience, limit=times.candidate)
        yield Part(rollout, desk, measured)


def _folders(model: Path) -> list[Path]:
    """Of its versions, with files or without."""
    return [entry for entry in model.glob("[1-9]*") if entry.name.isdecimal() and entry.is_dir()]
