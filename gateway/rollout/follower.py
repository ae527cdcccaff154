"""The plan as one instance knows it. While the store is away the last one holds."""

import asyncio

import structlog

from gateway.errors import StoreUnavailable
from gateway.rollout.documents import Change, Documents, Kept
from gateway.rollout.plan import Event, Plan, PlanError
from gateway.rollout.routing import Route, route

_log = structlog.get_logger(__name__)


class Follower:
    """`plan` is None until there is one; `kept` None until it could be asked whether there is.

    `complaint` says why the plan cannot be read, while it cannot. A plan that is gone from the store holds on: without it
    the newest version, a candidate, would answer everybody.
    """

    def __init__(self, documents: Documents, model: str) -> None:
        self.documents = documents
        self.model = model
        self.kept: Kept | None = None
        self.complaint = ""
        self._busy = asyncio.Lock()  # a look that began before a change must not end after it

    @property
    def plan(self) -> Plan | None:
        return None if self.kept is None else self.kept.plan

    def route(self, model: str, caller: str) -> Route:
        """Which version of `model` answers `caller`; the choice of the model's server where there is no plan for it."""
        plan = self.plan
        return Route() if plan is None or model != self.model else route(plan, caller)

    async def look(self) -> bool:
        """Asks for the plan; whether it is another one now."""
        async with self._busy:
            try:
                kept = await self.documents.read(self.kept)
            except (StoreUnavailable, PlanError) as error:
                self._complain(str(error))
                return False
            if kept.plan is None and self.plan is not None:
                self._complain("it is gone from the store")
                kept = Kept(self.plan, kept.generation)
            else:
                self.complaint = ""
            return self._keep(kept)

    async def change(self, make: Change, generation: int | None) -> Kept:
        """See Documents.change; raises the same."""
        async with self._busy:
            kept = await self.documents.change(lambda plan: make(plan or self.plan), generation)
            self._keep(kept)
            return kept

    def _keep(self, kept: Kept) -> bool:
        """Logs what has happened to the plan; whether anything has."""
        before, self.kept = self.kept, kept
        if before is not None and before.generation == kept.generation:
            return False
        for event in self._news(before):
            _log.info(
                f"rollout: {event.what}",
                model=self.model,
                version=event.version,
                weight=event.weight,
                by=event.who,
                why=event.why,
            )
        return True

    def _news(self, before: Kept | None) -> tuple[Event, ...]:
        if self.plan is None:
            return ()
        if before is None or before.plan is None:
            return self.plan.history[-1:]
        history, last = self.plan.history, before.plan.history[-1:]  # not by time: instances' clocks differ
        known = [number for number, event in enumerate(history, 1) if event in last]
        return history[known[-1] if known else 0 :]

    def _complain(self, reason: str) -> None:
        if reason != self.complaint:
            self.complaint = reason
            holds = "the last one holds" if self.kept is not None else "it is asked for again"
            _log.warning(f"the rollout's plan cannot be read; {holds}", reason=reason)
