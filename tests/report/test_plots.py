"""Distributions on a page: what is drawn, what is said beside it."""

import math
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from report import page
from report.distribution import Distribution, Series
from report.plot import plot
from report.plots import plots

EDGES = (0.0, *(round(0.01 * 1.25**step, 4) for step in range(30)), math.inf)
BINS = len(EDGES) - 1
EVEN = Distribution(
    title="Latency",
    caption="As the guard saw it.",
    label="Seconds",
    unit=" s",
    counted="Requests",
    edges=EDGES,
    series=(Series("stable", (10,) * BINS), Series("candidate", (3,) * BINS)),
)

ASTRAY = """() => [...document.querySelectorAll("svg text")].filter((text) => {
  const [inner, outer] = [text, text.ownerSVGElement].map((each) => each.getBoundingClientRect());
  return inner.left < outer.left || inner.right > outer.right || inner.top < outer.top || inner.bottom > outer.bottom;
}).map((text) => text.textContent)"""
OVERLAPPING = """() => [...document.querySelectorAll("svg")].flatMap((svg) => {
  const boxes = [...svg.querySelectorAll("text")].filter((text) => text.textContent).map((text) =>
    [text.textContent, text.getBoundingClientRect()]);
  return boxes.flatMap(([one, a], each) => boxes.slice(each + 1).filter(([, b]) =>
    a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom).map(([other]) => [one, other]));
})"""


def counted(*counts: tuple[int, ...]) -> Distribution:
    return replace(EVEN, series=tuple(Series(f"version {each}", of) for each, of in enumerate(counts, 1)))


def only(place: int, count: int) -> tuple[int, ...]:
    return (0,) * place + (count,) + (0,) * (BINS - place - 1)


def drawn(distribution: Distribution) -> ElementTree.Element:
    return ElementTree.fromstring(plot(distribution))


def heights(path: str) -> list[float]:
    """Of the columns, in order, in units of the drawing."""
    return [float(base) - float(top) for base, top in re.findall(r"M\S+ (\S+?)V(\S+?)H", path)]


def test_two_series_are_two_panels_on_one_axis():
    first, second, axis = drawn(EVEN).findall("g")
    assert [first.get("class"), second.get("class")] == ["a", "b"]
    assert [each.get("class") for each in first.findall("path")].count("other") == 0
    assert [each.get("class") for each in second.findall("path")].count("other") == 1
    assert [text.text for text in axis.findall("text")][-1] == "Seconds"


def test_a_single_series_has_no_letter():
    panel, _ = drawn(counted((1,) * BINS)).findall("g")
    assert panel.get("class") == "one"
    assert not panel.find("text[@class='side']").text


def test_marks_tell_the_median_and_the_95th_percentile():
    panel, _ = drawn(counted(only(10, 1000))).findall("g")
    assert [each.text for each in panel.findall("text[@class='value']")] == ["p50 0.084 s", "p95 0.092 s"]


@pytest.mark.parametrize("place", [0, 1, BINS // 2, BINS - 1])
@pytest.mark.parametrize("count", [1, 10**18])
def test_one_column_is_drawn_wherever_it_is(place, count):
    shown = drawn(counted(only(place, count)))
    panel, axis = shown.findall("g")
    assert len(heights(panel.find("path[@class='columns']").get("d"))) == 1
    assert len(axis.findall("text")) >= 3
    width = float(shown.get("viewBox").split()[2])
    assert all(0 < float(text.get("x")) < width for text in shown.iter("text"))


def test_one_of_a_million_is_seen():
    both = tuple(map(sum, zip(only(3, 1), only(20, 10**6), strict=True)))
    panel, _ = drawn(counted(both)).findall("g")
    assert min(heights(panel.find("path[@class='columns']").get("d"))) >= 1


def test_columns_are_shares_of_their_own_series():
    first, second, _ = drawn(counted(only(9, 120_000), only(9, 12))).findall("g")
    found = [heights(panel.find("path[@class='columns']").get("d")) for panel in (first, second)]
    assert found[0] == found[1]


@pytest.mark.parametrize("edges", [EDGES, tuple(step / 50 for step in range(51)), (0.0, 0.5, 0.9, 0.99, 0.999, 1.0)])
def test_labels_of_the_axis_leave_each_other_room(edges):
    series = (Series("all", (1,) * (len(edges) - 1)),)
    *_, axis = drawn(replace(EVEN, edges=edges, series=series)).findall("g")
    ticks = [(float(text.get("x")), text.text) for text in axis.findall("text[@class='edge']")]
    assert len(ticks) >= 5
    for (left, first), (right, second) in pairwise(ticks):
        assert right - left > 3.5 * (len(first) + len(second))


@pytest.mark.parametrize("width", [360, 1280])
def test_texts_stay_within_the_drawing_and_off_each_other(browser, width):
    ends = counted(only(0, 100), only(BINS - 1, 100))
    shown = browser.new_page(viewport={"width": width, "height": 800})
    style = Path(page.__file__).with_name("style.css").read_text()
    shown.set_content(f"<style>{style}</style>{plots([EVEN, ends, counted(only(BINS // 2, 1))])}")
    assert shown.locator("svg").count() == 3
    assert shown.evaluate(ASTRAY) == []
    assert shown.evaluate(OVERLAPPING) == []
    shown.close()


def test_the_key_and_the_numbers_say_what_the_drawing_shows():
    text = plots([counted(only(9, 1_234_567), only(9, 12))])
    assert re.findall(r"<td>(.*?)</td>", text)[1:7] == ["1,234,567", "0.067 s", "0.074 s", "12", "0.067 s", "too few"]
    assert "<summary>All numbers</summary>" in text
    assert '<th scope="row">0.06 – 0.074</th><td>1,234,567</td><td>12</td>' in text
    assert 'role="img" aria-label="Latency. version 1: 1,234,567 requests, p50 0.067 s, p95 0.074 s.' in text


def test_where_nothing_was_counted_nothing_is_drawn():
    text = plots([counted((0,) * BINS, (0,) * BINS)])
    assert "Nothing was measured." in text
    assert "<svg" not in text


def test_one_empty_series_leaves_the_other():
    text = plots([counted(only(9, 100), (0,) * BINS)])
    assert re.findall(r"<td>(.*?)</td>", text)[4:7] == ["0", "too few", "too few"]
    assert text.count('class="mark"') == 2


def test_what_came_from_outside_is_escaped():
    hostile = "<script>alert(1)</script>\" onload='x' &"
    shown = Distribution(hostile, hostile, hostile, hostile, hostile, (0, 1), (Series(hostile, (100,)),))
    text = plots([shown])
    assert "<script" not in text
    assert "onload='" not in text
    assert text.count("&lt;script&gt;") >= 8
