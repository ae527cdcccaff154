"""What holds for every format."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from gateway.pictures.encoding.encode import encode
from gateway.pictures.encoding.table import KEEPS_ALPHA, MAX_SIDES, MEDIA_TYPES, OutputFormat
from tests.pictures.encoding.samples import Pixels, ellipse, photo, portrait

FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)
MAGIC: dict[str, tuple[int, bytes]] = {
    "image/png": (0, b"\x89PNG\r\n\x1a\n"),
    "image/webp": (8, b"WEBP"),
    "image/jpeg": (0, b"\xff\xd8\xff"),
    "image/avif": (4, b"ftypavif"),
    "application/zip": (0, b"PK\x03\x04"),
}
ROOT = Path(__file__).parents[3]


def sample(output: OutputFormat) -> Pixels:
    return portrait() if output in KEEPS_ALPHA else photo()


def test_every_format_is_described() -> None:
    assert set(MEDIA_TYPES) == set(MAX_SIDES) == set(FORMATS) >= KEEPS_ALPHA


@pytest.mark.parametrize("output", FORMATS)
def test_the_media_type_is_that_of_the_bytes(output: OutputFormat) -> None:
    offset, magic = MAGIC[MEDIA_TYPES[output]]
    assert encode(sample(output), output, 80)[offset:].startswith(magic)


@pytest.mark.parametrize("output", ["webp", "jpeg", "avif", "zip"])
def test_quality_is_real(output: OutputFormat) -> None:
    sizes = [len(encode(sample(output), output, quality)) for quality in (1, 20, 40, 60, 80, 90, 100)]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 3 * sizes[0]


def test_png_has_no_quality() -> None:
    assert encode(portrait(), "png", 1) == encode(portrait(), "png", 100)


@pytest.mark.parametrize("output", FORMATS)
@pytest.mark.parametrize("kind", ["rgb", "grey"])
def test_opaque_pictures_and_alpha_alone(output: OutputFormat, kind: str) -> None:
    assert encode(photo() if kind == "rgb" else ellipse(90, 80), output, 80)


@pytest.mark.parametrize("output", FORMATS)
def test_views_and_pictures_that_cannot_be_overwritten(output: OutputFormat) -> None:
    """A crop is a view; what Pillow made is read-only."""
    whole = sample(output)
    crop = whole[31:200, 17:150]
    frozen = crop.copy()
    frozen.flags.writeable = False
    expected = encode(crop.copy(), output, 80)
    assert encode(frozen, output, 80) == expected
    assert encode(crop, output, 80) == expected


def test_jpeg_refuses_alpha() -> None:
    with pytest.raises(ValueError, match="jpeg keeps no alpha"):
        encode(portrait(), "jpeg", 80)


class Gone(Exception):
    """Nobody waits any more."""


@pytest.mark.parametrize("output", FORMATS)
def test_stops_when_nobody_waits(output: OutputFormat) -> None:
    def gone() -> None:
        raise Gone

    with pytest.raises(Gone):
        encode(sample(output), output, 80, gone)


def test_png_stops_between_bands() -> None:
    calls = 0

    def soon_gone() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Gone

    with pytest.raises(Gone):
        encode(np.tile(portrait(), (4, 4, 1)), "png", 80, soon_gone)
    assert calls == 3


DIGESTS = """
import hashlib, time
time.time = lambda: {now}
from gateway.pictures.encoding.encode import encode
from tests.pictures.encoding.samples import photo, portrait
for output in {formats}:
    print(hashlib.sha256(encode(photo() if output == "jpeg" else portrait(), output, 80)).hexdigest())
"""


def test_the_same_pixels_give_the_same_bytes_in_every_process() -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", DIGESTS.format(now=now, formats=FORMATS)],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "TZ": zone, "PYTHONPATH": str(ROOT)},
            stdout=subprocess.PIPE,
            text=True,
        )
        for now, seed, zone in ((1e9, "1", "UTC"), (2e9, "2", "Asia/Tokyo"))
    ]
    one, other = (process.communicate()[0].split() for process in processes)
    here = [hashlib.sha256(encode(sample(output), output, 80)).hexdigest() for output in FORMATS]
    assert one == other == here
