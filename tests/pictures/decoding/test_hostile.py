"""Small files made to cost much: refused, or read, within seconds and without much memory."""

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from gateway.errors import GatewayError, TruncatedImage, UnsupportedImage
from gateway.pictures.decoding import av1
from gateway.pictures.decoding.boxes import contents
from gateway.pictures.decoding.colour import cicp
from gateway.pictures.decoding.header import read_header

LIMIT = 50_000_000
ORIENTATION = 0x0112

pytestmark = pytest.mark.timeout(20)


def stored(kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((64, 64, 3), 90, np.uint8)).save(stream, kind, **options)
    return stream.getvalue()


def box(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + name + content


def test_comments_before_no_drawing() -> None:
    with pytest.raises(UnsupportedImage):
        read_header(b"<!---->" * 500 + b"x", LIMIT)


def test_comments_before_a_drawing() -> None:
    with pytest.raises(UnsupportedImage, match="SVG"):
        read_header(b"<?xml version='1.0'?>\n<!-- a --><!DOCTYPE svg>\n<!-- b -->\n<svg/>", LIMIT)


def scans(frame: int) -> bytes:
    """A progressive JPEG whose last scan's header is repeated a thousand times."""
    whole = stored("JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    header = whole[last : last + 2 + int.from_bytes(whole[last + 2 : last + 4])]
    return whole[:-2].replace(b"\xff\xc2", b"\xff" + bytes((frame,))) + header * 1000 + b"\xff\xd9"


@pytest.mark.parametrize("frame", [0xC2, 0xCA], ids=["Huffman", "arithmetic"])
def test_endless_scans(frame: int) -> None:
    with pytest.raises(TruncatedImage):
        read_header(scans(frame), LIMIT)


def test_endless_scans_behind_endless_comments() -> None:
    whole = scans(0xC2)
    place = whole.index(b"\xff\xda")
    with pytest.raises(TruncatedImage):
        read_header(whole[:place] + whole[place:-2] + b"\xff\xfe\0\2" * 6000 + b"\xff\xd9", LIMIT)


def test_exif_that_names_a_tag_thousands_of_times() -> None:
    size = 4_000_000
    entries = struct.pack("<HHII", ORIENTATION, 1, size, 8) * 4096
    exif = (b"II*\0" + struct.pack("<IH", 8, 4096) + entries).ljust(size, b"\0")
    whole = stored("PNG")
    chunk = struct.pack(">I", size) + b"eXIf" + exif + struct.pack(">I", zlib.crc32(b"eXIf" + exif))
    tracemalloc.start()
    header = read_header(whole[:33] + chunk + whole[33:], LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (header.width, header.orientation) == (64, 1)
    assert peak < 40_000_000


@pytest.mark.parametrize("kind", [1, 3], ids=["bytes", "shorts"])
def test_tiff_tags_that_are_the_whole_file(kind: int) -> None:
    size = 20_000_000
    tags = (256, 257, 258, 259, 262, 273, 274, 277, 278, 279, 320, 338, 339, 347, 34675)
    table = b"".join(struct.pack("<HHII", tag, kind, size // kind - 500, 8) for tag in tags)
    data = (b"II*\0" + struct.pack("<IH", 8, len(tags)) + table + bytes(4)).ljust(size, b"\1")
    tracemalloc.start()
    with pytest.raises(GatewayError):
        read_header(data, LIMIT)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * size


def iloc(items: int, extents: int) -> bytes:
    """Tables of items whose extents take no bytes to write and are the whole file each."""
    item = struct.pack(">HH", 1, 0) + bytes(8) + struct.pack(">H", extents)
    return box(b"meta", bytes(4) + box(b"iloc", bytes(4) + b"\x00\x80" + struct.pack(">H", items) + item * items))


def test_items_with_endless_extents() -> None:
    with pytest.raises(ValueError, match=r"too many|overlap"):
        list(contents(iloc(1000, 10_000)))


def test_many_tables_together_are_bounded() -> None:
    with pytest.raises(ValueError, match=r"too many|overlap"):
        list(contents(iloc(2000, 1) * 10))


def test_units_are_counted_over_all_items() -> None:
    with pytest.raises(ValueError, match="too many units"):
        av1.largest(*[memoryview(b"\x12\0" * 9_000)] * 300)


def test_tables_behind_an_avif() -> None:
    with pytest.raises(TruncatedImage):
        read_header(stored("AVIF") + iloc(1000, 10_000), LIMIT)


def test_a_large_bmp_of_runs_of_four_bits() -> None:
    header = struct.pack("<IiiHHIIiiII", 40, 6885, 7260, 1, 4, 2, 0, 0, 0, 16, 0)
    with pytest.raises(UnsupportedImage):
        read_header(b"BM" + struct.pack("<IHHI", 0, 0, 0, 118) + header + bytes(64) + b"\xff\x12" * 1000, LIMIT)


def test_a_gif_of_nothing_but_comments() -> None:
    with pytest.raises(TruncatedImage):
        read_header(b"GIF89a\1\0\1\0\0\0\0!\xfe" + b"\1x" * 20_000_000, LIMIT)


def test_colours_told_by_numbers_do_not_pile_up() -> None:
    for number in range(200):
        cicp.told(9, number)
    assert cicp.told.cache_info().currsize <= 16
