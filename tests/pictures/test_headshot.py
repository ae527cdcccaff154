"""The crop around a head, on silhouettes that know where their heads are."""

from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from gateway.pictures.headshot import Headshot, confidence, headshot
from gateway.pictures.picture import Box, Pixels
from tests.pictures.silhouettes import KINDS, Silhouette, drawn, filling

SEEDS = range(40)
POSES = st.tuples(st.sampled_from(["sitting", "standing", "portrait", "walking"]), st.integers(0, 999))


@cache
def posed(kind: str, seed: int, height: int = 400) -> tuple[Silhouette, Pixels]:
    silhouette, alpha = filling(KINDS[kind](np.random.default_rng(seed)), height)
    return silhouette, alpha


def framed(alpha: Pixels) -> Box:
    found = headshot(alpha)
    assert found is not None
    return found.box


def outside(silhouette: Silhouette, box: Box) -> float:
    """By how much the head or an ear sticks out of the box, as a share of its height; 0 or less is inside."""
    x, y, r = silhouette.head
    points = np.concatenate([[(x - r, y - r), (x + r, y + r)], silhouette.ears])
    left, top = points.min(axis=0)
    right, bottom = points.max(axis=0)
    over = max(box.left - left, box.top - top, right - box.left - box.width, bottom - box.top - box.height)
    return float(over) / box.height


def rectangle(height: int, width: int, *boxes: Box, level: int = 255) -> Pixels:
    alpha = np.zeros((height, width), np.uint8)
    for box in boxes:
        alpha[box.top : box.top + box.height, box.left : box.left + box.width] = level
    return alpha


def disc(height: int, width: int, x: int, y: int, radius: int) -> Pixels:
    return np.asarray(cv2.circle(np.zeros((height, width), np.uint8), (x, y), radius, 255, cv2.FILLED), np.uint8)


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [
        pytest.param(rectangle(0, 0), None, id="no pixels"),
        pytest.param(rectangle(30, 40), None, id="transparent"),
        pytest.param(np.full((30, 40), 25, np.uint8), None, id="haze"),
        pytest.param(np.full((1, 1), 26, np.uint8), Box(-2, -2, 4, 5), id="a pixel"),
        pytest.param(np.full((1, 5000), 255, np.uint8), Box(-2, 2498, 4, 5), id="a row"),
        pytest.param(np.full((300, 600), 255, np.uint8), Box(0, 180, 240, 300), id="opaque and wide"),
        pytest.param(np.full((600, 300), 255, np.uint8), Box(0, 0, 300, 375), id="opaque and high"),
        pytest.param(rectangle(50, 80, Box(20, 30, 1, 1)), Box(18, 28, 4, 5), id="an island of a pixel"),
        pytest.param(disc(500, 500, 250, 250, 100), Box(130, 130, 241, 301), id="a face alone"),
        pytest.param(disc(500, 500, 250, 30, 100), Box(0, 130, 241, 301), id="cut above"),
    ],
)
def test_frames(alpha: Pixels, expected: Box | None) -> None:
    found = headshot(alpha)
    assert (found and found.box) == expected


def test_an_island_of_a_pixel_in_a_large_picture() -> None:
    alpha = rectangle(6000, 8000, Box(0, 0, 1, 1), Box(5999, 7999, 1, 1))  # its thumbnail is empty
    box = framed(alpha)
    assert box.height < 200
    assert box.top <= 0 < box.top + box.height and box.left <= 0 < box.left + box.width


@pytest.mark.parametrize("kind", KINDS)
def test_head_and_ears_are_in_the_frame(kind: str) -> None:
    missed = []
    for seed in SEEDS:
        silhouette, alpha = posed(kind, seed)
        if outside(silhouette, framed(alpha)) > 0.005:
            missed.append(seed)
    assert len(missed) <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_the_face_is_a_little_above_the_middle_and_large(kind: str) -> None:
    heights, shares = [], []
    for seed in SEEDS:
        silhouette, alpha = posed(kind, seed)
        box, head = framed(alpha), silhouette.head
        heights.append((head.y - box.top) / box.height)
        shares.append(2 * head.radius / box.height)
    assert np.percentile(heights, 10) > 0.33
    assert np.percentile(heights, 90) < 0.45
    assert 0.3 < np.median(shares) < 0.6


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("height", [200, 640])
def test_the_same_at_every_size(kind: str, height: int) -> None:
    differences = []
    for seed in SEEDS:
        small, large = framed(posed(kind, seed)[1]), framed(posed(kind, seed, height)[1])
        differences.append(np.abs(np.array(small) * height / 400 - large).max() / large.height)
    assert np.percentile(differences, 90) < 0.06
    assert sum(each > 0.15 for each in differences) <= 2  # of two places nearly alike either may be taken


