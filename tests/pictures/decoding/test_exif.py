import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.pictures.decoding.exif import orientation
from tests.pictures.decoding.samples import oriented


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("beginning", [b"", b"Exif\0\0"])
def test_orientation(value: int, beginning: bytes) -> None:
    assert orientation(beginning + oriented(value)) == value


def test_as_others_write_it() -> None:
    exif = Image.Exif()
    exif[0x010F], exif[0x0112], exif[0x8769] = "Maker", 6, {0x9003: "2024:01:01 00:00:00"}
    assert orientation(exif.tobytes()) == 6


@pytest.mark.parametrize(
    "exif",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"Exif\0\0", id="a beginning"),
        pytest.param(b"Exif\0\0II*\0\xff\xff\xff\xff", id="far away"),
        pytest.param(oriented(6)[:20], id="cut"),
        pytest.param(oriented(0), id="0"),
        pytest.param(oriented(9), id="9"),
        pytest.param(oriented(6).replace(b"\x12\1\3\0", b"\x12\1\2\0"), id="text"),
        pytest.param(oriented(6).replace(b"\3\0\1\0\0\0", b"\3\0\0\0\0\0"), id="no value"),
        pytest.param(oriented(6).replace(b"\3\0\1\0\0\0", b"\3\0\xff\xff\xff\xff"), id="four thousand million values"),
        pytest.param(
            b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x0111, 3, 1, 6) * 40, id="more tags than there are"
        ),
    ],
)
def test_what_is_damaged_is_upright(exif: bytes) -> None:
    assert orientation(exif) == 1


@given(st.binary(max_size=200))
def test_nothing_is_raised(junk: bytes) -> None:
    assert 1 <= orientation(b"MM\0*" + junk) <= 8
