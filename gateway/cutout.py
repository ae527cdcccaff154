"""The use case: a picture's bytes in, the bytes of its cut-outs back."""

import math
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, AsyncExitStack, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from gateway.errors import GatewayError, InvalidParameter, NoSubject, about
from gateway.finish import Backdrop, File, Photo, finish
from gateway.order import Order
from gateway.pictures.compose import NO_HEAD
from gateway.pictures.decoding.header import Header, read_header
from gateway.pictures.decoding.preview import preview
from gateway.pictures.encoding.table import MAX_PIXELS, MAX_SIDES, MEDIA_TYPES, OutputFormat
from gateway.pictures.picture import Picture
from gateway.progress import events
from gateway.progress.events import Tell, silent
from gateway.segmentation import NO_SUBJECT_BELOW, Segmentation
from gateway.stopwatch import Stopwatch, timed
from gateway.telemetry import tracing
from gateway.workers import Workers

Outcome = Literal["hit", "miss", "coalesced"]
"""Of a request, where results are kept."""

PIXELS_A_PERMIT: Final = 4_000_000
SIDE_BY_SIDE: Final = 16_000_000
"""Pixels of the largest picture of which several effects are drawn at the same time; memory counts more than time beyond."""
AVIF_PERMITS: Final = 4  # times as many: so much more memory does its encoder take


class Segmenter(Protocol):
    """Whoever finds the subject."""

    async def size(self, model: str) -> int:
        """The side S of the pictures that `model` takes, in pixels."""

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        """The mask of `image`, uint8 (S, S, 3)."""


class Gate(Protocol):
    """Whoever knows whether the model is there."""

    async def opened(self, tell: Tell) -> None:
        """Returns once it is; may raise Starting instead."""


Charge = Callable[[int, int], Awaitable[None]]
"""Hears, before there is work, of how many pixels how many effects are to be drawn; may raise."""


async def free(pixels: int, effects: int) -> None:
    """For whoever pays nothing."""


class Masks(Protocol):
    """Whoever may know the picture's mask already."""

    async def known(self) -> Segmentation | None:
        """The mask, where it is known."""

    async def found(self, find: Callable[[], Awaitable[Segmentation]]) -> Segmentation:
        """The mask, by `find` or from somebody who is finding it."""


class Unknown:
    """Nobody knows masks."""

    async def known(self) -> Segmentation | None:
        return None

    async def found(self, find: Callable[[], Awaitable[Segmentation]]) -> Segmentation:
        return await find()


@dataclass(frozen=True)
class Result:
    """Finished cut-outs of one picture. `stages` are seconds, in order; `source_type` is the media type by the bytes.

    `kept` names the effects whose files were kept from earlier, `mask_kept` says so of the mask; `joined` that all of it was
    under way for somebody else.
    """

    files: tuple[File, ...]
    media_type: str
    source_type: str
    confidence: float
    model: str
    version: str
    stages: dict[str, float]
    kept: frozenset[str] = frozenset()
    mask_kept: bool = False
    joined: bool = False
    no_subject_below: float = NO_SUBJECT_BELOW

    @property
    def subject_found(self) -> bool:
        """Whether the model is sure enough that the picture shows one."""
        return self.confidence >= self.no_subject_below

    @property
    def outcome(self) -> Outcome:
        """Whether all files were kept from earlier, or were being made for somebody else."""
        if len(self.kept) == len(self.files):
            return "hit"
        return "coalesced" if self.joined else "miss"


class Cutting(Protocol):
    """Whoever cuts out."""

    async def run(self, data: bytes, order: Order, tell: Tell = silent, charge: Charge = free) -> Result:
        """See Cutout.run."""


