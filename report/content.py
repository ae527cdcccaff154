"""What a report says, as values: the page is made of nothing else, so equal reports are equal bytes."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from report.tiles import Tiles

MOST_CASES = 24
"""Pictures shown, the worst ones; more would make a file that nobody opens."""


@dataclass(frozen=True)
class Figure:
    """A line of the table: what was measured, what was found, what is allowed; `passed` is None where nothing is demanded."""

    name: str
    found: str
    bound: str = ""
    passed: bool | None = None


@dataclass(frozen=True)
class Side:
    """One of the two that are compared: a short name, and facts about it by name."""

    name: str
    facts: Mapping[str, str]


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
        differences: pixels by their difference of alpha, int64 (256,), over all pictures.
        pictures: how many were compared.
        cases: those to look at, the worst first, at most MOST_CASES.
        skipped: sentences about files that could not be compared.
        machinery: versions of what computed, by name.
    """

    date: str
    a: Side
    b: Side
    figures: tuple[Figure, ...]
    differences: NDArray[np.int64]
    pictures: int
    cases: tuple[Case, ...]
    skipped: tuple[str, ...]
    machinery: Mapping[str, str]

    @property
    def bounds(self) -> int:
        """How many figures have a bound."""
        return sum(figure.passed is not None for figure in self.figures)

    @property
    def missed(self) -> int:
        """How many bounds were missed."""
        return sum(figure.passed is False for figure in self.figures)
