"""What is known of a rollout, gathered for the report that people read."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from gateway.rollout import compared, guard
from gateway.rollout.compared import Answers, Evidence, Histogram, Limit
from gateway.rollout.exhibit import Exhibit, pixels
from gateway.rollout.guard import Finding
from gateway.rollout.plan import Plan, PlanError
from gateway.rollout.report import Report, Seen
from gateway.rollout.tally import IOU_EDGES, MAE_EDGES, Tally, edge

_SECONDS: Final = (*(round(10 ** (step / 12), 4) for step in range(-24, 25)), math.inf)
"""Twelve a decade, from 0.01 to 100."""


def gathered(
    plan: Plan, reports: Iterable[Report], exhibits: Iterable[Exhibit], now: datetime, machinery: Mapping[str, str]
) -> Evidence:
    """Of the rollout, or of the one that has ended, since it began. Raises PlanError before the first."""
    if plan.pair is None:
        raise PlanError("nothing has been rolled out yet: there is nothing to compare")
    stable, candidate = plan.pair
    seen = Seen((report for report in reports if report.begun == plan.begun), math.inf)
    old, new, shown = seen.whole(stable), seen.whole(candidate), seen.shown
    errors, seconds, masks, failures = map(_limit, guard.found(plan.limits, new, old, old, shown))
    return Evidence(
        model=plan.model,
        date=f"{now:%Y-%m-%d %H:%M} UTC",
        stable=_answers(stable, old),
        candidate=_answers(candidate, new),
        seconds=_SECONDS,
        error_rate=errors,
        p95_ratio=seconds,
        disagreement=masks,
        failing=failures,
        iou=_histogram(IOU_EDGES, shown.iou),
        mae=_histogram(MAE_EDGES, shown.mae),
        beside=(_binned(shown.stable_seconds), _binned(shown.candidate_seconds)),
        dropped=shown.dropped,
        exhibits=tuple(map(_exhibit, exhibits)),
        machinery=machinery,
    )


def _limit(found: Finding) -> Limit:
    return Limit(found.found, found.limit, not found.broken, found.sample, found.needed)


def _answers(version: int, tally: Tally) -> Answers:
    return Answers(version, tally.requests, tally.errors, _binned(tally.seconds))


def _binned(seconds: Mapping[int, int]) -> tuple[int, ...]:
    counts = [0] * len(_SECONDS)
    for number, count in seconds.items():
        counts[bisect_left(_SECONDS, edge(number))] += count
    return tuple(counts)


def _histogram(edges: tuple[float, ...], counts: Mapping[int, int]) -> Histogram:
    return Histogram(edges, tuple(counts.get(number, 0) for number in range(len(edges))))


def _exhibit(kept: Exhibit) -> compared.Exhibit:
    return compared.Exhibit(
        rgb=pixels(kept.picture),
        stable=pixels(kept.stable),
        candidate=pixels(kept.candidate),
        iou=kept.iou,
        mae=kept.mae,
        stable_seconds=kept.stable_seconds,
        candidate_seconds=kept.candidate_seconds,
        when=f"{kept.at:%Y-%m-%d %H:%M:%S} UTC",
    )
