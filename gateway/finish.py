"""What follows the model: one picture, its mask and an order in, files out. Runs on one thread, from start to end, which others
may help to draw; so no more full-size pictures are in memory than there are threads."""

import hashlib
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from itertools import count
from typing import Final, NamedTuple, Protocol, TypeVar

import cv2
import numpy as np

from gateway.effects import Drawing
from gateway.errors import about
from gateway.order import Order
from gateway.pictures import edges, matte
from gateway.pictures.compose import WHITE, Framed, Layout, cut_out, foreground, framed, laid, over, with_margin
from gateway.pictures.decoding.decode import decode
from gateway.pictures.decoding.header import Header
from gateway.pictures.encoding.encode import encode
from gateway.pictures.encoding.table import KEEPS_ALPHA
from gateway.pictures.picture import Box, Picture, Pixels
from gateway.progress.events import Tell, effect, silent
from gateway.stopwatch import Stopwatch

T = TypeVar("T")
R = TypeVar("R")

_COARSE: Final = 4  # pixels of the mask by which the subject may be narrower than it looks there


@dataclass(frozen=True)
class Photo:
    """A picture whose mask is known: its `data`, its pixels where they are decoded already, `mask` uint8 (S, S)."""

    data: bytes
    header: Header
    picture: Picture | None
    mask: Pixels


class Backdrop(NamedTuple):
    """A background picture, not decoded yet."""

    data: bytes
    header: Header


@dataclass(frozen=True)
class File:
    """One finished picture: its bytes and their SHA-256 in hexadecimal, its size and the box of its subject.

    `confidence`, 0–1, is how good the crop is, where there was one.
    """

    effect: str
    body: bytes
    digest: str
    width: int
    height: int
    foreground: Box
    confidence: float | None = None


@dataclass(frozen=True)
class Finished:
    """One file for each of the order's drawings, in their order."""

    files: tuple[File, ...]
    watch: Stopwatch


class Each(Protocol):
    """The built-in `map`, or one that works on several items at the same time."""

    def __call__(self, work: Callable[[T], R], items: Iterable[T], /) -> Iterable[R]: ...


def finish(
    photo: Photo,
    backdrop: Backdrop | None,
    order: Order,
    going: Callable[[], None],
    *,
    each: Each = map,
    tell: Tell = silent,
) -> Finished:
    """The files that `order` asks for; `each` draws them.

    `going` is called between steps and may raise; `tell` hears of each effect. Raises TruncatedImage and UnsupportedImage
    where the photo or the backdrop cannot be decoded.
    """
    watch = Stopwatch()
    picture = photo.picture or decode(photo.data, photo.header, needed_side(photo, order.layout))
    watch.lap("decode")
    going()
    _cut_out(picture, photo.mask, decontaminate=order.decontaminate)
    going()
    layout = _layout(order, backdrop, picture)
    frame = framed(picture.pixels, layout, going)
    watch.lap("compose")
    numbers = count(1)

    def drawn(drawing: Drawing) -> tuple[File, Stopwatch]:
        file = _file(drawing, frame, layout, order, going)
        tell(effect(drawing.effect.name, next(numbers), len(order.drawings)))
        return file

    files, watches = zip(*each(drawn, order.drawings), strict=True)
    watch.spread(watches)
    return Finished(files, watch)


def _file(
    drawing: Drawing, frame: Framed, layout: Layout, order: Order, going: Callable[[], None]
) -> tuple[File, Stopwatch]:
    """One drawing's file, and how long it took."""
    watch = Stopwatch()
    pixels = drawing.draw(frame.pixels)
    if pixels is frame.pixels and len(order.drawings) > 1:
        pixels = pixels.copy()  # the encoder writes into it, while others draw from it
    watch.lap("effect", drawing.effect.name)
    going()
    canvas = laid(pixels, layout, going)
    watch.lap("compose")
    height, width = canvas.shape[:2]
    body = encode(canvas, order.output, order.quality, going)
    digest = hashlib.sha256(body).hexdigest()
    watch.lap("encode")
    return File(drawing.effect.name, body, digest, width, height, frame.foreground, frame.confidence), watch


def needed_side(photo: Photo, layout: Layout) -> int | None:
    """The longer side, in pixels, that must be decoded so that nothing is enlarged afterwards; None for all of it."""
    if layout.max_side is None or layout.crop == "head" or not layout.margin.relative:
        return None
    kept = _kept(photo, layout) if layout.crop == "subject" else 1.0
    return math.ceil(layout.max_side / kept)


def _kept(photo: Photo, layout: Layout) -> float:
    """The longer side of what the crop keeps, as a share of the picture's: at least, for the mask is coarse."""
    box = foreground(photo.mask)
    if not box.width:
        return 1.0
    size, width, height = len(photo.mask), photo.header.width, photo.header.height
    kept = with_margin(box, layout.margin, size, size)
    across, down = (max(side - _COARSE, 1) for side in (kept.width, kept.height))
    return max(across * width, down * height) / (size * max(width, height))


def _cut_out(picture: Picture, mask: Pixels, *, decontaminate: bool) -> None:
    if picture.transparent:
        return _cut_out_again(picture, mask, decontaminate=decontaminate)
    alpha = matte.enlarged(mask, picture.pixels)
    if decontaminate:
        edges.decontaminate(picture.pixels, alpha)
    cut_out(picture.pixels, alpha)


def _cut_out_again(picture: Picture, mask: Pixels, *, decontaminate: bool) -> None:
    """A picture that came with an alpha of its own: its mask belongs to what the model saw, the picture on white."""
    pixels = picture.pixels
    own = np.ascontiguousarray(pixels[..., 3])
    seen = np.dstack([over(pixels, WHITE), own])
    alpha = matte.enlarged(mask, seen)
    if decontaminate:
        edges.decontaminate(seen, alpha)
        pixels[own == 255] = seen[own == 255]  # elsewhere its colours are its own already
    cut_out(pixels, np.asarray(cv2.multiply(alpha, own, scale=1 / 255), np.uint8))


def _layout(order: Order, backdrop: Backdrop | None, picture: Picture) -> Layout:
    """The order's layout over its backdrop, and over white where the output format has no alpha."""
    under = () if order.output in KEEPS_ALPHA else (WHITE,)
    above = () if backdrop is None else (_decoded(backdrop, picture),)
    return replace(order.layout, grounds=(*above, *order.layout.grounds, *under))


def _decoded(backdrop: Backdrop, picture: Picture) -> Pixels:
    """Its pixels, no more than covering `picture` needs."""
    width, height = backdrop.header.width, backdrop.header.height
    scale = max(picture.width / width, picture.height / height)
    with about("bg_image"):
        return decode(backdrop.data, backdrop.header, math.ceil(max(width, height) * scale)).pixels
