import pytest

from gateway.errors import UnsupportedImage
from gateway.pictures.decoding.formats import FORMAT_NAMES, FORMATS, sniff
from tests.pictures.decoding.samples import FILES, PHOTO, every_kind, file, stored

HEIC = file("photo.heic")


def with_brands(data: bytes, brand: bytes, *compatible: bytes) -> bytes:
    """`data`, whose first box has a brand and others that it is compatible with."""
    size = int.from_bytes(data[:4])
    box = b"ftyp" + brand + bytes(4) + b"".join(compatible)
    return (len(box) + 4).to_bytes(4) + box + data[size:]


@pytest.mark.parametrize("kind", every_kind())
def test_bytes_decide(kind: str) -> None:
    assert sniff(every_kind()[kind]).media_type == f"image/{kind.lower()}"


@pytest.mark.parametrize("path", sorted(FILES.glob("*.*")), ids=lambda path: path.name)
def test_files_of_other_programs(path) -> None:
    names = {"jpg": "jpeg", "tif": "tiff"}
    suffix = path.suffix[1:]
    if suffix != "md":
        assert sniff(path.read_bytes()).media_type == f"image/{names.get(suffix, suffix)}"


@pytest.mark.parametrize(
    ("brands", "media_type"),
    [
        ((b"heic",), "image/heic"),
        ((b"heix", b"mif1"), "image/heic"),
        ((b"heim",), "image/heic"),
        ((b"heis",), "image/heic"),
        ((b"hevc",), "image/heic"),
        ((b"hevx",), "image/heic"),
        ((b"mif1", b"mif1", b"heic"), "image/heic"),
        ((b"mif1",), "image/heic"),
        ((b"msf1", b"hevc"), "image/heic"),
        ((b"avif", b"mif1"), "image/avif"),
        ((b"avis", b"msf1"), "image/avif"),
        ((b"mif1", b"miaf", b"avif"), "image/avif"),
    ],
    ids=lambda value: b" ".join(value).decode() if isinstance(value, tuple) else None,
)
def test_brands(brands: tuple[bytes, ...], media_type: str) -> None:
    assert sniff(with_brands(HEIC, *brands)).media_type == media_type


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", ""),
        (b"\xff", ""),
        (b"hello, world", ""),
        (b"%PDF-1.7\n", "PDF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- x -->\n<svg>", "SVG"),
        (b"<!DOCTYPE html><html>", "web page"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0isom", "video"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "video"),
        (b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "raw"),
        (b"\0\0\0\x08wide\0\0\0\0mdat", "video"),
        (b"\x1aE\xdf\xa3webm", "video"),
        (b"RIFF\0\0\0\0AVI LIST", "video"),
        (b"RIFF\0\0\0\0WAVEfmt ", "sound"),
        (b"RIFF", ""),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000"),
        (b"\xff\x4f\xff\x51", "JPEG 2000"),
        (b"\xff\x0a", "JPEG XL"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\1\0\1\0", "icon"),
        (b"FUJIFILMCCD-RAW 0201", "raw"),
        (b"IIRO\x08\0\0\0", "raw"),
        (b"PK\3\4", "ZIP"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_not_read_is_named_where_that_is_known(data: bytes, what: str) -> None:
    with pytest.raises(UnsupportedImage) as refused:
        sniff(data)
    detail = refused.value.detail
    assert detail.startswith("This is") if what else detail.startswith("The data is not")
    assert what in detail and "JPEG" in detail and "HEIC" in detail
    assert refused.value.allowed == FORMAT_NAMES == tuple(each.media_type for each in FORMATS)


@pytest.mark.parametrize("kind", ["PPM", "TGA", "ICO", "PCX", "PDF", "JPEG2000"])
def test_what_pillow_could_read_is_not_read_for_that(kind: str) -> None:
    with pytest.raises(UnsupportedImage):
        sniff(stored(PHOTO, kind))
