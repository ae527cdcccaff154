"""The learning curve: what it leaves out, and that what it draws is what the log says."""

from pathlib import Path

import numpy as np
from PIL import Image, ImageColor

from bench.curve import COLOURS, Point, curve, main, points

LOG = Path(__file__).parents[2] / "docs" / "demo-training.csv"


def test_first_line_of_a_phase_is_left_out(tmp_path: Path) -> None:
    log = tmp_path / "log.csv"
    log.write_text("0,20,7.1,1.3\n0,40,13.4,1.2\n1,60,20.0,9.9\n1,80,30.0,2.0\n")
    assert points(log) == [Point(0, 13.4, 1.2), Point(1, 30.0, 2.0)]


def test_a_falling_loss_goes_down() -> None:
    pixels = np.asarray(curve([Point(0, 10, 2.0), Point(0, 60, 0.5)])).astype(int)
    drawn = np.abs(pixels - ImageColor.getrgb(COLOURS[0])).sum(-1) < 40
    rows, columns = np.nonzero(drawn & (np.arange(len(drawn)) > 40)[:, None])  # below the phase's name
    assert np.corrcoef(rows, columns)[0, 1] > 0.95


def test_shipped_log_is_drawn_with_a_colour_a_phase(tmp_path: Path) -> None:
    main([str(LOG), "-o", str(tmp_path / "curve.png")])
    with Image.open(tmp_path / "curve.png") as picture:
        colours = {colour for _, colour in picture.convert("RGB").getcolors(1000) or ()}
    for wanted in COLOURS[:3]:
        assert min(sum(abs(a - b) for a, b in zip(c, ImageColor.getrgb(wanted), strict=True)) for c in colours) < 30