@settings(deadline=None)
@given(pose=POSES)
def test_mirrored(pose: tuple[str, int]) -> None:
    _, alpha = posed(*pose)
    box, other = framed(alpha), framed(np.ascontiguousarray(alpha[:, ::-1]))
    mirrored = box._replace(left=alpha.shape[1] - box.left - box.width)
    assert np.allclose(mirrored, other, rtol=0, atol=0.05 * box.height)


@settings(deadline=None)
@given(alpha=arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)))
def test_any_alpha(alpha: Pixels) -> None:
    before = alpha.copy()
    found = headshot(alpha)
    assert (found is None) == (not (alpha > 25).any())
    if found is not None:
        assert found.box.height >= 5 and found.box.width == round(found.box.height * 4 / 5)
        assert 0 <= found.confidence <= 1
    assert found == headshot(alpha)
    assert np.array_equal(alpha, before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 5000), (5000, 1), (2, 3), (7, 900), (2000, 1500)], ids=str)
@pytest.mark.parametrize("level", [26, 127, 128, 255])
def test_any_size(shape: tuple[int, int], level: int) -> None:
    box = framed(np.full(shape, level, np.uint8))
    assert box.width == round(box.height * 4 / 5)
    assert box.top < shape[0] and box.left < shape[1] and box.top + box.height > 0 and box.left + box.width > 0


BESIDE = {"above": (0, -1), "below": (0, 1), "to the left": (-1, 0), "to the right": (1, 0), "below, left": (-1, 1)}


@pytest.mark.parametrize(("across", "down"), BESIDE.values(), ids=BESIDE)
@pytest.mark.parametrize("seed", SEEDS[:12])
def test_a_border_that_cuts_the_body_is_not_seen(across: int, down: int, seed: int) -> None:
    """The picture ends just beside the ears of a pet, or under its chin."""
    silhouette, _ = posed("sitting", seed)
    x, y, radius = silhouette.head
    ears = silhouette.ears
    left = round(min(ears[:, 0].min(), x - radius)) - 2 if across < 0 else -200
    right = round(max(ears[:, 0].max(), x + radius)) + 2 if across > 0 else 700
    top = round(min(ears[:, 1].min(), y - radius)) if down < 0 else -200
    bottom = round(y + 1.3 * radius) if down > 0 else 600
    moved = silhouette.placed(1, -left, -top)
    alpha = drawn(right - left, bottom - top, moved)
    box = framed(alpha)
    assert outside(moved, box) <= 0.01
    shown = [0 - box.top, box.left + box.width - (right - left), box.top + box.height - (bottom - top), 0 - box.left]
    cut = [edge.max() > 127 for edge in (alpha[0], alpha[:, -1], alpha[-1], alpha[:, 0])]
    assert cut[2] or down <= 0
    assert not [beyond for beyond, there in zip(shown, cut, strict=True) if there and beyond > 0]


def test_a_face_larger_than_the_picture_is_framed_in_the_picture() -> None:
    alpha = disc(300, 450, 200, 150, 190)  # cut above and below
    assert framed(alpha) == Box(0, 80, 240, 300)


def test_a_frame_has_its_room_where_the_picture_has_none() -> None:
    silhouette, alpha = posed("sitting", 0)
    top = int(silhouette.corners[1]) - 3  # hardly a transparent row above the ears
    box, roomy = framed(alpha[top:]), framed(alpha)
    assert box == roomy._replace(top=roomy.top - top)
    assert box.top < -10


@pytest.mark.parametrize(("across", "down"), [(400, 300), (400, 150), (250, 295)], ids=str)
def test_no_frame_has_many_more_pixels_than_its_picture(across: int, down: int) -> None:
    alpha = np.zeros((612, 816), np.uint8)
    cv2.ellipse(alpha, (408, 306), (across, down), 0, 0, 360, 255, -1)
    found = headshot(alpha)
    assert found is not None
    assert found.box.width * found.box.height < 1.65 * alpha.size  # 4:5 around all of 4:3 has 1.6


