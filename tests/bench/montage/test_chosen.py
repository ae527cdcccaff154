"""The list of pictures, and what is said when they are not there."""

from pathlib import Path

import pytest
from PIL import Image

from bench.montage.chosen import Chosen, Ground, MissingPackageError, Stamp, chosen, opened, require

STAMP = Stamp("food/pie.png")
GROUND = Ground("some-wallpapers", "wallpapers/sea.jpg")


def put(this: Stamp | Ground, folder: Path) -> None:
    (folder / this.path).parent.mkdir(parents=True)
    Image.new("RGBA" if isinstance(this, Stamp) else "RGB", (8, 6)).save(folder / this.path)


def test_what_is_chosen() -> None:
    these = chosen()
    assert len({each.file for each in these.stamps}) == len(these.stamps) > 150
    assert {"animals", "food", "vehicles"} < {each.kind for each in these.stamps}
    for left, top, right, bottom in (each.part for each in these.grounds):
        assert left < right
        assert top < bottom


def test_pictures_that_are_there(tmp_path: Path) -> None:
    for each in (STAMP, GROUND):
        put(each, tmp_path)
    require(Chosen([STAMP], [GROUND]), tmp_path)
    with opened(GROUND, tmp_path) as image:
        assert image.size == (8, 6)


@pytest.mark.parametrize(
    ("there", "missing"),
    [
        pytest.param([], "some-wallpapers tuxpaint-stamps-default", id="nothing is there"),
        pytest.param([GROUND], "tuxpaint-stamps-default", id="no stamps"),
        pytest.param([STAMP], "some-wallpapers", id="no ground"),
    ],
)
def test_a_missing_package_is_named(tmp_path: Path, there: list[Stamp | Ground], missing: str) -> None:
    for each in there:
        put(each, tmp_path)
    with pytest.raises(MissingPackageError, match=f"`apt-get download {missing}`"):
        require(Chosen([STAMP], [GROUND]), tmp_path)
