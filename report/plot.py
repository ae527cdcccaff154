"""How often which value was found, as a drawing that takes its colours from the page.

Every bin is a column of the same width, and the axis is labelled at their edges: so an axis is linear, logarithmic or fine
near one where the bins are, and a column's height is its bin's share.
"""

import math
from dataclasses import dataclass
from html import escape

from report.bins import place, text
from report.distribution import Distribution, Series

_WIDTH, _LEFT, _RIGHT = 440, 58, 20
_GAP, _ROW, _AXIS = 8, 20, 50
"""Heights: above a panel, of a row of marks, of the axis with its label."""

_COLUMNS = {1: 84, 2: 160}
"""Height of the columns, where there is one panel and where there are two."""

_LEAST = 1.5
"""Height of the lowest column: one request of a million is seen."""

_TOPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
_LETTER, _TEXT = 7.6, 90
"""Widths: of a digit on a label, of a mark's text."""


@dataclass(frozen=True)
class _Scale:
    """From columns and shares to the units of a panel: `share` is reached at y = `top`, nothing at y = `base`."""

    columns: int
    share: float
    top: int
    base: int

    def x(self, column: float) -> float:
        return _LEFT + column * (_WIDTH - _LEFT - _RIGHT) / self.columns

    def y(self, share: float) -> float:
        height = max((self.base - self.top) * share / self.share, _LEAST) if share else 0.0
        return self.base - height


def plot(distribution: Distribution) -> str:
    """An SVG: a panel for each series, A above B, on one axis. Raises IndexError for an empty one."""
    shown = distribution.trimmed()
    scale = _scale(shown)
    panels = "".join(_panel(shown, row, scale) for row in range(len(shown.series)))
    height = len(shown.series) * scale.base
    return (
        f'<svg class="plot" viewBox="0 0 {_WIDTH} {height + _AXIS}" role="img" '
        f'aria-label="{escape(distribution.summary)}">{panels}'
        f'<g transform="translate(0 {height})">{_axis(shown, scale)}</g></svg>'
    )


def _scale(shown: Distribution) -> _Scale:
    highest = max(max(series.shares) for series in shown.series)
    share = next(each for each in _TOPS if each >= highest)
    top = _GAP + _ROW * len(shown.marks)
    return _Scale(len(shown.edges) - 1, share, top, top + _COLUMNS[len(shown.series)])


def _panel(shown: Distribution, row: int, scale: _Scale) -> str:
    series = shown.series[row]
    side = shown.sides[row]
    other = _outline("other", shown.series[0], scale) if row else ""
    marks = "".join(_mark(shown, series, line, scale) for line in range(len(shown.marks)))
    return (
        f'<g class="{side or "one"}" transform="translate(0 {row * scale.base})">'
        f'<text x="{_LEFT - 8}" y="{_GAP + _ROW / 2}" class="side">{side.upper()}</text>'
        f"{_grid(scale)}{_columns(series, scale)}{_outline('own', series, scale)}{other}{marks}</g>"
    )


def _grid(scale: _Scale) -> str:
    return "".join(
        f'<path class="grid" d="M{_LEFT} {y:.1f}H{_WIDTH - _RIGHT}"/>'
        f'<text x="{_LEFT - 8}" y="{y:.1f}" class="share">{share:.3g}{" %" if share else ""}</text>'
        for share in (0, 50 * scale.share, 100 * scale.share)
        for y in (scale.y(share / 100),)
    )


def _columns(series: Series, scale: _Scale) -> str:
    columns = "".join(
        f"M{scale.x(column):.1f} {scale.base}V{scale.y(share):.1f}H{scale.x(column + 1):.1f}V{scale.base}Z"
        for column, share in enumerate(series.shares)
        if share
    )
    return f'<path class="columns" d="{columns}"/>'


def _outline(whose: str, series: Series, scale: _Scale) -> str:
    steps = "".join(f"V{scale.y(share):.1f}H{scale.x(column + 1):.1f}" for column, share in enumerate(series.shares))
    return f'<path class="{whose}" d="M{_LEFT} {scale.base}{steps}V{scale.base}"/>'


def _mark(shown: Distribution, series: Series, line: int, scale: _Scale) -> str:
    percent = shown.marks[line]
    value = shown.quantile(series, percent)
    if value is None:
        return ""
    x, y = scale.x(place(shown.edges, value)), _GAP + _ROW * (line + 0.5)
    anchor, aside = ("end", -5) if _goes_left(x, percent == min(shown.marks)) else ("start", 5)
    return (
        f'<path class="mark" d="M{x:.1f} {y - 7:.1f}V{scale.base}"/>'
        f'<text class="value" x="{x + aside:.1f}" y="{y:.1f}" text-anchor="{anchor}">'
        f"p{percent} {escape(shown.text(value))}</text>"
    )


def _goes_left(x: float, lowest: bool) -> bool:
    """Whether a mark's text is to its left: away from the other marks, but for what would leave the drawing."""
    return x > _LEFT + _TEXT if lowest else x > _WIDTH - _TEXT


def _axis(shown: Distribution, scale: _Scale) -> str:
    ticks = "".join(
        f'<path class="tick" d="M{scale.x(column):.1f} 0v5"/>'
        f'<text class="edge" x="{scale.x(column):.1f}" y="19">{escape(label)}</text>'
        for column, label in _ticks(shown, scale)
    )
    label = escape(shown.label)
    return f'{ticks}<text class="label" x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="40">{label}</text>'


def _ticks(shown: Distribution, scale: _Scale) -> list[tuple[float, str]]:
    """Columns and labels of the roundest edges that leave each other room."""
    taken: list[tuple[float, str]] = []
    edges = [(column, text(shown.edges, edge)) for column, edge in enumerate(shown.edges) if math.isfinite(edge)]
    open_end = [(scale.columns - 0.5, "more")] if math.isinf(shown.edges[-1]) else []
    for column, label in (*open_end, *sorted(edges, key=lambda edge: _roundness(edge[1]))):
        if all(_apart(scale.x(column) - scale.x(other), label + beside) for other, beside in taken):
            taken.append((column, label))
    return sorted(taken)


def _roundness(label: str) -> tuple[int, bool]:
    """Sorts 0 and 1 before 0.2, that before 0.3, and that before 0.25."""
    digits = label.replace(".", "").strip("0")
    return len(digits), digits not in ("", "1", "2", "5")


def _apart(distance: float, labels: str) -> bool:
    return abs(distance) > _LETTER * (len(labels) / 2 + 1)