@pytest.mark.parametrize("seed", SEEDS[:8])
def test_the_largest_of_several_subjects(seed: int) -> None:
    large, alone = posed("sitting", seed)
    others = [posed("walking", seed, 150)[0].placed(1, 600, 200), posed("standing", seed, 200)[0].placed(1, 450, 10)]
    box = framed(drawn(1000, 480, large, *others))
    assert outside(large, box) <= 0.02
    assert np.allclose(box, framed(alone), atol=0.1 * box.height)


def test_the_largest_is_not_the_longest() -> None:
    line = Box(10, 0, 500, 2)
    alpha = np.maximum(disc(400, 500, 250, 200, 60), rectangle(400, 500, line))
    assert framed(alpha).top > 100


def test_a_person_in_a_wide_coat() -> None:
    silhouette, alpha = posed("standing", 3, 200)  # the coat is as much like a head as the head, but lower
    box = framed(alpha)
    assert outside(silhouette, box) <= 0.01
    assert 2 * silhouette.head.radius > 0.4 * box.height


def test_haze_does_not_join_what_is_apart() -> None:
    _, alpha = posed("sitting", 1)
    hazy = np.maximum(alpha, 100)
    assert framed(hazy) == framed(alpha)


def test_a_view_of_a_picture() -> None:
    _, alpha = posed("walking", 1)
    pixels = np.zeros((*alpha.shape, 4), np.uint8)
    pixels[..., 3] = alpha
    assert headshot(pixels[..., 3]) == headshot(alpha)


@pytest.mark.parametrize(
    "box",
    [
        pytest.param(Box(0, 0, 0, 0), id="empty"),
        pytest.param(Box(-50, -50, 40, 50), id="beside the picture"),
        pytest.param(Box(0, 0, 8, 10), id="beside the subject"),
    ],
)
def test_no_confidence_where_there_is_nothing(box: Box) -> None:
    assert confidence(rectangle(100, 100, Box(50, 50, 20, 20)), box) == 0


def test_confidence_falls_when_the_subject_moves_aside() -> None:
    alpha = disc(400, 700, 350, 200, 90)
    scores = [confidence(alpha, Box(80, 254 + shift, 192, 240)) for shift in (0, 20, 40, 80)]
    assert scores == sorted(scores, reverse=True)
    assert scores[0] > scores[1] > scores[3]


@pytest.mark.parametrize(("size", "expected"), [(10, 0.51), (50, 0.73), (74, 1), (100, 0.59)])
def test_confidence_by_how_much_the_subject_takes(size: int, expected: float) -> None:
    half = (100 - size) // 2
    alpha = rectangle(100, 100, Box(half, half, size, size))
    assert confidence(alpha, Box(0, 0, 100, 100)) == pytest.approx(expected, abs=0.01)


@pytest.mark.parametrize(
    ("subjects", "expected"),
    [
        pytest.param([Box(0, 0, 40, 110)], 1.0, id="55 %, even, in the middle"),
        pytest.param([Box(0, 0, 20, 100), Box(100, 20, 20, 100)], 0.5 / 1.1 + 0.2, id="in the middle, not even"),
        pytest.param([Box(0, 20, 20, 200)], 0.5 / 1.1 + 0.1, id="one side alone"),
    ],
)
def test_confidence_is_made_of_coverage_symmetry_and_centring(subjects: list[Box], expected: float) -> None:
    assert confidence(rectangle(200, 40, *subjects), Box(0, 0, 40, 200)) == pytest.approx(expected, abs=0.02)


@settings(deadline=None)
@given(pose=POSES, top=st.integers(-300, 300), left=st.integers(-300, 300), width=st.integers(1, 600))
def test_confidence_of_any_box(pose: tuple[str, int], top: int, left: int, width: int) -> None:
    _, alpha = posed(*pose)
    box = Box(top, left, width, round(width * 5 / 4))
    padded = cv2.copyMakeBorder(alpha, 800, 800, 800, 800, cv2.BORDER_CONSTANT, value=0)
    score = confidence(alpha, box)
    assert 0 <= score <= 1
    inside = confidence(np.asarray(padded, np.uint8), box._replace(top=top + 800, left=left + 800))
    assert score == pytest.approx(inside, abs=0.05)


@pytest.mark.parametrize(
    ("score", "expected"),
    [(1.0, "high"), (0.81, "high"), (0.8, "medium"), (0.61, "medium"), (0.6, "low"), (0.0, "low")],
)
def test_levels(score: float, expected: str) -> None:
    assert Headshot(Box(0, 0, 4, 5), score).level == expected
