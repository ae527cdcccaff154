"""A report as one HTML file: no script, no other file, nothing that is not in the report."""

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from report.content import Case, Figure, Report, Side
from report.histogram import histogram
from report.plots import plots
from report.tiles import MORE_A, MORE_B, data_url

_STYLE = Path(__file__).with_name("style.css")
_MARKS = {True: ("passed", "✓ passed"), False: ("missed", "✗ missed"), None: ("open", "no bound set")}


def page(report: Report) -> str:
    """The HTML document; every text in it that came from outside is escaped."""
    title = f"{report.a.name} against {report.b.name}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{_colours()}{_STYLE.read_text()}</style>\n</head>\n<body>\n<main>\n"
        f"{_verdict(report)}{_figures(report)}{_sides(report)}{_distributions(report)}{_differences(report)}{_cases(report)}"
        f"</main>\n{_footer(report)}</body>\n</html>\n"
    )


def _verdict(report: Report) -> str:
    state, word = _state(report)
    return (
        f'<header class="verdict {state}">\n<p class="word">{word}</p>\n'
        f"<h1><span>A</span> {_called(report.a.name, report.a)}<br><span>B</span> {_called(report.b.name, report.b)}</h1>\n"
        f"<p>{escape(_summary(report))}</p>\n</header>\n{_skipped(report)}"
    )


def _called(name: str, side: Side) -> str:
    return escape(f"{name}, {side.role}" if side.role else name)


def _state(report: Report) -> tuple[str, str]:
    if not report.bounds:
        return "open", "Compared"
    if report.missed:
        return "missed", "Not passed"
    return ("open", "Not yet judged") if report.undecided else ("passed", "Passed")


def _summary(report: Report) -> str:
    met = f"{report.bounds - report.missed - report.undecided} of {_counted(report.bounds, 'bound')} met"
    if report.undecided:
        met += f", {report.undecided} not yet judged"
    if not report.bounds:
        met = "No bounds were set, so nothing is judged"
    return f"{met}. {_counted(report.pictures, 'picture')} compared."


def _skipped(report: Report) -> str:
    if not report.skipped:
        return ""
    lines = "".join(f"<li>{escape(line)}</li>" for line in report.skipped)
    title = f"{_counted(len(report.skipped), 'file')} left out"
    return f'<section class="notice">\n<h2>{title}</h2>\n<ul>{lines}</ul>\n</section>\n'


def _figures(report: Report) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Figure", "Found", "Allowed", "Verdict"))
    rows = "".join(_row(figure) for figure in report.figures)
    return _section(
        "Figures", f'<table class="figures">\n<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n'
    )


def _row(figure: Figure) -> str:
    state, mark = ("undecided", "not yet judged") if figure.undecided else _MARKS[figure.passed]
    return (
        f'<tr class="{state}"><th scope="row">{escape(figure.name)}</th><td>{escape(figure.found)}</td>'
        f'<td>{escape(figure.bound or "–")}</td><td class="mark">{mark}</td></tr>\n'
    )


def _sides(report: Report) -> str:
    cards = _card("A", report.a) + _card("B", report.b)
    return _section("What was compared", f'<div class="sides">\n{cards}</div>\n')


def _card(letter: str, side: Side) -> str:
    title = f'<span class="letter">{letter}</span> {_called(side.name, side)}'
    return f"<article>\n<h3>{title}</h3>\n{_list(side.facts)}</article>\n"


def _list(facts: Mapping[str, str]) -> str:
    pairs = (f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items())
    return f"<dl>{''.join(pairs)}</dl>\n"


def _distributions(report: Report) -> str:
    if not report.distributions:
        return ""
    return _section("Distributions", plots(report.distributions))


def _differences(report: Report) -> str:
    if report.differences is None:
        return ""
    return _section(
        "How far the pixels are apart",
        f"<figure>\n{histogram(report.differences)}\n<figcaption>Difference of opacity in steps of 1/255 and the share of all "
        "pixels; the length of a bar is logarithmic.</figcaption>\n</figure>\n",
    )


def _cases(report: Report) -> str:
    if not report.cases:
        return ""
    a, b = _called("A", report.a), _called("B", report.b)
    note = f"The {len(report.cases)} worst of {report.pictures:,}" if len(report.cases) < report.pictures else "All"
    legend = (
        f'<p class="quiet">{note}, the worst first. In the maps small differences are made stronger.</p>\n'
        f'<p class="legend"><span>{b} more opaque</span><i></i><span>{a} more opaque</span></p>\n'
    )
    cases = (_case(number, case, a, b) for number, case in enumerate(report.cases, 1))
    return _section("Pictures", legend + "".join(cases))


def _case(number: int, case: Case, a: str, b: str) -> str:
    """`a` and `b` are HTML."""
    name = escape(case.name)
    shown = (
        ("Photo", "", case.tiles.photo, f"The picture {name}"),
        (a, "checked", case.tiles.a, f"{name} cut out by A"),
        (b, "checked", case.tiles.b, f"{name} cut out by B"),
        ("Disagreement", "", case.tiles.disagreement, f"Where the opacities of A and B differ in {name}"),
    )
    pictures = "".join(_tile(*each, case.tiles.aspect) for each in shown)
    return (
        f'<article class="case">\n<h3><span class="number">{number}</span> {name}</h3>\n'
        f'<div class="tiles">\n{pictures}</div>\n{_list(case.figures)}</article>\n'
    )


def _tile(caption: str, ground: str, webp: bytes, alt: str, aspect: float) -> str:
    return (
        f'<figure><img class="{ground}" src="{data_url(webp)}" alt="{alt}" style="aspect-ratio: {aspect:.4f}">'
        f"<figcaption>{caption}</figcaption></figure>\n"
    )


def _footer(report: Report) -> str:
    parts: Iterable[str] = (report.date, *(f"{name} {version}" for name, version in report.machinery.items()))
    return f"<footer>{escape(' · '.join(parts))}</footer>\n"


def _section(title: str, content: str) -> str:
    return f"<section>\n<h2>{title}</h2>\n{content}</section>\n"


def _colours() -> str:
    more_a, more_b = (f"rgb({red} {green} {blue})" for red, green, blue in (MORE_A, MORE_B))
    return f":root {{ --more-a: {more_a}; --more-b: {more_b}; }}\n"


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")
