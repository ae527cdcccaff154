"""Drives one instance's Triton to the plan: what the plan names is loaded, what routing may still use stays."""

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final, Protocol

import structlog

from gateway.errors import ModelUnavailable
from gateway.rollout.errors import LoadRefused
from gateway.rollout.plan import Plan

_PAUSE_SECONDS: Final = 0.5
_FIRST_REST: Final = 2.0
_LONGEST_REST: Final = 60.0
_NOT_FOUND: Final = "Triton does not find it"  # and says nothing, where a version has no folder
_log = structlog.get_logger(__name__)


class Control(Protocol):
    """Whoever loads models."""

    async def loaded(self, model: str) -> frozenset[int]:
        """The versions that answer. Raises ModelUnavailable."""

    async def load(self, model: str, versions: Iterable[int]) -> None:
        """Has these versions loaded and all others unloaded. Raises LoadRefused and ModelUnavailable."""


class Reconciler:
    """`loaded` is what answers, `failed` what could not be loaded, with the reason, and is tried again after a rest.

    A version that the plan names no more stays for `linger` seconds: as long as a request that was routed to it may last.
    """

    def __init__(
        self,
        control: Control,
        model: str,
        plan: Callable[[], Plan | None],
        *,
        linger: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._control = control
        self._model = model
        self._plan = plan
        self._linger = linger
        self._clock = clock
        self._last: dict[int, float] = {}  # when the plan named each version last
        self._rests: dict[int, tuple[float, float]] = {}  # how long, and until when
        self._unload_again = 0.0
        self._busy = asyncio.Lock()
        self.loaded: frozenset[int] = frozenset()
        self.failed: dict[int, str] = {}

    async def watch(self) -> None:
        """Keeps to the plan; runs until cancelled."""
        while True:
            try:
                async with self._busy:
                    await self.reconcile()
            except ModelUnavailable:  # readiness tells of it
                self.loaded = frozenset()
            except Exception:  # noqa: BLE001 - one answer that is not understood must not be the last one asked for
                _log.exception("a round of loading failed")
            await asyncio.sleep(_PAUSE_SECONDS)

    async def reconcile(self) -> None:
        """One round. The stable version comes first and alone: nothing that is wrong with another keeps it away.

        Raises ModelUnavailable.
        """
        self.loaded = await self._control.loaded(self._model)
        plan = self._plan()
        if plan is None:
            return
        self._forget_failures(plan)
        for version in plan.versions:
            if version not in self.loaded and not self._rests_still(version):
                await self._load(version, (self.loaded & self._kept(plan)) | {version})
        superfluous = self.loaded - self._kept(plan)
        if superfluous and plan.stable in self.loaded and self._clock() >= self._unload_again:
            await self._unload(self.loaded - superfluous, superfluous)

    async def try_out(self, version: int) -> None:
        """Loads a version beside what is loaded, whatever the plan says. Raises LoadRefused and ModelUnavailable."""
        async with self._busy:
            self.loaded = await self._control.loaded(self._model)
            if version not in self.loaded:
                await self._control.load(self._model, self.loaded | {version})
                self.loaded = await self._control.loaded(self._model)
            if version not in self.loaded:
                raise LoadRefused(_NOT_FOUND)
            self._last[version] = self._clock()  # after loading, which may take longer than anything lingers

    def drop(self, version: int) -> None:
        """Does not wait until nobody uses the version: nobody was routed to it."""
        self._last.pop(version, None)

    def _kept(self, plan: Plan) -> frozenset[int]:
        """What the plan names, and what it named lately."""
        now = self._clock()
        self._last |= dict.fromkeys(plan.versions, now)
        self._last = {version: last for version, last in self._last.items() if last >= now - self._linger}
        return frozenset(self._last)

    async def _load(self, version: int, versions: frozenset[int]) -> None:
        begin, reason = self._clock(), _NOT_FOUND
        try:
            await self._control.load(self._model, versions)
        except LoadRefused as error:
            reason = str(error)
        self.loaded = await self._control.loaded(self._model)
        if version in self.loaded:
            _log.info("a version is loaded", version=version, seconds=round(self._clock() - begin, 1))
            self.failed.pop(version, None)
            self._rests.pop(version, None)
        else:
            self._rest(version, reason)

    async def _unload(self, left: frozenset[int], gone: frozenset[int]) -> None:
        try:
            await self._control.load(self._model, left)
        except LoadRefused as error:
            self._unload_again = self._clock() + _LONGEST_REST
            _log.warning("versions could not be unloaded", versions=sorted(gone), reason=str(error))
        else:
            _log.info("versions are unloaded", versions=sorted(gone))
        self.loaded = await self._control.loaded(self._model)

    def _rest(self, version: int, reason: str) -> None:
        before, _ = self._rests.get(version, (_FIRST_REST / 2, 0.0))
        seconds = min(2 * before, _LONGEST_REST)
        self._rests[version] = seconds, self._clock() + seconds
        self.failed[version] = reason
        _log.error("a version cannot be loaded", version=version, reason=reason, again_in=seconds)

    def _rests_still(self, version: int) -> bool:
        return version in self._rests and self._clock() < self._rests[version][1]

    def _forget_failures(self, plan: Plan) -> None:
        for version in self.failed.keys() - set(plan.versions):
            del self.failed[version], self._rests[version]
