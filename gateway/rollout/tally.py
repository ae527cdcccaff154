"""Counts that can be added: of requests to a version, and of pictures that two versions were shown."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

_GROWTH: Final = 1.05
_LEAST: Final = 1e-4
IOU_EDGES: Final = (0.5, 0.8, 0.9, 0.93, 0.95, 0.96, 0.97, 0.98, 0.985, 0.99, 0.9925, 0.995, 0.9975, 0.999, 1.0)
MAE_EDGES: Final = (0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Upper ones of the bins in which pictures are counted."""


class Tally(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests to one version; `seconds` counts those that succeeded, by `edge` numbers, 5 % wide."""

    requests: int = 0
    errors: int = 0
    seconds: Mapping[int, int] = {}

    @property
    def error_rate(self) -> float:
        """Share of the requests that failed."""
        return self.errors / self.requests if self.requests else 0.0

    def quantile(self, share: float) -> float | None:
        """Seconds within which that share of them was answered, 5 % too high at most; None where none was."""
        return _quantile(self.seconds, share)

    def slower(self, seconds: float) -> int:
        """How many took longer."""
        return sum(count for number, count in self.seconds.items() if edge(number) > seconds)

    def __add__(self, other: "Tally") -> "Tally":
        return total((self, other))


class Agreement(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pictures that both versions were shown, `iou` and `mae` by the number of their edge.

    `dropped` are those for which there was no time.
    `failed` are those on which the candidate, for which no user waited, gave no mask.
    """

    pictures: int = 0
    failed: int = 0
    dropped: int = 0
    disagreement: float = 0.0
    iou: Mapping[int, int] = {}
    mae: Mapping[int, int] = {}
    stable_seconds: Mapping[int, int] = {}
    candidate_seconds: Mapping[int, int] = {}

    @property
    def mean_disagreement(self) -> float:
        """Of 1 - IoU."""
        return self.disagreement / self.pictures if self.pictures else 0.0

    def __add__(self, other: "Agreement") -> "Agreement":
        return together((self, other))


def answered(seconds: float) -> Tally:
    """One request that succeeded."""
    return Tally(1, 0, {number(seconds): 1})


FAILED: Final = Tally(1, 1)
"""One request that did not."""


def compared(iou: float, mae: float, stable: float, candidate: float) -> Agreement:
    """One picture, with the seconds that each version took."""
    return Agreement(
        pictures=1,
        disagreement=1 - iou,
        iou={bisect_left(IOU_EDGES, iou): 1},
        mae={bisect_left(MAE_EDGES, mae): 1},
        stable_seconds={number(stable): 1},
        candidate_seconds={number(candidate): 1},
    )


def number(seconds: float) -> int:
    """Of the first edge that is not below."""
    return max(math.ceil(math.log(max(seconds, _LEAST) / _LEAST) / math.log(_GROWTH) - 1e-9), 0)


def edge(number: int) -> float:
    """In seconds."""
    return _LEAST * float(_GROWTH**number)


def total(tallies: Iterable[Tally]) -> Tally:
    """Their sum, of thousands within milliseconds: it is made on the event loop."""
    found = tuple(tallies)
    return Tally(
        sum(each.requests for each in found), sum(each.errors for each in found), _sum(each.seconds for each in found)
    )


def together(agreements: Iterable[Agreement]) -> Agreement:
    """Their sum, as quickly."""
    found = tuple(agreements)
    return Agreement(
        sum(each.pictures for each in found),
        sum(each.failed for each in found),
        sum(each.dropped for each in found),
        math.fsum(each.disagreement for each in found),
        _sum(each.iou for each in found),
        _sum(each.mae for each in found),
        _sum(each.stable_seconds for each in found),
        _sum(each.candidate_seconds for each in found),
    )


def _quantile(counts: Mapping[int, int], share: float) -> float | None:
    wanted, seen = share * sum(counts.values()), 0
    for each in sorted(counts):
        seen += counts[each]
        if seen >= wanted:
            return edge(each)
    return None


def _sum(counts: Iterable[Mapping[int, int]]) -> dict[int, int]:
    found: dict[int, int] = {}
    for each in counts:
        for place, count in each.items():
            found[place] = found.get(place, 0) + count
    return found
