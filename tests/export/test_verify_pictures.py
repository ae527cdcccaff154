"""The pictures that models are compared on: what the gateway would make of them."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from export.evaluate import held_out
from export.verify.errors import PicturesError
from export.verify.pictures import photograph, photographs, synthetic
from gateway.pictures.decoding.header import read_header
from gateway.pictures.decoding.preview import preview


def test_synthetic_pictures_are_held_out_ones_of_both_kinds():
    pictures = list(synthetic(64, 3))
    assert [each.name for each in pictures] == ["easy 1", "easy 2", "hard 1"]
    assert (pictures[2].rgb == next(held_out(64, 1, hard=True))[..., :3]).all()


def turned(path: Path, photo: Image.Image) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(path, "JPEG", exif=exif)


@pytest.mark.parametrize(
    "write",
    [
        lambda path, photo: photo.save(path, "JPEG"),
        turned,
        lambda path, photo: photo.convert("L").save(path, "PNG"),
        lambda path, photo: photo.convert("P").save(path, "GIF", transparency=3),
        lambda path, photo: Image.merge("RGBA", (*photo.split(), photo.getchannel("G"))).save(path, "PNG"),
        lambda path, photo: Image.fromarray(np.arange(6_000, dtype=np.uint16).reshape(60, 100) * 10).save(path, "PNG"),
    ],
    ids=["plain", "turned", "grey", "palette", "transparent", "16 bits"],
)
def test_a_photograph_is_what_the_gateway_makes_of_it(photos, tmp_path, write):
    path = tmp_path / "photo"
    with Image.open(photos / "cat.jpg") as photo:
        write(path, photo)
    data = path.read_bytes()
    header = read_header(data, 10**7)
    found = photograph(path, "photo", 96)
    difference = np.abs(found.rgb.astype(int) - preview(data, header, 96).tensor)
    assert difference.mean() <= 1  # the gateway decodes a large JPEG scaled
    assert found.aspect == header.width / header.height


def test_a_file_that_is_no_picture_is_named_and_left_out(photos, tmp_path):
    shutil.copy(photos / "cat.jpg", tmp_path / "cat.JPG")
    (tmp_path / "a.png").write_bytes(b"no picture")
    (tmp_path / "cut.jpg").write_bytes((photos / "cat.jpg").read_bytes()[:5_000])
    (tmp_path / "notes.txt").write_text("not asked")
    skipped: list[str] = []
    assert [each.name for each in photographs(tmp_path, 32, None, skipped)] == ["cat.JPG"]
    assert skipped == ["a.png cannot be read as a picture", "cut.jpg cannot be read as a picture"]


@pytest.mark.parametrize(("file", "text"), [("notes.txt", "has no pictures"), ("a.png", "none of its 1 pictures")])
def test_a_folder_without_pictures_is_refused(tmp_path, file, text):
    (tmp_path / file).write_text("no picture")
    with pytest.raises(PicturesError, match=text):
        list(photographs(tmp_path, 32, None, []))
