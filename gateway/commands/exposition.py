"""Prometheus's text format, as much of it as a view of one service needs: sums, increases, quantiles."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from gateway.commands.line import line

Labels = frozenset[tuple[str, str]]
Buckets = dict[float, float]
"""Of a histogram: how many were at most so much."""

_STARTED: Final = "process_start_time_seconds"
_TRITONS: Final = "nv_"
_GATEWAYS: Final = ""
"""How the names of either's figures begin; the gateway's in several ways."""


@dataclass(frozen=True)
class Scrape:
    """What was exposed at one time: by a sample's name its series, by their labels. What is `growing` only ever grows."""

    series: Mapping[str, Mapping[Labels, float]]
    growing: frozenset[str]

    def rows(self, name: str, **labels: str) -> Iterator[tuple[dict[str, str], float]]:
        """The series of that name that have those labels among others."""
        for found, value in self.series.get(name, {}).items():
            if labels.items() <= found:
                yield dict(found), value

    def sum(self, name: str, **labels: str) -> float:
        """Of those series; 0 where there is none."""
        return sum(value for _, value in self.rows(name, **labels))

    def by(self, label: str, name: str, **labels: str) -> dict[str, float]:
        """The same sum for each value of `label`."""
        found: dict[str, float] = {}
        for each, value in self.rows(name, **labels):
            key = each.get(label, "")
            found[key] = found.get(key, 0.0) + value
        return found

    def buckets(self, name: str, **labels: str) -> Buckets:
        """Of the histogram `name`."""
        return {float(bound): count for bound, count in self.by("le", f"{name}_bucket", **labels).items()}


def read(text: str) -> Scrape:
    """What `text` says; its labels can be shown on a terminal. Raises ValueError for what is not in the format.

    A counter's name ends in _total, as in OpenMetrics, however it is exposed.
    """
    series: dict[str, dict[Labels, float]] = {}
    growing = set()
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = frozenset((name, line(value)) for name, value in sample.labels.items())
            series.setdefault(sample.name, {})[labels] = sample.value
            if family.type in ("counter", "histogram"):
                growing.add(sample.name)
    return Scrape(series, frozenset(growing))


def restarted(now: Scrape, before: Scrape) -> bool:
    """Whether the process is another one: it began at another time, or something that only ever grows has shrunk."""
    began = [each.sum(_STARTED) for each in (now, before)]
    return began[0] != began[1] or _shrunk(now, before, _GATEWAYS)


def grown(now: Scrape, before: Scrape) -> Scrape:
    """`now`, with its counters less what they were before; of a process that has restarted since, all that they are.

    Triton may restart alone, and where it told nothing before, nothing has grown as far as anybody knows.
    """
    fresh = {_GATEWAYS: restarted(now, before), _TRITONS: _shrunk(now, before, _TRITONS)}
    series = {}
    for name, found in now.series.items():
        of = _of(name)
        told = of == _GATEWAYS or name in before.series
        if name in now.growing and not fresh[of]:
            found = _less(found, before.series.get(name, {})) if told else {}
        series[name] = found
    return Scrape(series, now.growing)


def _less(found: Mapping[Labels, float], before: Mapping[Labels, float]) -> dict[Labels, float]:
    return {labels: value - before.get(labels, 0.0) for labels, value in found.items()}


def _shrunk(now: Scrape, before: Scrape, of: str) -> bool:
    """Whether something that only grows is less by now, or gone."""
    return any(
        now.series.get(name, {}).get(labels, 0.0) < value
        for name in before.growing
        if _of(name) == of
        for labels, value in before.series[name].items()
    )


def _of(name: str) -> str:
    return _TRITONS if name.startswith(_TRITONS) else _GATEWAYS


def quantile(share: float, buckets: Buckets) -> float | None:
    """As PromQL's histogram_quantile: within its bucket linear, beyond the last bound that bound; None of nothing.

    https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile
    """
    bounds = sorted(buckets)
    if len(bounds) < 2 or bounds[-1] != math.inf or not buckets[math.inf]:
        return None
    rank = share * buckets[math.inf]
    for lower, upper in pairwise([0.0, *bounds[:-1]]):
        below = buckets.get(lower, 0.0)
        if buckets[upper] >= rank and buckets[upper] > below:
            return lower + (upper - lower) * (rank - below) / (buckets[upper] - below)
    return bounds[-2]
