"""Solids against geometry worked out by hand."""

import torch

from export.scenes.raster import drawn, grid
from export.scenes.solids import ball, ellipsoid, joined, rotation, tube, vector

ONE = torch.ones(1)
ORIGIN = torch.zeros(1, 3)


def test_a_ball_is_a_disc_with_the_depth_of_a_sphere():
    surface = drawn(ball(ORIGIN, 0.5 * ONE, 0), 64)
    x, y = grid(64, ONE)
    r = (x**2 + y**2).sqrt()
    inner = r < 0.45
    torch.testing.assert_close(surface.depth[0, 0][inner], (0.25 - r**2).sqrt()[inner], atol=1e-3, rtol=0)
    near = r < 1
    torch.testing.assert_close(surface.inside[0, 0][near], (0.5 - r)[near], atol=0.02, rtol=0)
    torch.testing.assert_close(surface.normal[0, 0][inner], (2 * x)[inner], atol=1e-3, rtol=0)


def test_the_nearer_of_two_solids_is_seen():
    near, far = ball(vector(0, 0, 0.6, ONE), 0.3 * ONE, 1), ball(vector(0, 0, -0.6, ONE), 0.5 * ONE, 2)
    for solids, nearest in ((joined(near, far), 0), (joined(far, near), 1)):
        surface = drawn(solids, 32)
        assert surface.solid[0, 0, 16, 16] == nearest
        assert abs(surface.depth[0, 0, 16, 16] - 0.9) < 0.01
        assert surface.solid[0, 0, 16, 25] == 1 - nearest


def test_a_box_shows_its_face():
    surface = drawn(ellipsoid(ORIGIN, torch.tensor([[0.5, 0.25, 0.1]]), 0, box=True), 64)
    assert (surface.inside[0, 0] > 0).sum() == 32 * 16
    torch.testing.assert_close(surface.depth[0, 0, 32, 32], torch.tensor(0.1))
    torch.testing.assert_close(surface.normal[0, :, 32, 32], torch.tensor([0.0, 0.0, 1.0]))


def test_a_positive_pitch_shows_the_upper_side():
    turn = rotation(0 * ONE, 0.5 * ONE, 0 * ONE)
    assert (turn @ torch.tensor([0.0, -1.0, 0.0]))[0, 2] > 0


def test_a_tube_goes_through_its_points():
    solids = tube((vector(-0.5, 0, 0, ONE), vector(0.5, 0, 0, ONE)), (0.1 * ONE, 0.1 * ONE), 0, 6)
    row = drawn(solids, 64).inside[0, 0, 32] > 0
    assert row[16:48].all() and not row[:8].any() and not row[56:].any()
