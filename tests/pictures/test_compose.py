"""Cut-outs laid out: cropped, shrunk, on grounds, as alpha alone."""

from collections.abc import Callable

import numpy as np
import pytest
import skimage.data
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from gateway.pictures.compose import (
    NO_MARGIN,
    PLAIN,
    WHITE,
    Ground,
    Layout,
    Length,
    Margin,
    cut_out,
    fitted,
    foreground,
    framed,
    laid,
    over,
    with_margin,
)
from gateway.pictures.picture import Box, Pixels

PHOTO: Pixels = np.ascontiguousarray(skimage.data.chelsea()[::2, ::2])  # (150, 226, 3)


def ellipse(height: int, width: int) -> Pixels:
    """A soft-edged ellipse in the middle, half as wide and high as the picture."""
    y, x = np.mgrid[:height, :width]
    radius = np.hypot((x - width / 2) / (width / 4), (y - height / 2) / (height / 4))
    return (255 * np.clip((1.15 - radius) * 4, 0, 1)).astype(np.uint8)


def cat() -> Pixels:
    """A cut-out: RGBA, RGB 0 where alpha is 0."""
    pixels = np.dstack([PHOTO, np.full(PHOTO.shape[:2], 255, np.uint8)])
    cut_out(pixels, ellipse(*PHOTO.shape[:2]))
    return pixels


def reference_over(front: Pixels, back: NDArray[np.float64]) -> NDArray[np.float64]:
    """Porter and Duff's over in float64; `back` RGBA, 0–255, broadcastable."""
    above, below = front[..., 3:] / 255.0, back[..., 3:] / 255.0
    alpha = above + (1 - above) * below
    colour = front[..., :3] * above + back[..., :3] * below * (1 - above)
    return np.dstack([colour / np.maximum(alpha, 1e-9), np.broadcast_to(255 * alpha, (*front.shape[:2], 1))])


def test_cut_out_clears_what_is_invisible_and_leaves_the_rest() -> None:
    pixels, alpha = cat(), ellipse(*PHOTO.shape[:2])
    assert np.array_equal(pixels[..., 3], alpha)
    assert np.array_equal(pixels[alpha > 0][:, :3], PHOTO[alpha > 0])
    assert not pixels[alpha == 0].any()


def test_a_plain_layout_changes_nothing() -> None:
    frame = framed(cat(), PLAIN)
    assert np.array_equal(laid(frame.pixels, PLAIN), cat())
    assert frame.foreground == foreground(cat()[..., 3])


@pytest.mark.parametrize(
    ("levels", "box"),
    [
        pytest.param({}, (0, 0, 0, 0), id="nothing"),
        pytest.param({(5, 7): 10}, (0, 0, 0, 0), id="only haze"),
        pytest.param({(5, 7): 11}, (5, 7, 1, 1), id="one pixel"),
        pytest.param({(5, 7): 255, (8, 19): 11, (0, 0): 10}, (5, 7, 13, 4), id="two corners"),
    ],
)
def test_foreground(levels: dict[tuple[int, int], int], box: tuple[int, int, int, int]) -> None:
    alpha = np.zeros((30, 40), np.uint8)
    for place, level in levels.items():
        alpha[place] = level
    assert foreground(alpha) == box


def lengths(*percent: float) -> Margin:
    return Margin(*(Length(each, percent=True) for each in percent))


@pytest.mark.parametrize(
    ("margin", "box"),
    [
        pytest.param(NO_MARGIN, (20, 30, 40, 10), id="none"),
        pytest.param(lengths(10, 10, 10, 10), (19, 26, 48, 12), id="of the subject's sides"),
        pytest.param(lengths(10, 20, 30, 40), (19, 14, 64, 14), id="each side its own"),
        pytest.param(Margin(*[Length(3, percent=False)] * 4), (17, 27, 46, 16), id="pixels"),
        pytest.param(Margin(*[Length(500, percent=False)] * 4), (0, 0, 90, 60), id="as far as the picture goes"),
    ],
)
def test_margin(margin: Margin, box: tuple[int, int, int, int]) -> None:
    assert with_margin(Box(20, 30, 40, 10), margin, width=90, height=60) == box


def test_crop_cuts_to_the_subject() -> None:
    box = foreground(cat()[..., 3])
    frame = framed(cat(), Layout(crop="subject"))
    assert np.array_equal(frame.pixels, cat()[box.top : box.top + box.height, box.left : box.left + box.width])
    assert frame.foreground == (0, 0, box.width, box.height)


def test_crop_with_a_margin_says_where_the_subject_is() -> None:
    frame = framed(cat(), Layout(crop="subject", margin=lengths(10, 10, 10, 10)))
    assert frame.foreground == foreground(frame.pixels[..., 3])
    assert frame.foreground.top > 0


def test_without_a_subject_there_is_nothing_to_crop_to() -> None:
    frame = framed(np.zeros((40, 60, 4), np.uint8), Layout(crop="subject"))
    assert frame.pixels.shape == (40, 60, 4)


def face(width: int, height: int) -> Pixels:
    """A head over the whole width, free at the top alone."""
    pixels = np.zeros((height, width, 4), np.uint8)
    pixels[1:] = 255
    return pixels


