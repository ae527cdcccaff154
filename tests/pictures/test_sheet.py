"""The contact sheet: what is shown is shown as it is, in its order, in a grid that suits the number."""

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.pictures.sheet import Cell, Grid, grid, sheet

RED, BLUE = (200, 0, 0, 255), (0, 0, 200, 255)


def plain(colour: tuple[int, int, int, int], height: int = 100, width: int = 150) -> NDArray[np.uint8]:
    return np.tile(np.array(colour, np.uint8), (height, width, 1))


def box(page: NDArray[np.uint8], colour: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """Top, left, height and width of what has exactly that colour, all of which is one rectangle."""
    rows, columns = np.nonzero((page == colour[:3]).all(axis=-1))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert len(rows) == height * width
    return int(rows.min()), int(columns.min()), int(height), int(width)


@pytest.mark.parametrize(
    ("number", "width", "height", "expected"),
    [
        (1, 480, 340, Grid(1, 1)),
        (2, 480, 340, Grid(2, 1)),
        (4, 480, 340, Grid(2, 2)),
        (6, 480, 340, Grid(3, 2)),
        (10, 480, 340, Grid(4, 3)),
        (10, 480, 680, Grid(5, 2)),
        (10, 480, 120, Grid(2, 5)),
    ],
)
def test_grids_suit_their_number_and_the_pictures_shape(number, width, height, expected):
    assert grid(number, width, height) == expected


@pytest.mark.parametrize("number", range(1, 40))
def test_grids_have_room_for_all_and_no_empty_row(number):
    columns, rows = grid(number, 480, 340)
    assert (rows - 1) * columns < number <= rows * columns


def test_pictures_are_neither_enlarged_nor_shrunk_and_keep_their_order():
    page = sheet([Cell("a", plain(RED)), Cell("b", plain(BLUE))])
    (top, left, *size), (other_top, other_left, *other_size) = box(page, RED), box(page, BLUE)
    assert size == other_size == [100, 150]
    assert top == other_top
    assert other_left > left + 150


def test_margins_are_the_same_on_both_sides():
    page = sheet([Cell("a", plain(RED)), Cell("b", plain(BLUE))])
    _, left, _, _ = box(page, RED)
    _, other_left, _, width = box(page, BLUE)
    assert page.shape[1] - (other_left + width) == left


def test_a_smaller_picture_stands_in_the_middle_of_its_place():
    page = sheet([Cell("a", plain(RED)), Cell("b", plain(BLUE, 50, 30))])
    (top, left, _, _), (small_top, small_left, _, _) = box(page, RED), box(page, BLUE)
    assert small_top == top + 25
    assert page.shape[1] - (small_left + 30) == left + 60


def test_a_last_row_that_is_not_full_is_centred():
    first = [Cell("a", plain((9, 9, 9, 255)))] * 3
    page = sheet([*first, Cell("b", plain(RED)), Cell("c", plain(BLUE))])
    (top, left, _, width), (other_top, other_left, _, _) = box(page, RED), box(page, BLUE)
    assert top == other_top
    assert page.shape[1] - (other_left + width) == pytest.approx(left, abs=1)
    assert left > np.nonzero((page == 9).all(axis=-1))[1].min()


def test_what_is_transparent_shows_a_light_checkerboard():
    page = sheet([Cell("a", plain((0, 0, 0, 0), 96, 96))])
    height, width = page.shape[:2]
    middle = page[height // 2 - 30 : height // 2, width // 2 - 30 : width // 2]
    assert len(np.unique(middle)) == 2
    assert middle.min() > 230


def test_names_are_beneath_and_never_cut_off():
    named, nameless = (sheet([Cell(name, plain(RED, 40, 40))]) for name in ("enhancedblackwhite", " "))
    assert named.shape[1] > nameless.shape[1]
    top, _, height, _ = box(named, RED)
    ink = np.nonzero((named < 100).all(axis=-1))
    assert ink[0].min() > top + height
    assert 20 < ink[1].min() < ink[1].max() < named.shape[1] - 20


def test_the_same_cells_make_the_same_sheet():
    cells = [Cell("a", plain(RED)), Cell("b", plain(BLUE))]
    assert np.array_equal(sheet(cells), sheet(cells))
