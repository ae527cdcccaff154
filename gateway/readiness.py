"""Whether this instance can serve: only after an inference has run through it, and again after the model was away."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.cold_starts import ColdStarts
from gateway.errors import GatewayError, Starting
from gateway.progress.events import Tell, cold_start
from gateway.stopwatch import timing

_log = structlog.get_logger(__name__)

_PAUSE_SECONDS: Final = 0.25
_AWAY_PAUSE_SECONDS: Final = 0.05
"""While the model is away: somebody may be waiting for it."""


@dataclass(frozen=True)
class Served:
    """The model that answered last, as its server names it."""

    model: str
    version: str


class Readiness:
    """Watches the model: `served` is None until `warm_up` has succeeded, and while `probe` says that it is away."""

    def __init__(
        self,
        probe: Callable[[], Awaitable[bool]],
        warm_up: Callable[[], Awaitable[Served]],
        on_ready: Callable[[], None],
        *,
        starts: ColdStarts,
        patience: float,
    ) -> None:
        """`patience` is how many seconds a picture waits for a model that starts."""
        self._probe = probe
        self._warm_up = warm_up
        self._on_ready = on_ready
        self.starts = starts
        self._patience = patience
        self._open = asyncio.Event()
        self.served: Served | None = None

    async def opened(self, tell: Tell) -> None:
        """Returns once the model serves. Raises Starting where that takes longer than a picture may wait."""
        if self.served is not None:
            return
        tell(cold_start(self.starts.remaining()))
        try:
            with timing("start"):
                async with asyncio.timeout(self._patience):
                    await self._open.wait()
        except TimeoutError as exc:
            raise self.starting() from exc

    def starting(self) -> Starting:
        """What to answer until the model serves."""
        seconds = math.ceil(self.starts.remaining() or 1)
        return Starting("The model is not ready yet; try again shortly.", retry_after=max(seconds, 1))

    async def watch(self) -> None:
        """Keeps `served` true; runs until cancelled."""
        while True:
            away = not await self._probe()
            if away:
                self._lost()
            elif self.served is None:
                await self._try_warm_up()
            await asyncio.sleep(_AWAY_PAUSE_SECONDS if away else _PAUSE_SECONDS)

    def _lost(self) -> None:
        if self.served is not None:
            _log.warning("model is away", model=self.served.model, version=self.served.version)
            self.starts.begin()
        self.served = None
        self._open.clear()

    async def _try_warm_up(self) -> None:
        try:
            self.served = await self._warm_up()
        except GatewayError as exc:
            _log.warning("warm-up did not succeed", code=exc.code, detail=exc.detail)
        except Exception:  # noqa: BLE001 - whatever it is, an instance that stays unready must say why, and try again
            _log.exception("warm-up failed")
        else:
            seconds = self.starts.end()
            _log.info("ready", model=self.served.model, version=self.served.version, start_seconds=round(seconds, 1))
            self._open.set()
            self._on_ready()
