"""How often which value was found: counts in bins, and what they tell."""

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from report import bins


@dataclass(frozen=True)
class Series:
    """How many were found in each bin."""

    name: str
    counts: tuple[int, ...]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts)

    @property
    def shares(self) -> list[float]:
        """The part of all in each bin, 0 … 1."""
        return [count / max(self.total, 1) for count in self.counts]


@dataclass(frozen=True)
class Distribution:
    """How often which value was found, in bins. Raises ValueError for counts that do not belong to the edges.

    Attributes:
        title, caption: what is shown, and what is to be known about it.
        label: of the axis, with the unit.
        unit: put behind a value, such as ` s`; may be empty.
        counted: what is counted, such as `Requests`.
        edges: of the bins, ascending, one more than there are counts; the last may be infinite.
        series: one, or A and B.
        marks: which percents are marked.
    """

    title: str
    caption: str
    label: str
    unit: str
    counted: str
    edges: tuple[float, ...]
    series: tuple[Series, ...]
    marks: tuple[int, ...] = (50, 95)

    def __post_init__(self) -> None:
        if not all(low < high for low, high in pairwise(self.edges)) or math.isinf(self.edges[0]):
            raise ValueError(f"{self.title}: edges must ascend from a finite one, and are {self.edges}")
        if len(self.series) not in (1, 2):
            raise ValueError(f"{self.title}: one series or two can be shown, not {len(self.series)}")
        for series in self.series:
            if len(series.counts) != len(self.edges) - 1 or min(series.counts) < 0:
                raise ValueError(f"{self.title}: {len(self.edges)} edges, and counts of {series.name}: {series.counts}")

    @property
    def empty(self) -> bool:
        """Whether nothing was counted."""
        return not any(series.total for series in self.series)

    @property
    def sides(self) -> tuple[str, ...]:
        """Of each series its side, `a` or `b`; of a single one an empty text."""
        return ("a", "b") if len(self.series) == 2 else ("",)

    @property
    def spans(self) -> list[str]:
        """Each bin in words."""
        names = [bins.text(self.edges, edge) for edge in self.edges]
        return [high if high.startswith(">") else f"{low} – {high}" for low, high in pairwise(names)]

    @property
    def summary(self) -> str:
        """The numbers that matter, in a sentence for each series."""
        return " ".join((f"{self.title}.", *map(self._sentence, self.series)))

    def quantile(self, series: Series, percent: int) -> float | None:
        """Below what that many percent of a series lie; None where too few were counted."""
        return bins.quantile(self.edges, series.counts, percent)

    def text(self, value: float) -> str:
        """A value with its unit, in as many digits as are known."""
        return bins.text(self.edges, value) + self.unit

    def trimmed(self) -> "Distribution":
        """Without the empty bins at both ends, but for one of each. Raises IndexError where all are empty."""
        filled = [
            each for each, counts in enumerate(zip(*(one.counts for one in self.series), strict=True)) if any(counts)
        ]
        first, last = max(filled[0] - 1, 0), min(filled[-1] + 2, len(self.edges) - 1)
        series = tuple(replace(each, counts=each.counts[first:last]) for each in self.series)
        return replace(self, edges=self.edges[first : last + 1], series=series)

    def _sentence(self, series: Series) -> str:
        found = ((percent, self.quantile(series, percent)) for percent in self.marks)
        known = (f", p{percent} {self.text(value)}" for percent, value in found if value is not None)
        return f"{series.name}: {series.total:,} {self.counted.lower()}{''.join(known)}."
