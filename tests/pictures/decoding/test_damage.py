"""Files that are cut, overwritten or made of junk, in every format: only what a client may be told is raised."""

import time
import warnings
from contextlib import suppress

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import GatewayError, TooManyPixels, TruncatedImage, UnsupportedImage
from gateway.pictures.decoding.damage import told
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import read_header
from gateway.pictures.decoding.preview import preview
from tests.pictures.decoding.samples import FILES, LIMIT, every_kind, file, oriented, stored, with_segment

SEEDS = [
    *every_kind().values(),
    *(path.read_bytes() for path in sorted(FILES.glob("*.*")) if path.suffix != ".md"),
    with_segment(every_kind()["JPEG"], 0xE1, b"Exif\0\0" + oriented(6)),
]
NAMES = sorted(path.name for path in FILES.glob("*.*") if path.suffix not in (".md", ".png") and path.stem != "fax")

NOISE = np.random.default_rng(1).bytes(5000)


def read(data: bytes) -> bool:
    """Whether there was a picture; what is raised otherwise, and what it is if not, must be as promised."""
    try:
        header = read_header(data, LIMIT)
        found = decode(data, header)
        seen = preview(data, header, 16)
    except (TruncatedImage, TooManyPixels, UnsupportedImage) as error:
        return _refused(error)
    assert found.pixels.shape == (header.height, header.width, 4) and seen.tensor.shape == (16, 16, 3)
    assert found.transparent or (found.pixels[..., 3] == 255).all()
    return True


def _refused(error: GatewayError) -> bool:
    assert "Error" not in error.detail and "Pillow" not in error.detail and error.detail.endswith(".")
    return False


def pixels(data: bytes) -> np.ndarray:
    return decode(data, read_header(data, LIMIT)).pixels


@pytest.mark.parametrize("kind", every_kind())
def test_a_cut_file_is_never_half_a_picture(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    data = every_kind()[kind]
    for cut in np.linspace(0, len(data) - 1, 31).astype(int):
        with suppress(TruncatedImage if cut > 32 else (TruncatedImage, UnsupportedImage)):
            assert np.array_equal(pixels(data[:cut]), pixels(data))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("name", NAMES)
def test_other_programs_files_cut(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    data = file(name)
    for cut in np.linspace(40, len(data) - 1, 12).astype(int):
        with suppress(TruncatedImage):
            assert np.array_equal(pixels(data[:cut]), pixels(data))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", every_kind())
@pytest.mark.parametrize("junk", [bytes(5000), b"\xff" * 5000, NOISE], ids=["0", "255", "noise"])
def test_junk_behind_a_right_header(kind: str, junk: bytes, capfd: pytest.CaptureFixture[str]) -> None:
    data = every_kind()[kind]
    for kept in (12, 30, 60, 200, 600):
        begin = time.thread_time()
        assert not read(data[:kept] + junk) or kind != "PNG"  # without checksums, any bytes are pixels
        assert time.thread_time() - begin < 1
    assert capfd.readouterr() == ("", "")


@settings(max_examples=500, deadline=2000, derandomize=True)
@given(st.data())
def test_overwritten_bytes_raise_nothing_else(data: st.DataObject) -> None:
    bent = bytearray(data.draw(st.sampled_from(SEEDS)))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, min(len(bent) - 1, data.draw(st.sampled_from((40, 400, 10**6))))))
        piece = data.draw(st.binary(min_size=1, max_size=6))
        bent[at : at + len(piece)] = piece
    read(bytes(bent))


@settings(max_examples=100, deadline=2000, derandomize=True)
@given(st.sampled_from(SEEDS), st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 300))
def test_pieces_moved_about_raise_nothing_else(seed: bytes, source: int, target: int, size: int) -> None:
    piece = seed[source % len(seed) :][:size]
    read(seed[: target % len(seed)] + piece + seed[target % len(seed) :])


@given(st.sampled_from([seed[:16] for seed in SEEDS]), st.binary(max_size=300))
def test_junk_behind_a_right_beginning_raises_nothing_else(beginning: bytes, junk: bytes) -> None:
    read(beginning + junk)


def test_nothing_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    for seed in SEEDS:
        read(seed[:-20])
        read(seed)
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]


def test_no_warning_is_made() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert sum(read(seed) for seed in SEEDS) == len(SEEDS) - 1  # but for the fax


@pytest.mark.parametrize(
    "error", [ValueError("inside"), OSError("inside"), KeyError("inside"), ZeroDivisionError()], ids=repr
)
def test_told(error: Exception) -> None:
    with pytest.raises(TruncatedImage, match=r"^The PNG picture is incomplete or damaged\.$") as raised, told("PNG"):
        raise error
    assert raised.value.__cause__ is error and "inside" not in raised.value.detail


def test_what_is_no_damage_passes() -> None:
    with pytest.raises(MemoryError), told("PNG"):
        raise MemoryError
    with pytest.raises(GatewayError, match="twelve"), told("PNG"):
        raise UnsupportedImage("twelve")


def test_a_wrong_name_changes_nothing() -> None:
    assert read(stored(np.zeros((3, 3, 3), np.uint8), "GIF"))
