"""Which version of a model answers when none is named."""

import time
from collections.abc import Callable
from typing import Final, Protocol

from gateway.errors import GatewayError
from gateway.segmentation import Serving

_SECONDS: Final = 1.0
_MOST: Final = 64  # models that are remembered; names come from clients


class Host(Protocol):
    """Whoever serves models."""

    async def serving(self, model: str) -> Serving:
        """What of `model` is served, and how."""


class Versions:
    """Asked again every second. While the host is away the last answer holds, so what is kept is still found."""

    def __init__(self, host: Host, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._clock = clock
        self._known: dict[str, tuple[str, float]] = {}

    async def newest(self, model: str) -> str | None:
        """None where it cannot be told: the model is unknown, or has never answered."""
        version, asked = self._known.get(model, (None, 0.0))
        if version is not None and self._clock() < asked + _SECONDS:
            return version
        try:
            version = (await self._host.serving(model)).versions[-1]
        except (GatewayError, IndexError):
            return version
        if len(self._known) >= _MOST:
            self._known.clear()
        self._known[model] = version, self._clock()
        return version
