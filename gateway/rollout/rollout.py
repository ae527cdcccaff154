"""One instance's part in a rollout: it follows the plan, tells what it counts, and carries out what the guard says."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from gateway.errors import StoreUnavailable
from gateway.rollout import changes, guard
from gateway.rollout.changes import Actor
from gateway.rollout.follower import Follower
from gateway.rollout.gallery import Gallery
from gateway.rollout.guard import Verdict
from gateway.rollout.plan import Plan, PlanError
from gateway.rollout.reconciler import Reconciler
from gateway.rollout.recorder import Recorder
from gateway.rollout.report import Report
from gateway.store.store import Changed

IDLE: Final = 12
"""Times as rarely is told what there is while nothing is rolled out."""
_log = structlog.get_logger(__name__)


@dataclass
class Events:
    """What this instance did, for those who count."""

    steps: int = 0
    promotions: int = 0
    rollbacks: int = 0


class Rollout:
    """Every `seconds` the plan is asked for and counts are told."""

    def __init__(
        self,
        instance: str,
        follower: Follower,
        reconciler: Reconciler,
        recorder: Recorder,
        gallery: Gallery,
        *,
        seconds: float,
        alone: Callable[[], bool],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`alone` says whether there is one version only, so that no plan could name another."""
        self.instance = instance
        self.follower = follower
        self.reconciler = reconciler
        self.gallery = gallery
        self.events = Events()
        self.verdict: Verdict | None = None
        self._recorder = recorder
        self._seconds = seconds
        self._alone = alone
        self._clock = clock
        self._monotonic = monotonic
        self._told: tuple[float, float] | None = None  # when, and for how long that was to do
        self._reached = False
        self._complaint = ""

    @property
    def reached(self) -> bool:
        """Whether this instance has served what the plan names once, or knows why it cannot; always without a plan.

        Where it is not known whether there is a plan, the newest version may be one that was rolled back.
        """
        self._reached = self._reached or self._has_reached()
        return self._reached

    def _has_reached(self) -> bool:
        plan, reconciler = self.follower.plan, self.reconciler
        if plan is None:
            return self.follower.kept is not None or self._alone()
        done = reconciler.loaded | reconciler.failed.keys()
        return plan.stable in reconciler.loaded and (plan.candidate is None or plan.candidate in done)

    def now(self) -> datetime:
        """By this instance's clock."""
        return self._clock()

    async def watch(self) -> None:
        """Runs until cancelled; nothing that goes wrong in a round keeps the next one from being tried."""
        while True:
            try:
                await self.round()
                self._complaint = ""
            except Exception as error:  # noqa: BLE001 - the guard must not end because of one report that it cannot read
                self._complain(error)
            await asyncio.sleep(self._seconds)

    def _complain(self, error: Exception) -> None:
        """Once of each reason in a row."""
        reason = repr(error)
        if reason != self._complaint:
            _log.warning(
                "a round of the rollout failed", reason=reason, exc_info=not isinstance(error, StoreUnavailable)
            )
        self._complaint = reason

    async def round(self) -> None:
        """Looks at the plan, tells, judges. Raises StoreUnavailable."""
        await self.follower.look()
        kept, plan = self.follower.kept, self.follower.plan
        if plan is not None and plan.begun != self._recorder.begun:
            self._recorder.begin(plan.begun)
            self.gallery.begin(plan.begun)
            self._told = None
        self.verdict = None if plan is None or plan.candidate is None else self.verdict
        if kept is not None and plan is not None:
            await self._tell(plan)
            if plan.candidate is not None:
                await self._judge(plan, kept.generation)

    async def _tell(self, plan: Plan) -> None:
        every = self._seconds * (IDLE if plan.candidate is None else 1)
        if not self._is_due(every):
            return
        await self.follower.documents.tell(
            Report(
                instance=self.instance,
                at=self._clock(),
                every=every,
                begun=plan.begun,
                loaded=tuple(sorted(self.reconciler.loaded)),
                failed=self.reconciler.failed,
                slots=self._recorder.slots(plan.limits.window_seconds),
                whole=self._recorder.whole,
                shown=self._recorder.shown,
            )
        )
        self._told = self._monotonic(), every

    def _is_due(self, every: float) -> bool:
        """Also where the last report said that the next one would come at another time."""
        if self._told is None or self._told[1] != every:
            return True
        return self._monotonic() >= self._told[0] + every - self._seconds / 2

    async def _judge(self, plan: Plan, generation: int) -> None:
        now = self._clock()
        self.verdict = guard.judge(plan, await self.follower.documents.told(), now)
        if self.verdict.action != "hold":
            actor = Actor(f"guard on {self.instance}", now, self.verdict.why)
            await self._carry_out(self.verdict, actor, generation)

    async def _carry_out(self, verdict: Verdict, actor: Actor, generation: int) -> None:
        """Changes the plan that was judged, and no other: another instance, or an operator, may have been faster."""
        change = {"step": changes.stepped, "promote": changes.promoted, "roll back": changes.rolled_back}[
            verdict.action
        ]

        def make(plan: Plan | None) -> Plan:
            if plan is None:
                raise PlanError("there is no plan")
            return change(plan, actor)

        try:
            await self.follower.change(make, generation)
        except (Changed, PlanError):
            return
        self._count(verdict)

    def _count(self, verdict: Verdict) -> None:
        self.events.steps += verdict.action == "step"
        self.events.promotions += verdict.action == "promote"
        self.events.rollbacks += verdict.action == "roll back"
