import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from gateway.pictures.decoding.av1 import largest
from gateway.pictures.decoding.boxes import contents
from tests.pictures.decoding.samples import FILES, PHOTO, file, stored


def announced(data: bytes) -> int:
    return max(map(largest, contents(data)))


@pytest.mark.parametrize("path", sorted(FILES.glob("*.avif")), ids=lambda path: path.stem)
def test_pictures_of_other_programs(path) -> None:
    assert announced(path.read_bytes()) == (128 * 128 if path.stem == "grid" else 60 * 40)


@pytest.mark.parametrize("size", [(1, 1), (16, 9), (1000, 3), (640, 480), (3000, 2000)])
@pytest.mark.parametrize("speed", [6, 10])
def test_every_size(size: tuple[int, int], speed: int) -> None:
    assert announced(stored(Image.new("RGB", size), "AVIF", speed=speed)) == size[0] * size[1]


def test_animations() -> None:
    data = stored(PHOTO, "AVIF", save_all=True, append_images=[Image.fromarray(255 - PHOTO)])
    assert announced(data) == 60 * 40


def test_what_is_no_av1() -> None:
    assert announced(file("photo.heic")) == 0
    assert largest(memoryview(b"")) == largest(memoryview(b"<?xpacket")) == 0


def test_timing_is_skipped() -> None:
    """Two ticks of 32 bits, equal intervals of one, a model of 6-bit delays; one point with delays; 8 × 8 bits of size."""
    bits = "000" + "0" + "0"  # profile, not still, not reduced
    bits += "1" + "0" * 31 + "1" + "0" * 31 + "1" + "1" + "1"  # timing, its interval
    bits += "1" + f"{5:05b}" + "0" * 32 + f"{5:05b}" + f"{5:05b}"  # the model
    bits += "1" + "00000" + "0" * 12 + f"{8:05b}" + "1" + "1" + "0" * 13 + "1" + "0000"
    bits += f"{7:04b}" * 2 + f"{199:08b}" + f"{99:08b}"
    body = int(bits.ljust(-(-len(bits) // 8) * 8, "0"), 2).to_bytes(-(-len(bits) // 8))
    assert largest(memoryview(b"\x12\0\x0a" + bytes((len(body),)) + body)) == 200 * 100


def test_too_many_units_are_refused() -> None:
    with pytest.raises(ValueError, match="units"):
        largest(memoryview(b"\x12\0" * 20_000))


@given(st.binary(max_size=60))
def test_nothing_else_is_raised(junk: bytes) -> None:
    try:
        assert largest(memoryview(b"\x12\0\x0a\x0b" + junk)) >= 0
    except ValueError:
        return