class Cutout:
    """Look, segment, finish: the computing on `workers`' threads, under as many of their permits as the picture is large.

    What the model sees is decoded first, by itself where the format allows; the picture at its full size after the mask
    has come. So a picture that waits for the model is its file and little more.
    """

    def __init__(self, segmenter: Segmenter, workers: Workers, *, max_pixels: int, gate: Gate | None = None) -> None:
        """Without a `gate` it needs no place: who waits for the model may hold them all, and it has to be tried even so."""
        self._segmenter = segmenter
        self._workers = workers
        self._max_pixels = max_pixels
        self._gate = gate

    async def run(
        self,
        data: bytes,
        order: Order,
        tell: Tell = silent,
        charge: Charge = free,
        masks: Masks = Unknown(),  # noqa: B008
    ) -> Result:
        """The cut-outs of the picture in `data`; `tell` hears how far it is, `charge` how large it is.

        Raises what read_header, preview, finish, Workers.place, `charge`, the gate and the segmenter raise,
        InvalidParameter where the picture does not fit the output format, and NoSubject where a head is asked for and the
        model found nobody to have one.
        """
        with timed() as watch, self._place(order):
            reading = watch.threaded("decode", read_headers)
            header, backdrop = await self._workers.run(reading, data, order, self._max_pixels)
            order = fitting(order, header)
            await charge(pixels(header, backdrop), len(order.drawings))
            known = await masks.known()
            if known is None and self._gate is not None:
                await self._gate.opened(tell)
            async with AsyncExitStack() as held:
                with watch.timing("wait"):
                    permit = self._workers.permit(
                        _weight(order, header, backdrop), lambda turn: tell(events.queued(turn))
                    )
                    await held.enter_async_context(permit)
                tell(events.queued(0))
                search = _Search(self._segmenter, self._workers, data, header, order, watch, tell)
                found = known or await masks.found(search.find)
                if order.layout.crop == "head" and not found.subject_found:
                    raise NoSubject(NO_HEAD)
                photo = Photo(data, header, search.picture, found.alpha)
                each = self._workers.map if header.width * header.height <= SIDE_BY_SIDE else map
                draw = partial(finish, photo, backdrop, order, each=each, tell=tell)
                done = await self._workers.run_while_wanted(draw)
                watch.include(done.watch, rest="queue")
        return Result(
            files=done.files,
            media_type=MEDIA_TYPES[order.output],
            source_type=header.media_type,
            confidence=found.confidence,
            model=found.model,
            version=found.version,
            stages=watch.stages,
            mask_kept=known is not None,
            no_subject_below=found.no_subject_below,
        )

    def _place(self, order: Order) -> AbstractContextManager[None]:
        return nullcontext() if self._gate is None else self._workers.place(favoured=order.favoured)


class _Search:
    """Shows one picture to the model; `picture` is what was decoded for that, where it is the whole of it."""

    def __init__(
        self,
        segmenter: Segmenter,
        workers: Workers,
        data: bytes,
        header: Header,
        order: Order,
        watch: Stopwatch,
        tell: Tell,
    ) -> None:
        self._segmenter = segmenter
        self._workers = workers
        self._data = data
        self._header = header
        self._order = order
        self._watch = watch
        self._tell = tell
        self.picture: Picture | None = None

    async def find(self) -> Segmentation:
        """Its mask."""
        order, watch = self._order, self._watch
        size = await self._segmenter.size(order.model)
        seen = await self._workers.run(watch.threaded("decode", preview), self._data, self._header, size)
        self.picture = seen.picture
        self._tell(events.inference())
        with watch.timing(tracing.CALLED), tracing.call():
            return await self._segmented(seen.tensor)

    async def _segmented(self, tensor: NDArray[np.uint8]) -> Segmentation:
        order = self._order
        try:
            return await self._segmenter.segment(tensor, order.model, order.version)
        except GatewayError:
            if not order.fallback:
                raise
        return await self._segmenter.segment(tensor, order.model, order.fallback)


def read_headers(data: bytes, order: Order, max_pixels: int) -> tuple[Header, Backdrop | None]:
    """Of the picture in `data`, and of the one behind it. Raises what read_header raises."""
    header = read_header(data, max_pixels)
    if order.backdrop is None:
        return header, None
    with about("bg_image"):
        return header, Backdrop(order.backdrop, read_header(order.backdrop, max_pixels))


def pixels(header: Header, backdrop: Backdrop | None) -> int:
    """Of all that has to be decoded."""
    return sum(each.width * each.height for each in (header, *([] if backdrop is None else [backdrop.header])))


def fitting(order: Order, header: Header) -> Order:
    """The order with an output format that can hold the picture, by the header alone. Raises InvalidParameter."""
    outputs = (order.output, *order.alternatives)
    found = next((each for each in outputs if _fits(each, order, header)), None)
    if found is None:
        raise _unwritable(order, header)
    return replace(order, output=found, alternatives=())


def _weight(order: Order, header: Header, backdrop: Backdrop | None) -> int:
    headers = (header,) if backdrop is None else (header, backdrop.header)
    permits = sum(1 + each.width * each.height // PIXELS_A_PERMIT for each in headers)
    return permits * AVIF_PERMITS if order.output == "avif" else permits


def _fits(output: OutputFormat, order: Order, header: Header) -> bool:
    longer = max(header.width, header.height)
    scale = min((order.layout.max_side or longer) / longer, 1)
    pixels = round(header.width * header.height * scale * scale)
    return longer * scale <= MAX_SIDES[output] and pixels <= MAX_PIXELS.get(output, pixels)


def _unwritable(order: Order, header: Header) -> InvalidParameter:
    pixels = header.width * header.height
    area = MAX_PIXELS.get(order.output, pixels)
    allowed = min(MAX_SIDES[order.output], math.floor(max(header.width, header.height) * math.sqrt(area / pixels)))
    return InvalidParameter(
        f"output_format: {order.output} cannot hold {header.width} × {header.height} pixels; "
        f"use png, or max_side={allowed}.",
        allowed=("png",),
    )
