"""What an operator reads of a candidate: from counts and pictures to a page."""

import math
import re
from dataclasses import replace

import cv2
import numpy as np
import pytest
import skimage.data

from gateway.rollout.compared import Answers, Evidence, Exhibit, Histogram, Limit, compared
from report.content import MOST_CASES
from report.page import page

SECONDS = (0.1, 0.2, 0.5, 1.0, math.inf)
IOU = (0.5, 0.9, 0.95, 0.99, 1.0)
ENOUGH = Limit(found=0.004, allowed=0.02, holds=True, sample=1000, least=50)
FEW = Limit(found=0.25, allowed=0.02, holds=False, sample=12, least=50)
HOSTILE = "<script>alert(1)</script>\" onload='x' &"


def exhibit(name: str, iou: float, mae: float = 0.01, when: str = "2026-01-02 03:04 UTC") -> Exhibit:
    """A photograph with a disc, a part of which the candidate leaves out."""
    photo = getattr(skimage.data, name)()
    stable = cv2.circle(np.zeros((96, 96), np.uint8), (48, 48), 40, 255, -1)
    candidate = cv2.circle(stable.copy(), (60, 48), 10, 0, -1)
    return Exhibit(cv2.resize(photo, (96, 96)), stable, candidate, iou, mae, 0.21, 0.25, when)


EVIDENCE = Evidence(
    model="inspyrenet",
    date="2026-01-02 03:04 UTC",
    stable=Answers(1, 120_431, 31, (100_000, 20_000, 400, 0, 0)),
    candidate=Answers(2, 1000, 4, (700, 280, 16, 0, 0)),
    seconds=SECONDS,
    error_rate=ENOUGH,
    p95_ratio=replace(ENOUGH, found=1.1, allowed=1.3),
    disagreement=ENOUGH,
    failing=ENOUGH,
    iou=Histogram(IOU, (0, 3, 7, 90, 900)),
    mae=Histogram((0.01, 0.1, 1.0), (900, 90, 10)),
    beside=((500, 500, 0, 0, 0), (0, 900, 100, 0, 0)),
    dropped=250,
    exhibits=(exhibit("chelsea", 0.8), exhibit("astronaut", 0.7), exhibit("coffee", 0.9)),
    machinery={"inspyrenet-service": "0.1.0"},
)
NOTHING = replace(
    EVIDENCE,
    stable=Answers(1, 0, 0, (0,) * 5),
    candidate=Answers(2, 0, 0, (0,) * 5),
    error_rate=Limit(None, 0.02, True, 0, 50),
    p95_ratio=Limit(None, 1.3, True, 0, 50),
    disagreement=Limit(None, 0.02, True, 0, 50),
    failing=Limit(None, 0.02, True, 0, 50),
    iou=Histogram(IOU, (0,) * 5),
    mae=Histogram((0.01, 0.1, 1.0), (0,) * 3),
    beside=((0,) * 5, (0,) * 5),
    dropped=0,
    exhibits=(),
)


@pytest.mark.parametrize(
    ("limit", "found", "passed"),
    [
        (ENOUGH, "0.40 % (1,000 counted)", True),
        (replace(ENOUGH, found=0.031, holds=False), "3.10 % (1,000 counted)", False),
        (FEW, "too few (12 of 50)", None),
        (replace(FEW, holds=True), "too few (12 of 50)", None),
        (replace(FEW, sample=49), "too few (49 of 50)", None),
        (replace(ENOUGH, found=0.0, sample=50), "0.00 % (50 counted)", True),
        (replace(ENOUGH, found=0.5, holds=False, sample=10**12), "50.00 % (1,000,000,000,000 counted)", False),
        (replace(ENOUGH, found=0.020004, holds=False), "just over 2.00 % (1,000 counted)", False),
        (replace(ENOUGH, found=0.019996), "just under 2.00 % (1,000 counted)", True),
        (replace(ENOUGH, found=0.02), "2.00 % (1,000 counted)", True),
        (replace(ENOUGH, found=None), "not measured", None),
    ],
    ids=[
        "holds",
        "does not",
        "few",
        "few that hold",
        "one short",
        "just enough",
        "huge",
        "just over",
        "just under",
        "at the limit",
        "not measured",
    ],
)
def test_a_limit_is_judged_by_the_guard_once_there_are_enough(limit, found, passed):
    figure = compared(replace(EVIDENCE, error_rate=limit)).figures[0]
    assert (figure.found, figure.bound, figure.passed) == (found, "≤ 2.00 %", passed)


