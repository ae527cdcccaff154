"""Which rate is whose."""

from typing import Final

from gateway.client import network
from gateway.rates.count import Counting
from gateway.rates.meter import Meter
from gateway.rates.rate import Rate, parse

FAILURES: Final = Rate(30, 60)
"""Keys that are none, from one address."""


class Rates:
    """`anonymous` is an address's, `keys` a key's that has none of its own; None: unlimited."""

    def __init__(self, counting: Counting, *, anonymous: Rate | None, keys: Rate | None) -> None:
        self._counting = counting
        self._anonymous = anonymous
        self._keys = keys

    @property
    def without(self) -> int:
        """How many requests were not counted where they should have been, as that was away."""
        return self._counting.without

    def of_key(self, name: str, own: str | None) -> Meter | None:
        """Of the key with the id `name`, which may have its `own` rate."""
        rate = self._keys if own is None else parse(own)
        return None if rate is None else Meter(self._counting, f"key/{name}", rate, "key")

    def of_address(self, address: str) -> Meter | None:
        """Of whoever has shown no key."""
        if self._anonymous is None:
            return None
        return Meter(self._counting, f"address/{network(address)}", self._anonymous, "address")

    def of_failures(self, address: str) -> Meter | None:
        """Of an address that has shown a key which is none, or should have shown one."""
        if self._anonymous is None:
            return None
        return Meter(self._counting, f"failures/{network(address)}", FAILURES, "failures")
