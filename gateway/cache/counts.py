"""How much the cache saves, as numbers."""

from dataclasses import dataclass

from gateway.cutout import Outcome


@dataclass
class Counts:
    """Requests by what the cache did for them, and what the store failed to do, since the service started."""

    hit: int = 0
    miss: int = 0
    coalesced: int = 0
    faults: int = 0

    def add(self, outcome: Outcome) -> None:
        """One more request."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    @property
    def hit_ratio(self) -> float | None:
        """The part of requests for which nothing was computed; None before the first."""
        asked = self.hit + self.miss + self.coalesced
        return None if asked == 0 else (self.hit + self.coalesced) / asked
