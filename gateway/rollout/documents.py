"""What the store holds of a rollout: the plan, changed by compare-and-set alone, and what each instance tells."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import msgspec
import structlog

from gateway.rollout.plan import Plan, decoded, encoded
from gateway.rollout.report import Report
from gateway.store.store import Changed, Store

_JSON: Final = "application/json"
_TRIES: Final = 5
_TOLD_FOR: Final = timedelta(hours=1)
_log = structlog.get_logger(__name__)

Change = Callable[[Plan | None], Plan]
"""From the plan as it is, None where there is none, to what it shall be. Raises PlanError."""


@dataclass(frozen=True)
class Kept:
    """A plan, and which generation of the document it is; of 0 there is none."""

    plan: Plan | None
    generation: int


class Documents:
    """Of the rollout of one model. Every method raises StoreUnavailable."""

    def __init__(self, store: Store, model: str) -> None:
        self._store = store
        self._plan = f"rollout/{model}/plan"
        self._reports = f"rollout/{model}/instances/"

    async def read(self, known: Kept | None = None) -> Kept:
        """The plan; `known` itself where that has not changed. Raises PlanError where the document is damaged."""
        if known is not None and known.generation:
            info = await self._store.head(self._plan)
            if info is not None and info.generation == known.generation:
                return known
        found = await self._store.get(self._plan)
        return Kept(None, 0) if found is None else Kept(decoded(found.body), found.info.generation)

    async def change(self, make: Change, generation: int | None = None) -> Kept:
        """The plan as `make` has it, made of the one that is there then, whoever changed it in between.

        With a `generation` it is changed only as that one, else Changed. Raises Changed and PlanError.
        """
        for _ in range(_TRIES):
            kept = await self.read()
            if generation not in (None, kept.generation):
                raise Changed
            plan = make(kept.plan)
            body = encoded(plan)
            decoded(body)  # nothing is stored that the others could not read
            try:
                info = await self._store.put(self._plan, body, media_type=_JSON, generation=kept.generation)
            except Changed:
                continue
            return Kept(plan, info.generation)
        raise Changed

    async def tell(self, report: Report) -> None:
        """Stores what an instance tells, in the place of what it told before."""
        name = f"{self._reports}{report.instance}"
        body = msgspec.json.encode(report)
        await self._store.put(name, body, media_type=_JSON, expires=report.at + _TOLD_FOR)

    async def told(self) -> tuple[Report, ...]:
        """What all instances of the last hour told last."""
        infos = await self._store.list(self._reports)
        found = await asyncio.gather(*(self._report(info.name) for info in infos))
        return tuple(report for report in found if report is not None)

    async def _report(self, name: str) -> Report | None:
        found = await self._store.get(name)
        if found is None:
            return None
        try:
            return msgspec.json.decode(found.body, type=Report)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:  # of an instance with another release
            _log.warning("an instance's report cannot be read", name=name, reason=str(error))
            return None
