"""Sites and the cells around them."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.effects import voronoi


def area(corners: np.ndarray) -> float:
    x, y = corners.T
    return float(abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 50), st.integers(0, 1000))
@settings(deadline=None, max_examples=60)
def test_sites_lie_in_the_plane(height: int, width: int, count: int, seed: int) -> None:
    density = np.random.default_rng(seed).random((height, width)) + 0.01
    points = voronoi.sites(density, count, seed)
    assert 1 <= len(points) <= count
    assert (points >= 0).all() and (points <= (width, height)).all()


def test_sites_gather_where_it_is_dense() -> None:
    density = np.full((100, 200), 0.2)
    density[:, 100:] = 1.0
    points = voronoi.sites(density, 400, 1)
    assert 2 < (points[:, 0] > 100).sum() / (points[:, 0] < 100).sum() < 7


def test_sites_avoid_what_is_empty() -> None:
    density = np.zeros((100, 100))
    density[30:50, 40:90] = 1
    points = voronoi.sites(density, 30, 1)
    assert ((points > (39, 29)) & (points < (91, 51))).all()


def test_cells_hold_what_is_nearest_to_their_sites() -> None:
    points = np.random.default_rng(5).random((40, 2)) * (90, 60)
    cells = voronoi.cells(points, 90, 60)
    assert len(cells.sites) == len(cells.starts) - 1 == 40
    for number, site in enumerate(cells.sites):
        corners = cells.corners[cells.starts[number] : cells.starts[number + 1]]
        inside = corners[((corners >= 0) & (corners <= (90, 60))).all(axis=1)]
        distances = np.hypot(*(inside[:, None] - points).T)
        assert np.hypot(*(inside - site).T) == pytest.approx(distances.min(axis=0), abs=0.05)


def test_one_site_has_the_whole_plane() -> None:
    cells = voronoi.cells(np.array([[3.0, 4.0]]), 30, 20)
    assert area(cells.corners) > 600


def test_inset_moves_each_side() -> None:
    square = np.array([(0, 0), (10, 0), (10, 10), (0, 10)], float)
    for corners in (square, square[::-1]):
        cells = voronoi.Cells(
            np.concatenate([corners, corners + 50]), np.array([0, 4, 8]), np.array([(5, 5), (55, 55)])
        )
        moved = voronoi.inset(cells, 2)
        assert moved[:4] == pytest.approx(corners * 0.6 + 2)
        assert moved[4:] == pytest.approx(corners * 0.6 + 52)


def test_means() -> None:
    numbers = np.array([[0, 0, 2], [2, 2, 2]], np.int32)
    weights = np.array([[1.0, 3.0, 0.0], [0.0, 0.0, 0.0]])
    plane = np.array([[8.0, 4.0, 9.0], [9.0, 9.0, 9.0]])
    assert voronoi.means([plane * weights], weights, numbers).tolist() == [[5.0], [0.0], [0.0]]
