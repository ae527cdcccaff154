"""Real photographs with one clear subject, which nothing is trained on, and masks drawn by hand around it.

bench/photographs/NAME.json says where the photograph lies (in an installed distribution, or beside it), what counts as its
subject, and draws that with polygons, x and y in pixels from the upper left corner. The outlines are united, the holes cut out
of them; what is unscored belongs neither to the subject nor to the ground, because people would not agree.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Annotated, Final

import cv2
import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

FOLDER: Final = Path(__file__).parent / "photographs"
_FINE: Final = 4  # samples across a pixel
_SHIFT: Final = 4  # binary digits of a coordinate's fraction, in fillPoly

Point = tuple[float, float]
Ring = Annotated[list[Point], Meta(min_length=3)]
Rings = Sequence[Sequence[Point]]
Side = Annotated[int, Meta(gt=0)]


class PhotographError(ValueError):
    """A photograph that is not there or not the one that was drawn on, or a drawing that does not fit it."""


class Source(msgspec.Struct, forbid_unknown_fields=True):
    """`file` in an installed distribution, of which the mask was drawn on `version`, or beside the drawing."""

    file: str
    distribution: str | None = None
    version: str | None = None


class Drawing(msgspec.Struct, forbid_unknown_fields=True):
    """What bench/photographs/NAME.json holds. `reproducible`: its licence is known to allow showing it."""

    source: Source
    credit: str
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
    width: Side
    height: Side
    subject: str
    left_out: str
    outlines: Annotated[list[Ring], Meta(min_length=1)]
    holes: list[Ring]
    unscored: list[Ring]
    reproducible: bool = True


@dataclass(frozen=True)
class Photograph:
    """`data` is its file, `truth` uint8 (H, W) 255 on the subject, `scored` bool (H, W)."""

    name: str
    data: bytes
    drawing: Drawing
    truth: NDArray[np.uint8]
    scored: NDArray[np.bool_]


def photographs(folder: Path = FOLDER) -> Iterator[Photograph]:
    """All of them, by name. Raises PhotographError."""
    return (photograph(path) for path in sorted(folder.glob("*.json")))


def photograph(path: Path) -> Photograph:
    """The one that the drawing at `path` belongs to. Raises PhotographError."""
    try:
        drawing = msgspec.json.decode(path.read_bytes(), type=Drawing)
    except msgspec.DecodeError as exc:
        raise PhotographError(f"{path}: {exc}") from exc
    _require_inside(path, drawing)
    data = _data(path, drawing)
    size = drawing.width, drawing.height
    truth, unscored = area(drawing.outlines, *size, holes=drawing.holes), area(drawing.unscored, *size)
    return Photograph(path.stem, data, drawing, truth, unscored == 0)


def area(rings: Rings, width: int, height: int, *, holes: Rings = ()) -> NDArray[np.uint8]:
    """What the rings cover together, less the holes: uint8 (height, width), a pixel's share of it × 255."""
    fine = np.zeros((_FINE * height, _FINE * width), np.uint8)
    for ring, value in (*((ring, 255) for ring in rings), *((hole, 0) for hole in holes)):
        corners = np.asarray(ring) * _FINE - 0.5  # OpenCV counts from the middle of the first pixel
        cv2.fillPoly(fine, [np.round(corners * 2**_SHIFT).astype(np.int32)], value, shift=_SHIFT)
    return np.asarray(cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def _require_inside(path: Path, drawing: Drawing) -> None:
    for x, y in (point for rings in (drawing.outlines, drawing.holes, drawing.unscored) for r in rings for point in r):
        if not (0 <= x <= drawing.width and 0 <= y <= drawing.height):
            raise PhotographError(f"{path}: ({x}, {y}) lies outside of {drawing.width} × {drawing.height}")


def _data(path: Path, drawing: Drawing) -> bytes:
    place = _place(path, drawing.source)
    if not place.is_file():
        raise PhotographError(f"{path}: its photograph {place} is not there")
    data = place.read_bytes()
    if hashlib.sha256(data).hexdigest() != drawing.sha256:
        raise PhotographError(f"{path}: {place} is not the photograph that was drawn on")
    return data


def _place(path: Path, source: Source) -> Path:
    if source.distribution is None:
        return path.parent / source.file
    try:
        return Path(str(distribution(source.distribution).locate_file(source.file)))
    except PackageNotFoundError as exc:
        raise PhotographError(f"{path}: {source.distribution} is not installed, which has its photograph") from exc
