"""A candidate beside the stable version, as a report for people: what the guard found, how fast both were, how they cut out."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from report.content import MOST_CASES, Case, Figure, Report, Side
from report.distribution import Distribution, Series
from report.histogram import percent
from report.tiles import tiles

_MANY = 100
"""From how many on a part is told in percent, too."""


@dataclass(frozen=True)
class Answers:
    """What one version did: its number, its requests, those of them that failed, and how many took how long.

    `seconds` counts by the bins of `Evidence.seconds`.
    """

    version: int
    requests: int
    errors: int
    seconds: tuple[int, ...]


@dataclass(frozen=True)
class Histogram:
    """Counts in bins that begin at 0 and end at these edges, the last of which may be infinite."""

    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class Limit:
    """A limit of the guard.

    Attributes:
        found: what was measured; None before anything was.
        allowed: the largest value that is let pass.
        holds: the guard's judgement; it does not count before the sample is large enough.
        sample, least: how many were measured, and how many are needed.
    """

    found: float | None
    allowed: float
    holds: bool
    sample: int
    least: int

    @property
    def judged(self) -> bool:
        """Whether there is enough to judge by."""
        return self.found is not None and self.sample >= self.least


@dataclass(frozen=True)
class Exhibit:
    """A picture that both versions cut out.

    Attributes:
        rgb: as the network got it, uint8 (S, S, 3).
        stable, candidate: alphas, uint8 (S, S).
        iou, mae: IoU and mean absolute error of the two, 0 … 1.
        stable_seconds, candidate_seconds: how long each took.
        when: the time, as it is to be shown.
    """

    rgb: NDArray[np.uint8]
    stable: NDArray[np.uint8]
    candidate: NDArray[np.uint8]
    iou: float
    mae: float
    stable_seconds: float
    candidate_seconds: float
    when: str

    @property
    def rank(self) -> tuple[float, float]:
        """Sorts the worst first."""
        return self.iou, -self.mae


@dataclass(frozen=True)
class Evidence:
    """All that is known of a candidate beside the stable version.

    Attributes:
        model, date: the model's name; the time of the report, as it is to be shown.
        seconds: upper edges of the bins in which both versions' seconds are counted; the last may be infinite.
        error_rate: the candidate's failed requests of all, above the stable version's, 0 … 1.
        p95_ratio: the candidate's 95th percentile of seconds over the stable one's.
        disagreement: the mean of 1 - IoU of the shadowed pictures, 0 … 1.
        failing: the part of the shadowed pictures on which the candidate gave no mask, 0 … 1.
        iou, mae: of the shadowed pictures.
        beside: how many of those took the stable version, and how many the candidate, how long, by the bins of `seconds`.
        dropped: pictures that were to be shadowed and were not, because the service had no time for them.
        exhibits: the worst that were kept.
        machinery: versions of what computed, by name.
    """

    model: str
    date: str
    stable: Answers
    candidate: Answers
    seconds: tuple[float, ...]
    error_rate: Limit
    p95_ratio: Limit
    disagreement: Limit
    failing: Limit
    iou: Histogram
    mae: Histogram
    beside: tuple[tuple[int, ...], tuple[int, ...]]
    dropped: int
    exhibits: tuple[Exhibit, ...]
    machinery: Mapping[str, str]

    @property
    def shadowed(self) -> int:
        """How many pictures both versions cut out."""
        return sum(self.iou.counts)


def compared(evidence: Evidence) -> Report:
    """The report, with the stable version as A and the candidate as B. Raises ValueError for counts that fit no edges."""
    worst = sorted(evidence.exhibits, key=lambda exhibit: exhibit.rank)[:MOST_CASES]
    return Report(
        date=evidence.date,
        a=_side(evidence.model, evidence.stable, "stable"),
        b=_side(evidence.model, evidence.candidate, "candidate"),
        figures=_figures(evidence),
        differences=None,
        pictures=evidence.shadowed,
        cases=tuple(map(_case, worst)),
        skipped=(),
        machinery=evidence.machinery,
        distributions=(_latency(evidence), _beside_each_other(evidence), _iou(evidence.iou), _mae(evidence.mae)),
    )


def _side(model: str, answers: Answers, role: str) -> Side:
    facts = {"Requests": f"{answers.requests:,}", "Failed": f"{answers.errors:,}"}
    return Side(f"{model}/{answers.version}", facts, role)


def _figures(evidence: Evidence) -> tuple[Figure, ...]:
    stable, asked = evidence.stable, evidence.shadowed + evidence.dropped
    return (
        _figure("Failed requests of the candidate, above the stable version's", evidence.error_rate, percent),
        _figure("Latency, 95th percentile, candidate / stable", evidence.p95_ratio, _ratio),
        _figure("Disagreement of the masks, mean of 1 − IoU", evidence.disagreement, percent),
        _figure("Shadowed pictures on which the candidate failed", evidence.failing, percent),
        Figure("Failed requests of the stable version", _part(stable.errors, stable.requests)),
        Figure("Pictures left out because the service was busy", _part(evidence.dropped, asked)),
    )


def _figure(name: str, limit: Limit, text: Callable[[float], str]) -> Figure:
    return Figure(name, _found(limit, text), f"≤ {text(limit.allowed)}", limit.holds if limit.judged else None)


def _found(limit: Limit, text: Callable[[float], str]) -> str:
    if limit.sample < limit.least:
        return f"too few ({limit.sample:,} of {limit.least:,})"
    if limit.found is None:
        return "not measured"
    return f"{_beside(limit.found, limit.allowed, text)} ({limit.sample:,} counted)"


def _beside(found: float, allowed: float, text: Callable[[float], str]) -> str:
    """What was found, so that it does not read as the limit where it is not."""
    if found == allowed or text(found) != text(allowed):
        return text(found)
    return f"just {'over' if found > allowed else 'under'} {text(found)}"


def _ratio(value: float) -> str:
    return f"{value:.2f} ×"


def _part(count: int, total: int) -> str:
    """A share of few says nothing, so it is left out."""
    return f"{count:,} of {total:,}" + (f" ({percent(count / total)})" if total >= _MANY else "")


def _latency(evidence: Evidence) -> Distribution:
    return Distribution(
        title="Latency",
        caption="Columns are shares of a version's own requests; the line over B is A. Half of them took less than p50, "
        "95 of 100 less than p95, as exactly as the columns tell.",
        label="Seconds at the model",
        unit=" s",
        counted="Requests",
        edges=(0.0, *evidence.seconds),
        series=(
            Series(f"stable, version {evidence.stable.version}", evidence.stable.seconds),
            Series(f"candidate, version {evidence.candidate.version}", evidence.candidate.seconds),
        ),
    )


def _beside_each_other(evidence: Evidence) -> Distribution:
    stable, candidate = evidence.beside
    return replace(
        _latency(evidence),
        title="Latency on the same pictures",
        caption="Of the shadowed pictures, which both versions cut out; one of them was waited for by nobody.",
        counted="Pictures",
        series=(
            Series(f"stable, version {evidence.stable.version}", stable),
            Series(f"candidate, version {evidence.candidate.version}", candidate),
        ),
    )


def _iou(found: Histogram) -> Distribution:
    return Distribution(
        title="Agreement of the cut-outs",
        caption="What both cut-outs have in common, 1 where they are the same. 5 of 100 pictures are below p5.",
        label="IoU",
        unit="",
        counted="Pictures",
        edges=(0.0, *found.edges),
        series=(Series("both versions", found.counts),),
        marks=(50, 5),
    )


def _mae(found: Histogram) -> Distribution:
    return Distribution(
        title="Difference of opacity",
        caption="Averaged over a picture, 0 where the cut-outs are the same. 95 of 100 pictures are below p95.",
        label="Mean absolute error",
        unit="",
        counted="Pictures",
        edges=(0.0, *found.edges),
        series=(Series("both versions", found.counts),),
    )


def _case(exhibit: Exhibit) -> Case:
    figures = {
        "IoU": f"{exhibit.iou:.4f}",
        "MAE": f"{exhibit.mae:.4f}",
        "Stable took": f"{exhibit.stable_seconds:.3f} s",
        "Candidate took": f"{exhibit.candidate_seconds:.3f} s",
    }
    return Case(exhibit.when, figures, tiles(exhibit.rgb, exhibit.stable, exhibit.candidate, 1.0))
