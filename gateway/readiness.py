"""Whether this instance can serve: only after an inference has run through it, and again after the model was away."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

import structlog

from gateway.errors import GatewayError

_log = structlog.get_logger(__name__)

_PAUSE_SECONDS: Final = 0.25


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
    ) -> None:
        self._probe = probe
        self._warm_up = warm_up
        self._on_ready = on_ready
        self.served: Served | None = None

    async def watch(self) -> None:
        """Keeps `served` true; runs until cancelled."""
        while True:
            if not await self._probe():
                self._lost()
            elif self.served is None:
                await self._try_warm_up()
            await asyncio.sleep(_PAUSE_SECONDS)

    def _lost(self) -> None:
        if self.served is not None:
            _log.warning("model is away", model=self.served.model, version=self.served.version)
        self.served = None

    async def _try_warm_up(self) -> None:
        try:
            self.served = await self._warm_up()
        except GatewayError as exc:
            _log.warning("warm-up did not succeed", code=exc.code, detail=exc.detail)
        except Exception:  # noqa: BLE001 - whatever it is, an instance that stays unready must say why, and try again
            _log.exception("warm-up failed")
        else:
            _log.info("ready", model=self.served.model, version=self.served.version)
            self._on_ready()
