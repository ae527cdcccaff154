"""Pictures for the tests: a real photograph in every format, colours by textbook arithmetic, files bent at a known place."""

import io
import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np
import skimage.data
from numpy.typing import NDArray
from PIL import Image

from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import Header, read_header
from gateway.pictures.picture import Picture, Pixels

FILES = Path(__file__).parent / "files"
LIMIT = 1_000_000
CAT: Pixels = np.ascontiguousarray(skimage.data.chelsea()[::3, ::3])  # (100, 151, 3)
PHOTO: Pixels = np.asarray(Image.open(FILES / "photo.png").convert("RGB"))  # (40, 60, 3)
GREY: Pixels = np.rint(PHOTO @ [0.212656, 0.715158, 0.072186]).astype(np.uint8)[
    ..., None
]  # that of the files called grey
ALPHA: Pixels = np.tile(np.round(255 * np.arange(60) / 60).astype(np.uint8), (40, 1))  # that of the files called alpha
KINDS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "BMP", "AVIF")


def file(name: str) -> bytes:
    return (FILES / name).read_bytes()


def stored(image: Image.Image | Pixels, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image = image if isinstance(image, Image.Image) else Image.fromarray(image)
    image.save(stream, kind, **options)
    return stream.getvalue()


@cache
def every_kind() -> dict[str, bytes]:
    """The photograph as a file of each format, by its name."""
    return {kind: stored(PHOTO, kind) for kind in KINDS} | {"HEIC": file("photo.heic")}


def header(data: bytes) -> Header:
    return read_header(data, LIMIT)


def picture(data: bytes, side: int | None = None) -> Picture:
    return decode(data, header(data), side)


def rgb(data: bytes) -> Pixels:
    return picture(data).pixels[..., :3]


def worst(a: NDArray[np.generic], b: NDArray[np.generic]) -> int:
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def mean(a: NDArray[np.generic], b: NDArray[np.generic]) -> float:
    return float(np.abs(a.astype(float) - b.astype(float)).mean())


# Colours, from the definitions and independently of the code that is tested.

SRGB = ((0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
P3 = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
ADOBE = ((0.64, 0.33), (0.21, 0.71), (0.15, 0.06))
BT2020 = ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046))


def linear(levels: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def levels(light: NDArray[np.float64]) -> NDArray[np.float64]:
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def to_xyz(primaries: tuple[tuple[float, float], ...]) -> NDArray[np.float64]:
    """Full red, green and blue as columns of XYZ, under D65."""
    columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
    return columns * np.linalg.solve(columns, [0.3127 / 0.3290, 1, 0.3583 / 0.3290])


def in_srgb(pixels: Pixels, primaries: tuple[tuple[float, float], ...], gamma: float | None = None) -> Pixels:
    """What `pixels` (…, 3) of other primaries, and a power instead of sRGB's curve, are in sRGB; all in float64."""
    light = linear(pixels / 255) if gamma is None else (pixels / 255) ** gamma
    mixed = light @ (np.linalg.inv(to_xyz(SRGB)) @ to_xyz(primaries)).T
    return np.rint(255 * levels(mixed)).astype(np.uint8)


def fixed(*values: float) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def xyz_tag(values: NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + fixed(*values)


SRGB_CURVE = b"para\0\0\0\0\0\3\0\0" + fixed(2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def power(gamma: float) -> bytes:
    return b"curv\0\0\0\0\0\0\0\1" + round(gamma * 256).to_bytes(2) + b"\0\0"


def sampled(values: NDArray[np.float64]) -> bytes:
    return b"curv\0\0\0\0" + len(values).to_bytes(4) + np.rint(values * 65535).astype(">u2").tobytes()


def profile(model: bytes, tags: dict[bytes, bytes], pcs: bytes = b"XYZ ", kind: bytes = b"mntr") -> bytes:
    """An ICC profile, version 2.4, of `tags` and those that every profile must have."""
    text = b"desc\0\0\0\0\0\0\0\2x\0" + bytes(79)
    tags = {b"desc": text, b"cprt": b"text\0\0\0\0x\0", b"wtpt": xyz_tag(np.array([0.9642, 1, 0.8249]))} | tags
    table, content, start = len(tags).to_bytes(4), b"", 132 + 12 * len(tags)
    for name, body in tags.items():
        table += name + struct.pack(">II", start + len(content), len(body))
        content += body + bytes(-len(body) % 4)
    head = struct.pack(">I4sI4s4s4s", start + len(content), b"none", 0x02400000, kind, model, pcs)
    head += bytes(12) + b"acsp" + bytes(28) + fixed(0.9642, 1, 0.8249)
    return head.ljust(128, b"\0") + table + content


def rgb_profile(primaries: tuple[tuple[float, float], ...], curve: bytes = SRGB_CURVE) -> bytes:
    colorants = under_d50(to_xyz(primaries))
    tags = {name + b"XYZ": xyz_tag(colorants[:, column]) for column, name in enumerate((b"r", b"g", b"b"))}
    return profile(b"RGB ", tags | {name + b"TRC": curve for name in (b"r", b"g", b"b")})


def under_d50(xyz: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bradford's adaptation from D65."""
    cone = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    from_white, to_white = cone @ [0.3127 / 0.3290, 1, 0.3583 / 0.3290], cone @ [0.9642, 1, 0.8249]
    return np.linalg.inv(cone) @ np.diag(to_white / from_white) @ cone @ xyz


DISPLAY_P3 = rgb_profile(P3)


def cmyk_profile() -> bytes:
    """Inks that take light as in a textbook, as a table of 2 × 2 × 2 × 2 points in Lab: white paper, pure black."""
    points = []
    for cyan, magenta, yellow, black in np.ndindex(2, 2, 2, 2):
        light = linear(np.array([1 - cyan, 1 - magenta, 1 - yellow]) * (1 - black) * 1.0)
        points.append(lab(under_d50(to_xyz(SRGB)) @ light / [0.9642, 1, 0.8249]))
    straight = struct.pack(">HH", 0, 65535)
    table = b"".join(struct.pack(">3H", *np.rint(np.clip(each, 0, 65535)).astype(int)) for each in points)
    head = b"mft2\0\0\0\0" + bytes((4, 3, 2, 0)) + fixed(1, 0, 0, 0, 1, 0, 0, 0, 1) + struct.pack(">HH", 2, 2)
    return profile(b"CMYK", {b"A2B0": head + straight * 4 + table + straight * 3}, pcs=b"Lab ", kind=b"prtr")


def lab(relative: NDArray[np.float64]) -> NDArray[np.float64]:
    """XYZ relative to white as CIE Lab in ICC's 16 bits (version 2)."""
    x, y, z = np.where(relative > (6 / 29) ** 3, np.cbrt(relative), relative * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([(116 * y - 16) * 652.8, (500 * (x - y) + 128) * 256, (200 * (y - z) + 128) * 256])


# Files bent at a known place.


def chunk(name: bytes, body: bytes) -> bytes:
    """A PNG's."""
    return len(body).to_bytes(4) + name + body + zlib.crc32(name + body).to_bytes(4)


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """Behind the header."""
    return png[:33] + b"".join(chunks) + png[33:]


def with_segment(jpeg: bytes, marker: int, body: bytes) -> bytes:
    return jpeg[:2] + bytes((0xFF, marker)) + (len(body) + 2).to_bytes(2) + body + jpeg[2:]


def oriented(value: int) -> bytes:
    """EXIF that says so, without the beginning that JPEG has."""
    return b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0" + struct.pack("<HHI", value, 0, 0)
