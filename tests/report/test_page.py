"""The report: what the page says, what it holds, and how it fits screens and people."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Browser

from report.content import MOST_CASES, Case, Figure, Report, Side
from report.distribution import Distribution, Series
from report.histogram import BINS, histogram, percent, shares
from report.page import page
from report.tiles import MORE_A, MORE_B, SIDE, disagreement, tiles
from tests.studio import contrast

HOSTILE = "<script>alert(1)</script>\" onload='x' & photo.jpg"
MET = Figure("Alpha", "1", "≤ 1", True)
MISSED = Figure("Logits", "0.1", "≤ 0.0005", False)
UNJUDGED = Figure("Soft IoU, mean", "0.99000")
UNDECIDED = Figure("Failed requests", "too few (12 of 50)", "≤ 1 %")


def report(*figures: Figure, name: str = "cat.jpg", cases: int = 2) -> Report:
    differences = np.zeros(256, np.int64)
    differences[[0, 2, 200]] = 9_000, 999, 1
    digest = {"sha256 of model.onnx": "0123456789abcdef" * 4}
    return Report(
        date="2026-01-02 03:04 UTC",
        a=Side("inspyrenet_demo/2", digest),
        b=Side("the network of demo.pth", digest),
        figures=figures or (MET, MISSED, UNJUDGED),
        differences=differences,
        pictures=40,
        cases=tuple(Case(name, {"Soft IoU": "0.98000", "MAE": "0.01000"}, noisy_tiles(384)) for _ in range(cases)),
        skipped=(f"{name} cannot be read as a picture",),
        machinery={"ONNX Runtime": "1.0"},
        distributions=tuple(distribution(name, sides) for sides in (2, 1)),
    )


def distribution(name: str, sides: int) -> Distribution:
    series = tuple(Series(name, (0, 30, 40, 20, 1)) for _ in range(sides))
    edges = (0, 0.1, 0.2, 0.4, 0.8, math.inf)
    return Distribution(name, name, name, " s", name, edges, series)


def noisy_tiles(size: int):
    rng = np.random.default_rng(0)
    rgb = rng.integers(0, 256, (size, size, 3), np.uint8)
    return tiles(rgb, rgb[..., 0], rgb[..., 1], aspect=1.5)


@pytest.mark.parametrize(
    ("figures", "word", "summary"),
    [
        ((MET, UNJUDGED), "Passed", "1 of 1 bound met. 40 pictures compared."),
        ((MET, MISSED), "Not passed", "1 of 2 bounds met. 40 pictures compared."),
        ((MET, UNDECIDED), "Not yet judged", "1 of 2 bounds met, 1 not yet judged. 40 pictures compared."),
        ((MISSED, UNDECIDED), "Not passed", "0 of 2 bounds met, 1 not yet judged. 40 pictures compared."),
        ((UNJUDGED,), "Compared", "No bounds were set, so nothing is judged. 40 pictures compared."),
    ],
    ids=["passed", "missed", "undecided", "missed and undecided", "unjudged"],
)
def test_the_verdict_comes_from_the_bounds(figures, word, summary):
    text = page(report(*figures))
    assert f'<p class="word">{word}</p>' in text
    assert f"<p>{summary}</p>" in text


@pytest.mark.parametrize(
    ("figure", "mark"),
    [(MET, "✓ passed"), (MISSED, "✗ missed"), (UNDECIDED, "not yet judged"), (UNJUDGED, "no bound set")],
    ids=["met", "missed", "undecided", "unjudged"],
)
def test_a_figure_has_its_verdict_beside_it(figure, mark):
    assert f'<td>{figure.bound or "–"}</td><td class="mark">{mark}</td>' in page(report(figure))


def test_what_was_not_measured_has_no_section():
    text = page(replace(report(), differences=None, distributions=(), cases=()))
    assert re.findall(r"<h2>(.*?)</h2>", text) == ["1 file left out", "Figures", "What was compared"]


def test_a_role_stands_wherever_its_side_does():
    sides = {"a": Side("inspyrenet/1", {}, "stable"), "b": Side("inspyrenet/2", {}, "<new>")}
    text = page(replace(report(), **sides))
    assert "inspyrenet/1, stable" in text
    assert text.count("<figcaption>A, stable</figcaption>") == 2
    assert text.count("<figcaption>B, &lt;new&gt;</figcaption>") == 2
    assert "<span>B, &lt;new&gt; more opaque</span>" in text


def test_what_came_from_outside_is_escaped():
    text = page(report(Figure(HOSTILE, HOSTILE, HOSTILE, True), name=HOSTILE))
    assert "<script" not in text
    assert "onload='" not in text
    assert text.count("&lt;script&gt;") >= 20


def test_the_file_needs_no_other_and_equal_reports_are_equal_bytes():
    text = page(report())
    assert text == page(report())
    assert re.findall(r'(?:src|href)="(?!data:image/webp;base64,)', text) == []
    assert "url(" not in text
    assert "@import" not in text
    assert "://" not in text
    assert "2026-01-02 03:04 UTC" in text


def test_the_largest_report_is_a_file_one_can_send():
    assert len(page(report(cases=MOST_CASES))) < 24e6  # of noise; photos take a tenth


@pytest.mark.parametrize(("size", "side"), [(192, 192), (384, SIDE), (1024, SIDE)])
def test_one_pixel_that_differs_is_in_the_map_at_every_size(size, side):
    a, b = np.zeros((2, size, size), np.uint8)
    a[size // 3, size // 2] = 255
    b[size // 2, size // 3] = 255
    shown = disagreement(np.zeros((size, size, 3), np.uint8), a, b).reshape(-1, 3)
    assert len(shown) == side * side
    assert (shown == MORE_A).all(axis=1).any()
    assert (shown == MORE_B).all(axis=1).any()


def test_where_nothing_differs_the_map_is_grey():
    same = np.full((64, 64), 77, np.uint8)
    shown = disagreement(np.full((64, 64, 3), (250, 10, 10), np.uint8), same, same)
    assert (shown == shown[..., :1]).all()


def test_every_difference_is_in_one_bar():
    assert [difference for first, last in BINS for difference in range(first, last + 1)] == list(range(256))
    counts = np.arange(256)
    assert sum(shares(counts)) == pytest.approx(1)
    assert histogram(np.zeros(256, np.int64)).count("<rect") == len(BINS)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0.00 %"),
        (1e-9, "< 0.0001 %"),
        (0.00012, "0.0120 %"),
        (0.5, "50.00 %"),
        (1 - 1e-9, "> 99.99 %"),
        (1, "100.00 %"),
    ],
)
def test_a_share_is_never_rounded_to_nothing_or_everything(share, text):
    assert percent(share) == text


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1280])
def test_it_reads_well_on_any_screen(browser: Browser, tmp_path, width, scheme):
    file = tmp_path / "report.html"
    file.write_text(page(report(name=f"{'long' * 30} {HOSTILE}")), encoding="utf-8")
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=scheme)
    shown = context.new_page()
    shown.goto(file.as_uri())
    assert shown.evaluate("document.scrollingElement.scrollWidth") <= width
    shown.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert shown.evaluate("document.scrollingElement.scrollWidth") <= width
    assert contrast.too_faint(shown) == []
    images = shown.evaluate("[...document.images].map((i) => [i.naturalWidth, i.alt, i.clientWidth / i.clientHeight])")
    assert [natural for natural, _, _ in images] == [384] * 8
    assert all(alt for _, alt, _ in images)
    assert [aspect for _, _, aspect in images] == pytest.approx([1.5] * 8, abs=0.02)
    context.close()
