"""Distributions as HTML: each with its plot, a key with the numbers that matter, and all of the numbers."""

from collections.abc import Iterable
from html import escape

from report.distribution import Distribution, Series
from report.plot import plot


def plots(shown: Iterable[Distribution]) -> str:
    """Figures beside each other where there is room; every text from outside is escaped."""
    note = "Every column is one bin, whatever it spans; the axes are labelled at their edges."
    return f'<p class="quiet">{note}</p>\n<div class="plots">\n{"".join(_figure(each) for each in shown)}</div>\n'


def _figure(distribution: Distribution) -> str:
    kind = ' class="two"' if len(distribution.series) == 2 else ""
    return f"<figure{kind}>\n<h3>{escape(distribution.title)}</h3>\n{_content(distribution)}</figure>\n"


def _content(distribution: Distribution) -> str:
    if distribution.empty:
        return '<p class="quiet">Nothing was measured.</p>\n'
    caption = f"<figcaption>{escape(distribution.caption)}</figcaption>\n"
    return f"{_key(distribution)}{plot(distribution)}\n{caption}{_numbers(distribution)}"


def _key(distribution: Distribution) -> str:
    names = ("", distribution.counted, *(f"p{percent}" for percent in distribution.marks))
    sides = zip(distribution.series, distribution.sides, strict=True)
    rows = (_row(_name(series, side), _values(distribution, series)) for series, side in sides)
    return f'<table class="key">\n{_head(names)}<tbody>\n{"".join(rows)}</tbody>\n</table>\n'


def _name(series: Series, side: str) -> str:
    swatch = f'<i class="swatch {side}"></i>{side.upper()} ' if side else ""
    return f"{swatch}{escape(series.name)}"


def _values(distribution: Distribution, series: Series) -> list[str]:
    found = (distribution.quantile(series, percent) for percent in distribution.marks)
    return [f"{series.total:,}", *("too few" if each is None else distribution.text(each) for each in found)]


def _numbers(distribution: Distribution) -> str:
    names = (distribution.label, *(series.name for series in distribution.series))
    bins = zip(distribution.spans, zip(*(series.counts for series in distribution.series), strict=True), strict=True)
    rows = (_row(escape(span), [f"{count:,}" for count in counts]) for span, counts in bins if any(counts))
    return (
        f"<details>\n<summary>All numbers</summary>\n<table>\n{_head(names)}<tbody>\n{''.join(rows)}</tbody>\n"
        "</table>\n</details>\n"
    )


def _head(names: Iterable[str]) -> str:
    cells = (f'<th scope="col">{escape(name)}</th>' if name else "<td></td>" for name in names)
    return f"<thead><tr>{''.join(cells)}</tr></thead>\n"


def _row(name: str, values: Iterable[str]) -> str:
    """`name` is HTML, values are texts."""
    return f'<tr><th scope="row">{name}</th>{"".join(f"<td>{escape(value)}</td>" for value in values)}</tr>\n'