@pytest.mark.parametrize(
    ("limits", "word"),
    [
        ({}, "Passed"),
        ({"disagreement": FEW}, "Not yet judged"),
        ({"disagreement": FEW, "p95_ratio": replace(ENOUGH, holds=False)}, "Not passed"),
    ],
    ids=["all hold", "one of too few", "one is missed"],
)
def test_the_verdict_is_no_better_than_what_is_known(limits, word):
    assert f'<p class="word">{word}</p>' in page(compared(replace(EVIDENCE, **limits)))


def test_the_table_says_what_was_found():
    figures = {figure.name: (figure.found, figure.bound) for figure in compared(EVIDENCE).figures}
    assert figures == {
        "Failed requests of the candidate, above the stable version's": ("0.40 % (1,000 counted)", "≤ 2.00 %"),
        "Latency, 95th percentile, candidate / stable": ("1.10 × (1,000 counted)", "≤ 1.30 ×"),
        "Disagreement of the masks, mean of 1 − IoU": ("0.40 % (1,000 counted)", "≤ 2.00 %"),
        "Shadowed pictures on which the candidate failed": ("0.40 % (1,000 counted)", "≤ 2.00 %"),
        "Failed requests of the stable version": ("31 of 120,431 (0.0257 %)", ""),
        "Pictures left out because the service was busy": ("250 of 1,250 (20.00 %)", ""),
    }


def test_a_part_of_few_is_no_percentage():
    shown = compared(replace(EVIDENCE, stable=replace(EVIDENCE.stable, requests=3, errors=1)))
    assert shown.figures[4].found == "1 of 3"


def test_stable_is_a_and_the_candidate_is_b():
    shown = compared(EVIDENCE)
    assert [(side.name, side.role) for side in (shown.a, shown.b)] == [
        ("inspyrenet/1", "stable"),
        ("inspyrenet/2", "candidate"),
    ]
    latency = shown.distributions[0]
    assert [series.counts for series in latency.series] == [EVIDENCE.stable.seconds, EVIDENCE.candidate.seconds]
    assert latency.edges == (0, *SECONDS)


def test_the_worst_picture_comes_first_and_not_all_are_shown():
    many = tuple(exhibit("coffee", 1 - step / 100, when=str(step)) for step in range(MOST_CASES + 6))
    assert [case.name for case in compared(EVIDENCE).cases] == ["2026-01-02 03:04 UTC"] * 3
    assert [case.figures["IoU"] for case in compared(EVIDENCE).cases] == ["0.7000", "0.8000", "0.9000"]
    assert [case.name for case in compared(replace(EVIDENCE, exhibits=many)).cases] == [
        str(step) for step in reversed(range(6, MOST_CASES + 6))
    ]


def test_a_picture_is_shown_as_wide_as_it_was():
    assert [round(case.tiles.aspect, 2) for case in compared(EVIDENCE).cases] == [1.0, 1.0, 1.0]


def test_before_anything_was_measured_the_page_says_so():
    text = page(compared(NOTHING))
    assert '<p class="word">Not yet judged</p>' in text
    assert text.count("too few (0 of 50)") == 4
    assert text.count("Nothing was measured.") == 4
    assert "<img" not in text


def test_of_one_request_and_one_picture_no_percentile_is_told():
    one = Answers(2, 1, 0, (0, 1, 0, 0, 0))
    text = page(compared(replace(EVIDENCE, stable=one, candidate=one, iou=Histogram(IOU, (0, 0, 0, 0, 1)))))
    assert text.count("<td>too few</td>") == 6
    assert "1 picture compared." in text


@pytest.mark.parametrize(
    "wrong",
    [
        {"seconds": SECONDS[:-1]},
        {"iou": Histogram(IOU, (1, 2))},
        {"mae": Histogram((0.0, 1.0), (1, 2))},
    ],
    ids=["seconds", "iou", "an empty first bin"],
)
def test_counts_that_fit_no_edges_are_refused(wrong):
    with pytest.raises(ValueError, match="edges"):
        compared(replace(EVIDENCE, **wrong))


def test_what_came_from_outside_is_escaped_and_the_file_needs_no_other():
    text = page(
        compared(replace(EVIDENCE, model=HOSTILE, date=HOSTILE, exhibits=(exhibit("coffee", 0.9, when=HOSTILE),)))
    )
    assert "<script" not in text
    assert "onload='" not in text
    assert text.count("&lt;script&gt;") >= 8
    assert re.findall(r'(?:src|href)="(?!data:image/webp;base64,)', text) == []
    assert "url(" not in text
    assert "://" not in text


def test_equal_evidence_is_equal_bytes():
    assert page(compared(EVIDENCE)) == page(compared(EVIDENCE))
