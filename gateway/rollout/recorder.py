"""Counts as they arise in one instance, in slots of a few seconds."""

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime
from typing import Final

from gateway.rollout.report import Slot
from gateway.rollout.tally import FAILED, Agreement, Tally, answered

SLOT_SECONDS: Final = 5
MOST_SLOTS: Final = 720
"""An hour: no window is judged by more, and a report stays small."""


class _Counting:
    def __init__(self, begin: int) -> None:
        self.begin = begin
        self.tallies: dict[int, Tally] = {}
        self.agreement = Agreement()


class Recorder:
    """Of one rollout at a time: `begun` tells which. Used on the event loop alone."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.begin(None)

    def begin(self, begun: datetime | None) -> None:
        """Counts anew, for another rollout."""
        self.begun = begun
        self.whole: dict[int, Tally] = defaultdict(Tally)
        self.shown = Agreement()
        self._slots: list[_Counting] = []

    def answered(self, version: int, seconds: float) -> None:
        """A request that `version` answered."""
        self._add(version, answered(seconds))

    def failed(self, version: int) -> None:
        """A request on which `version` failed."""
        self._add(version, FAILED)

    def compared(self, agreement: Agreement) -> None:
        """Of a picture that both versions were to be shown."""
        self._slot().agreement += agreement
        self.shown += agreement

    def slots(self, window_seconds: float) -> tuple[Slot, ...]:
        """Those of the window, and of `MOST_SLOTS` at most, oldest first."""
        since = self._clock() - window_seconds - SLOT_SECONDS
        return tuple(
            Slot(each.begin, dict(each.tallies), each.agreement) for each in self._slots if each.begin >= since
        )

    def _add(self, version: int, tally: Tally) -> None:
        slot = self._slot()
        slot.tallies[version] = slot.tallies.get(version, Tally()) + tally
        self.whole[version] += tally

    def _slot(self) -> _Counting:
        begin = int(self._clock()) // SLOT_SECONDS * SLOT_SECONDS
        if not self._slots or self._slots[-1].begin != begin:
            self._slots = [*self._slots[1 - MOST_SLOTS :], _Counting(begin)]
        return self._slots[-1]