def test_a_head_shot_of_a_large_picture_has_no_more_pixels_than_that() -> None:
    pixels = face(9000, 3000)
    frame = framed(pixels, Layout(crop="head"))
    height, width = frame.pixels.shape[:2]
    assert 0.99 < height * width / (9000 * 3000) < 1.001
    assert width == round(height * 4 / 5)
    assert frame.foreground == foreground(frame.pixels[..., 3])
    assert frame.foreground.width == width, "something of the head is lost"


def test_a_head_shot_of_a_small_picture_is_not_shrunk() -> None:
    frame = framed(face(900, 300), Layout(crop="head"))
    assert frame.pixels.shape == (1125, 900, 4)


@pytest.mark.parametrize("side", [1, 50, 225, 226, 9999])
def test_max_side_shrinks_and_never_enlarges(side: int) -> None:
    frame = framed(cat(), Layout(max_side=side))
    assert max(frame.pixels.shape[:2]) == min(side, 226)
    assert frame.foreground == foreground(frame.pixels[..., 3])


def test_shrinking_keeps_hidden_colours_out_of_the_edge() -> None:
    pixels = np.zeros((64, 64, 4), np.uint8)
    pixels[:, :33] = (200, 100, 50, 255)
    small = framed(pixels, Layout(max_side=16)).pixels
    visible = small[small[..., 3] > 12][:, :3].astype(int)
    assert np.abs(visible - (200, 100, 50)).max() <= 6
    assert not small[small[..., 3] == 0].any()


@pytest.mark.parametrize("layout", [PLAIN, Layout(grounds=(WHITE,))], ids=["alone", "as JPEG"])
def test_alpha_alone(layout: Layout) -> None:
    found = laid(cat(), Layout(channels="alpha", grounds=layout.grounds))
    assert np.array_equal(found, cat()[..., 3])


@pytest.mark.parametrize("colour", [WHITE, (12, 200, 90, 255), (255, 0, 0, 128), (9, 9, 9, 0)], ids=str)
def test_over_a_colour(colour: tuple[int, int, int, int]) -> None:
    found = over(cat(), colour)
    expected = reference_over(cat(), np.array(colour, np.float64).reshape(1, 1, 4))
    assert found.shape[2] == (3 if colour[3] == 255 else 4)
    visible = expected[..., 3] > 4
    assert np.abs(found[visible] - expected[visible][:, : found.shape[2]]).max() <= 1


@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 2**32 - 1))
def test_over_is_porter_and_duff_s_over(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    front, back = rng.integers(0, 256, (2, height, width, 4), np.uint8)
    found = over(front, np.ascontiguousarray(back))
    expected = reference_over(front, back.astype(np.float64))
    # what is nearly invisible has no colour worth comparing
    visible = expected[..., 3] > 32
    assert np.abs(found[visible].astype(float) - expected[visible][:, : found.shape[2]]).max(initial=0) <= 4
    assert np.abs(found[..., 3:] - expected[..., 3 : found.shape[2]]).max(initial=0) <= 1


def stripes(width: int, height: int) -> Ground:
    """Red, a green middle third, blue, from left to right."""
    pixels = np.zeros((height, width, 4), np.uint8)
    for index, part in enumerate(np.array_split(np.arange(width), 3)):
        pixels[:, part, index] = 255
    pixels[..., 3] = 255
    return pixels


@pytest.mark.parametrize("size", [(300, 100), (30, 10), (90, 100), (900, 100)], ids=str)
def test_a_picture_behind_covers_the_frame_around_its_middle(size: tuple[int, int]) -> None:
    frame = over(np.zeros((100, 100, 4), np.uint8), stripes(*size))
    assert frame.shape == (100, 100, 3)
    colours = frame[50, [1, 50, 98]].argmax(axis=1).tolist()
    assert colours == ([1, 1, 1] if size[0] / size[1] >= 3 else [0, 1, 2])


def test_a_transparent_picture_behind_shows_the_colour_behind_it() -> None:
    half = np.zeros((150, 226, 4), np.uint8)
    half[:, :113] = (0, 0, 255, 255)
    found = laid(cat(), Layout(grounds=(half, (255, 255, 0, 255))))
    assert found.shape[2] == 3
    assert (tuple(found[0, 0]), tuple(found[0, -1])) == ((0, 0, 255), (255, 255, 0))
    assert np.array_equal(found[75, 113], PHOTO[75, 113])


@pytest.mark.parametrize(
    ("width", "height", "side", "size"),
    [(4000, 3000, 1000, (1000, 750)), (1, 5000, 50, (1, 50)), (5000, 3, 50, (50, 1))],
)
def test_fitted(width: int, height: int, side: int, size: tuple[int, int]) -> None:
    assert fitted(width, height, side) == size


@pytest.mark.parametrize("step", [framed, laid])
def test_work_that_nobody_waits_for_stops(step: Callable[[Pixels, Layout, Callable[[], None]], object]) -> None:
    class Gone(Exception):
        pass

    def going() -> None:
        raise Gone

    with pytest.raises(Gone):
        step(cat(), Layout(max_side=20), going)


def test_pillow_agrees_about_a_cut_out_on_a_colour() -> None:
    ground = Image.new("RGBA", (226, 150), (30, 60, 90, 255))
    expected = np.asarray(Image.alpha_composite(ground, Image.fromarray(cat())))[..., :3].astype(int)
    assert np.abs(over(cat(), (30, 60, 90, 255)) - expected).max() <= 1
