"""The plan as one instance knows it. While the store is away the last one holds."""

import structlog

from gateway.errors import StoreUnavailable
from gateway.rollout.documents import Documents, Kept
from gateway.rollout.plan import Event, Plan, PlanError
from gateway.rollout.routing import Route, route

_log = structlog.get_logger(__name__)


class Follower:
    """`plan` is None until there is one; `kept` None until it could be asked whether there is."""

    def __init__(self, documents: Documents, model: str) -> None:
        self.documents = documents
        self.model = model
        self.kept: Kept | None = None
        self._complaint = ""

    @property
    def plan(self) -> Plan | None:
        return None if self.kept is None else self.kept.plan

    def route(self, model: str, caller: str) -> Route:
        """Which version of `model` answers `caller`; the choice of the model's server where there is no plan for it."""
        plan = self.plan
        return Route() if plan is None or model != self.model else route(plan, caller)

    async def look(self) -> bool:
        """Asks for the plan; whether it is another one now."""
        before = self.kept
        try:
            self.kept = await self.documents.read(self.kept)
        except (StoreUnavailable, PlanError) as error:
            self._complain(str(error))
            return False
        self._complaint = ""
        return self.note(before)

    def note(self, before: Kept | None) -> bool:
        """Logs what has happened to the plan since `before`; whether anything has."""
        if before is not None and self.kept is not None and before.generation == self.kept.generation:
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
        return self.plan is not None

    def _news(self, before: Kept | None) -> tuple[Event, ...]:
        if self.plan is None:
            return ()
        if before is None or before.plan is None:
            return self.plan.history[-1:]
        last = before.plan.history[-1:]
        return tuple(event for event in self.plan.history if not last or event.at > last[0].at)

    def _complain(self, reason: str) -> None:
        if reason != self._complaint:
            self._complaint = reason
            _log.warning("the rollout's plan cannot be read; the last one holds", reason=reason)
