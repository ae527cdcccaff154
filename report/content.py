"""What a report says, as values: the page is made of nothing else, so equal reports are equal bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from report.distribution import Distribution
from report.tiles import Tiles

MOST_CASES = 24
"""Pictures shown, the worst ones; more would make a file that nobody opens."""


@dataclass(frozen=True)
class Figure:
    """A line of the table: what was measured, what was found, what is allowed.

    `passed` is None where nothing is demanded and, beside a bound, where too little is known to judge.
    """

    name: str
    found: str
    bound: str = ""
    passed: bool | None = None

    @property
    def undecided(self) -> bool:
        """Whether something is demanded and not yet judged."""
        return self.passed is None and self.bound != ""


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: a short name, facts about it by name, and a word for what it is, such as `stable`."""

    name: str
    facts: Mapping[str, str]
    role: str = ""


@dataclass(frozen=True)
class Case:
    """One picture: its name, what was measured on it by name, and how it looks."""

    name: str
    figures: Mapping[str, str]
    tiles: Tiles


@dataclass(frozen=True)
class Report:
    """A comparison.

    Attributes:
        date: when it was made, as it is to be shown.
        a, b: who is compared.
        figures: all that was measured; the report fails when one of them does.
        differences: pixels by their difference of alpha, int64 (256,), over all pictures; None where they were not counted.
        pictures: how many were compared.
        cases: those to look at, the worst first, at most MOST_CASES.
        skipped: sentences about files that could not be compared.
        machinery: versions of what computed, by name.
        distributions: what was measured often, to be drawn.
    """

    date: str
    a: Side
    b: Side
    figures: tuple[Figure, ...]
    differences: NDArray[np.int64] | None
    pictures: int
    cases: tuple[Case, ...]
    skipped: tuple[str, ...]
    machinery: Mapping[str, str]
    distributions: tuple[Distribution, ...] = ()

    @property
    def bounds(self) -> int:
        """How many figures are to keep within a bound."""
        return sum(figure.passed is not None or figure.undecided for figure in self.figures)

    @property
    def missed(self) -> int:
        """How many bounds were missed."""
        return sum(figure.passed is False for figure in self.figures)

    @property
    def undecided(self) -> int:
        """How many bounds could not be judged."""
        return sum(figure.undecided for figure in self.figures)
