import time
from contextlib import suppress

import pytest
from PIL import Image

from gateway.pictures.decoding.boxes import boxes, contents
from tests.pictures.decoding.samples import PHOTO, file, stored


def boxed(name: bytes, body: bytes = b"") -> bytes:
    return (len(body) + 8).to_bytes(4) + name + body


@pytest.mark.parametrize("name", ["photo.heic", "alpha.heic", "grid.avif", "irot_1.avif"])
def test_finds_what_matters(name: str) -> None:
    assert {b"ftyp", b"meta", b"iloc", b"mdat"} <= {box.name for box in boxes(file(name))}


def test_items_lie_where_the_tables_say() -> None:
    data = file("photo.heic")
    inside = next(box for box in boxes(data) if box.name == b"mdat")
    pictures = [bytes(item) for item in contents(data)]
    assert any(len(item) > 1000 and data.index(item) >= inside.start for item in pictures)


def test_items_inside_the_tables() -> None:
    assert any(bytes(item)[:4] == b"\0\0\1\1" for item in contents(file("grid.avif")))  # a grid of 2 × 2


def test_samples_of_a_track() -> None:
    data = stored(PHOTO, "AVIF", save_all=True, append_images=[Image.fromarray(255 - PHOTO)])
    chunks = [bytes(item) for item in contents(data)]
    assert len(chunks) >= 2 and all(data.endswith(chunk) or chunk in data for chunk in chunks)


def test_sizes_of_64_bits_and_to_the_end() -> None:
    large = b"\0\0\0\1free" + (20).to_bytes(8) + b"abcd"
    rest = b"\0\0\0\0mdat" + b"x" * 10
    assert [(box.name, box.end - box.start) for box in boxes(large + rest)] == [(b"free", 4), (b"mdat", 10)]


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\0\0\4free", b"\xff\xff\xff\xfffree", boxed(b"meta")], ids=repr)
def test_what_makes_no_sense_ends_the_search(data: bytes) -> None:
    assert len(list(boxes(data))) <= 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(boxed(b"free") * 1_000_000, id="boxes without end"),
        pytest.param(boxed(b"iloc", b"\2\0\0\0\x44\x40\xff\xff\xff\xff"), id="items without end"),
        pytest.param(boxed(b"iloc", b"\0\0\0\0\0\0\0\1\0\1\0\0\xff\xff"), id="parts without end"),
    ],
)
def test_hostile_tables_are_done_with_soon(data: bytes) -> None:
    begin = time.thread_time()
    with suppress(ValueError):
        list(contents(data))
    assert time.thread_time() - begin < 1


def test_parts_that_lie_over_each_other_are_refused() -> None:
    parts = (b"\0\0\0\0" + (900).to_bytes(4)) * 50
    table = b"\0\0\0\0\x44\0\0\1\0\1\0\0" + (50).to_bytes(2) + parts
    with pytest.raises(ValueError, match="overlap"):
        list(contents(boxed(b"iloc", table) + bytes(1000)))
