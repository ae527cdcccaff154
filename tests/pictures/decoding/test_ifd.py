import pytest

from gateway.pictures.decoding.ifd import Flavour, first_directory, flavour, numbers
from tests.pictures.decoding.samples import PHOTO, file, stored

WANTED = frozenset((256, 257, 258, 273, 270))


@pytest.mark.parametrize("name", ["lzw.tiff", "big.tiff", "deep_deflate_msb.tiff"])
def test_reads_what_others_wrote(name: str) -> None:
    data = file(name)
    entries = first_directory(data, WANTED)
    kind = flavour(data)
    assert numbers(entries[256], kind) == (60,) and numbers(entries[257], kind) == (40,)
    assert numbers(entries[258], kind) == ((16,) * 3 if "deep" in name else (8,) * 3)


@pytest.mark.parametrize(
    ("beginning", "kind"),
    [
        (b"II*\0", Flavour("<", False)),
        (b"MM\0*", Flavour(">", False)),
        (b"II+\0", Flavour("<", True)),
        (b"MM\0+", Flavour(">", True)),
    ],
)
def test_flavours(beginning: bytes, kind: Flavour) -> None:
    assert flavour(beginning + bytes(20)) == kind


def test_only_what_is_wanted_and_inside_the_file() -> None:
    data = stored(PHOTO, "TIFF", tiffinfo={270: "x" * 100})
    assert set(first_directory(data, frozenset((256, 270)))) == {256, 270}
    assert first_directory(data[: data.index(b"xxx") + 50], WANTED)[270].data == b""


def test_what_is_no_number_is_refused() -> None:
    data = stored(PHOTO, "TIFF", tiffinfo={270: "x" * 100})
    with pytest.raises(KeyError):
        numbers(first_directory(data, WANTED)[270], flavour(data))
