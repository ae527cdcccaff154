"""What one instance tells the others: what it has loaded, and what it has counted lately."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

import msgspec

from gateway.rollout.plan import Moment
from gateway.rollout.tally import Agreement, Tally, together, total

_LATE: Final = 3
"""Times the interval after which an instance that has told nothing is taken for gone."""


class Slot(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Counts of a few seconds that began at `begin`, in seconds since 1970; of requests by version."""

    begin: int
    tallies: Mapping[int, Tally] = {}
    agreement: Agreement = Agreement()


class Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one instance, told `every` so many seconds.

    `begun` says to which rollout it belongs; `failed` are versions that it could not load, with the reason; `slots` are the
    latest; `whole` and `shown` count since the rollout began.
    """

    instance: str
    at: Moment
    every: float
    begun: Moment | None
    loaded: tuple[int, ...] = ()
    failed: Mapping[int, str] = {}
    slots: tuple[Slot, ...] = ()
    whole: Mapping[int, Tally] = {}
    shown: Agreement = Agreement()

    def lives(self, now: datetime) -> bool:
        """Whether it can be expected to tell more."""
        return now < self.at + timedelta(seconds=_LATE * self.every + 2)


class Seen:
    """What the reports of one rollout say together of the slots since `since`, in seconds since 1970."""

    def __init__(self, reports: Iterable[Report], since: float) -> None:
        self._reports = tuple(reports)
        self._slots = [slot for report in self._reports for slot in report.slots if slot.begin >= since]

    def tally(self, version: int) -> Tally:
        """Of the requests that `version` answered lately."""
        return total(slot.tallies[version] for slot in self._slots if version in slot.tallies)

    def whole(self, version: int) -> Tally:
        """Of all that `version` answered since the rollout began."""
        return total(report.whole.get(version, Tally()) for report in self._reports)

    @property
    def shown(self) -> Agreement:
        """Of the pictures that both versions were shown since the rollout began."""
        return together(report.shown for report in self._reports)

    @property
    def agreement(self) -> Agreement:
        """Of the pictures that both versions were shown lately."""
        return together(slot.agreement for slot in self._slots)
