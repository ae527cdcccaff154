"""Drives one instance's Triton to the plan: what the plan names is loaded, what routing may still use stays."""

import asyncio
import math
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
_LOSSES: Final = 3
"""Times within a plan's window that Triton may go away with the candidate in it, before that is taken for the cause."""
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
        self._held: int | None = None  # the candidate, while it is loaded or being loaded
        self._losses: list[tuple[int, float]] = []  # of the candidate, and when
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
        self._note_loss(plan)
        self._hold(plan)
        for version in plan.versions:
            if version not in self.loaded and not self._rests_still(version):
                self._held = version if version == plan.candidate else self._held
                await self._load(version, (self.loaded & self._kept(plan)) | {version})
        superfluous = self.loaded - self._kept(plan)
        if superfluous and plan.stable in self.loaded and self._clock() >= self._unload_again:
            await self._unload(self.loaded - superfluous, superfluous)
        self._hold(plan)

    async def look(self) -> frozenset[int]:
        """What answers now. Raises ModelUnavailable."""
        async with self._busy:
            self.loaded = await self._control.loaded(self._model)
            return self.loaded

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
        self._last[version] = -math.inf

    def _kept(self, plan: Plan) -> frozenset[int]:
        """What the plan names, what it named lately, and what another instance of the same Triton may just be trying out."""
        now = self._clock()
        tried = self.loaded if plan.stable in self.loaded else ()  # else Triton has been restarted
        self._last = {version: last for version, last in self._last.items() if version in self.loaded}
        self._last = dict.fromkeys(tried, now) | self._last | dict.fromkeys(plan.versions, now)
        return frozenset(version for version, last in self._last.items() if last >= now - self._linger)

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

    def _note_loss(self, plan: Plan) -> None:
        """A candidate that crashes Triton is never seen to fail: all versions are away then, and nobody is at fault."""
        now, since = self._clock(), self._clock() - plan.limits.window_seconds
        if self._held == plan.candidate and plan.candidate not in self.loaded and plan.candidate is not None:
            self._losses.append((plan.candidate, now))
        self._losses = [(version, at) for version, at in self._losses if version == plan.candidate and at >= since]
        if len(self._losses) >= _LOSSES and plan.candidate is not None:
            self._losses.clear()
            self._rests[plan.candidate] = _LONGEST_REST, now
            self._rest(plan.candidate, f"Triton went away {_LOSSES} times with it")

    def _hold(self, plan: Plan) -> None:
        self._held = plan.candidate if plan.candidate in self.loaded else None

    def _forget_failures(self, plan: Plan) -> None:
        for version in self.failed.keys() - set(plan.versions):
            del self.failed[version], self._rests[version]
