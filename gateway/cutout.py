"""The use case: a picture's bytes in, its cut-out's bytes back."""

import math
from dataclasses import dataclass
from functools import partial
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.errors import InvalidParameter, about
from gateway.finish import Backdrop, Photo, finish
from gateway.order import Order
from gateway.pictures.decoding.header import Header, read_header
from gateway.pictures.decoding.preview import preview
from gateway.pictures.encoding.table import MAX_PIXELS, MAX_SIDES, MEDIA_TYPES
from gateway.pictures.picture import Box
from gateway.segmentation import Segmentation
from gateway.stopwatch import Stopwatch
from gateway.workers import Workers

PIXELS_A_PERMIT: Final = 4_000_000
AVIF_PERMITS: Final = 4  # times as many: so much more memory does its encoder take


class Segmenter(Protocol):
    """Whoever finds the subject."""

    async def size(self, model: str) -> int:
        """The side S of the pictures that `model` takes, in pixels."""

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3)."""


@dataclass(frozen=True)
class Result:
    """A finished cut-out. `stages` are seconds, in order; `source_type` is the media type by the bytes."""

    body: bytes
    media_type: str
    source_type: str
    width: int
    height: int
    foreground: Box
    confidence: float
    model: str
    version: str
    stages: dict[str, float]


class Cutout:
    """Look, segment, finish: the computing on `workers`' threads, under as many of their permits as the picture is large.

    What the model sees is decoded first, by itself where the format allows; the picture at its full size after the mask
    has come. So a picture that waits for the model is its file and little more.
    """

    def __init__(self, segmenter: Segmenter, workers: Workers, *, max_pixels: int) -> None:
        self._segmenter = segmenter
        self._workers = workers
        self._max_pixels = max_pixels

    async def run(self, data: bytes, order: Order) -> Result:
        """The cut-out of the picture in `data`.

        Raises what read_header, preview, finish, Workers.place and the segmenter raise, and InvalidParameter where the
        picture does not fit the output format.
        """
        watch = Stopwatch()
        with self._workers.place():
            header, backdrop = await self._workers.run(self._headers, data, order)
            watch.lap("decode")
            async with self._workers.permit(_weight(order, header, *(backdrop.header,) if backdrop else ())):
                watch.lap("queue")
                size = await self._segmenter.size(order.model)
                seen = await self._workers.run(preview, data, header, size)
                watch.lap("decode")
                found = await self._segmenter.segment(seen.tensor, order.model, order.version)
                watch.lap("infer")
                photo = Photo(data, header, seen.picture, found.alpha)
                done = await self._workers.run_while_wanted(partial(finish, photo, backdrop, order))
                watch.include(done.watch, rest="queue")
        return Result(
            body=done.body,
            media_type=MEDIA_TYPES[order.output],
            source_type=header.media_type,
            width=done.width,
            height=done.height,
            foreground=done.foreground,
            confidence=found.confidence,
            model=found.model,
            version=found.version,
            stages=watch.stages,
        )

    def _headers(self, data: bytes, order: Order) -> tuple[Header, Backdrop | None]:
        header = read_header(data, self._max_pixels)
        _refuse_unwritable(header, order)
        if order.backdrop is None:
            return header, None
        with about("bg_image"):
            return header, Backdrop(order.backdrop, read_header(order.backdrop, self._max_pixels))


def _weight(order: Order, *headers: Header) -> int:
    permits = sum(1 + header.width * header.height // PIXELS_A_PERMIT for header in headers)
    return permits * AVIF_PERMITS if order.output == "avif" else permits


def _refuse_unwritable(header: Header, order: Order) -> None:
    """By the header alone: whether what is asked for fits its format."""
    longer = max(header.width, header.height)
    scale = min((order.layout.max_side or longer) / longer, 1)
    pixels = round(header.width * header.height * scale * scale)
    side, area = MAX_SIDES[order.output], MAX_PIXELS.get(order.output, pixels)
    if longer * scale > side or pixels > area:
        allowed = min(side, math.floor(longer * math.sqrt(area / (header.width * header.height))))
        raise InvalidParameter(
            f"output_format: {order.output} cannot hold {header.width} × {header.height} pixels; "
            f"use png, or max_side={allowed}.",
            allowed=("png",),
        )
