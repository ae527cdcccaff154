"""What one request uses of its client's rate."""

import math
from collections.abc import MutableMapping
from typing import Any, Final

from gateway.errors import RateLimited
from gateway.rates.count import Count, Counting
from gateway.rates.rate import Rate

PIXELS_A_UNIT: Final = 4_000_000
_KEY: Final = "gateway.meter"


class Meter:
    """Takes units as it becomes known how many a request costs; `policy` names the rate for the client.

    What costs more than the whole rate takes the whole rate.
    """

    def __init__(self, counting: Counting, who: str, rate: Rate, policy: str) -> None:
        self.rate = rate
        self.policy = policy
        self.count: Count | None = None
        self._counting = counting
        self._who = who
        self._taken = 0

    async def take(self, cost: int) -> None:
        """What the request costs in all, as far as it is known. Raises RateLimited, LimitsUnavailable."""
        whole = min(cost, self.rate.units)
        more = whole - self._taken
        if more <= 0:
            return
        self.count = await self._counting.take(self._who, self.rate, more, whole)
        if self.count.wait is not None:
            raise self._refusal(whole, max(math.ceil(self.count.wait), 1))
        self._taken = whole

    def _refusal(self, whole: int, wait: int) -> RateLimited:
        return RateLimited(
            f"{self.rate.units} units are allowed in {self.rate.seconds} seconds, and this request takes {whole}; "
            f"try again in {wait} seconds.",
            limit=self.rate.units,
            retry_after=wait,
        )


def cost(pixels: int, effects: int) -> int:
    """Of a picture, in units: one for each four megapixels begun, and one for each effect but the first."""
    return max(math.ceil(pixels / PIXELS_A_UNIT), 1) + max(effects - 1, 0)


def put(scope: MutableMapping[str, Any], meter: Meter) -> None:
    """The request, an ASGI scope, is counted by it."""
    scope[_KEY] = meter


def get(scope: MutableMapping[str, Any]) -> Meter | None:
    """What counts the request, an ASGI scope; None where nothing does."""
    found: Meter | None = scope.get(_KEY)
    return found
