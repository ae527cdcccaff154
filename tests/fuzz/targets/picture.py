"""A file that may be a picture: its header is read, and what is small enough is decoded."""

from gateway.errors import TooManyPixels, TruncatedImage, UnsupportedImage
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.formats import is_picture
from gateway.pictures.decoding.header import MAX_SIDE, read_header
from gateway.pictures.decoding.preview import preview
from tests.fuzz.target import Target

LIMIT = 1_000_000
DECODED = 5_000  # pixels
SIDE = 16  # of what a network would see, in pixels


def run(data: bytes) -> None:
    header = read_header(data, LIMIT)
    assert is_picture(data)
    assert 1 <= header.width <= MAX_SIDE and 1 <= header.height <= MAX_SIDE
    assert header.width * header.height <= LIMIT and header.facts.coded <= LIMIT
    assert 1 <= header.orientation <= 8
    if header.width * header.height <= DECODED:
        found = decode(data, header)
        assert found.pixels.shape == (header.height, header.width, 4)
        assert found.transparent or (found.pixels[..., 3] == 255).all()
        assert preview(data, header, SIDE).tensor.shape == (SIDE, SIDE, 3)


TARGET = Target(
    "picture",
    run,
    (TooManyPixels, TruncatedImage, UnsupportedImage),
    (
        b"\xff\xd8\xff\xe0",
        b"\xff\xc0",
        b"\xff\xc2",
        b"\xff\xda",
        b"\xff\xfe\0\2",
        b"\xff\xe1\0\x10Exif\0\0",
        b"\x89PNG\r\n\x1a\n",
        b"IHDR",
        b"iCCP",
        b"eXIf",
        b"tRNS",
        b"IDAT",
        b"RIFF",
        b"VP8X",
        b"ICCP",
        b"ANMF",
        b"ftypavif",
        b"ftypheic",
        b"ftypmif1",
        b"meta",
        b"iloc",
        b"iinf",
        b"iref",
        b"ispe",
        b"GIF89a",
        b"!\xf9\x04\1",
        b"II*\0\x08\0\0\0",
        b"MM\0+",
        b"BM",
        b"<svg ",
        b"<!---->",
    ),
)
