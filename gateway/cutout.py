"""The use case: a picture's bytes in, its cut-out's bytes back."""

import time
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gateway import images
from gateway.images import Box, OutputFormat, Picture, Pixels
from gateway.segmentation import Segmentation
from gateway.workers import Workers


class Segmenter(Protocol):
    """Whoever finds the subject."""

    async def size(self, model: str) -> int:
        """The side S of the pictures that `model` takes, in pixels."""

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3)."""


@dataclass(frozen=True)
class Order:
    """What is asked for. An empty `version` leaves the choice to the model's server."""

    model: str
    version: str = ""
    output: OutputFormat = "png"
    quality: int = 90


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


@dataclass
class _Stopwatch:
    stages: dict[str, float] = field(default_factory=dict)
    _last: float = field(default_factory=time.perf_counter)

    def lap(self, stage: str) -> None:
        now = time.perf_counter()
        self.stages[stage] = now - self._last
        self._last = now


class Cutout:
    """Decode, segment, compose, encode: the computing on `workers`' threads, under one of their permits."""

    def __init__(self, segmenter: Segmenter, workers: Workers, *, max_pixels: int) -> None:
        self._segmenter = segmenter
        self._workers = workers
        self._max_pixels = max_pixels

    async def run(self, data: bytes, order: Order) -> Result:
        """The cut-out of the picture in `data`.

        Raises what images.decode, Workers.permit and the segmenter raise, and InvalidParameter where the picture does
        not fit the output format.
        """
        watch = _Stopwatch()
        async with self._workers.permit():
            watch.lap("queue")
            size = await self._segmenter.size(order.model)
            picture, tensor = await self._workers.run(self._decode, data, size, order.output)
            watch.lap("decode")
            found = await self._segmenter.segment(tensor, order.model, order.version)
            watch.lap("infer")
            rgba, box = await self._workers.run(_compose, picture, found.alpha)
            watch.lap("compose")
            body = await self._workers.run(images.encode, rgba, order.output, order.quality)
            watch.lap("encode")
        return Result(
            body=body,
            media_type=images.MEDIA_TYPES[order.output],
            source_type=picture.media_type,
            width=picture.width,
            height=picture.height,
            foreground=box,
            confidence=found.confidence,
            model=found.model,
            version=found.version,
            stages=watch.stages,
        )

    def _decode(self, data: bytes, size: int, output: OutputFormat) -> tuple[Picture, Pixels]:
        picture = images.decode(data, self._max_pixels)
        images.refuse_unwritable(picture, output)
        return picture, images.model_input(picture, size)


def _compose(picture: Picture, mask: Pixels) -> tuple[Pixels, Box]:
    rgba = images.compose(picture, mask)
    return rgba, images.foreground(rgba)
