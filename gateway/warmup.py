"""A cut-out by the same path as every request's, so that the first client finds nothing cold."""

import io
from collections.abc import Awaitable, Callable

import numpy as np
from PIL import Image

from gateway.cutout import Cutout
from gateway.order import Order
from gateway.pictures.encoding.table import MEDIA_TYPES
from gateway.readiness import Served
from gateway.segmentation import Segmentation


def warm_up(cutout: Cutout, model: str, version: Callable[[], str] = str) -> Callable[[], Awaitable[Served]]:
    """Something to run until it succeeds: one inference, and every output format. `version` is asked each time, "" is any."""

    async def run() -> Served:
        masks = _FirstMask()
        for output in MEDIA_TYPES:
            result = await cutout.run(ramp(), Order(model, version(), output=output), masks=masks)
        return Served(result.model, result.version)

    return run


class _FirstMask:
    """The mask that was found first, for all after it: a start waits for one inference, not for five."""

    def __init__(self) -> None:
        self._mask: Segmentation | None = None

    async def known(self) -> Segmentation | None:
        return self._mask

    async def found(self, find: Callable[[], Awaitable[Segmentation]]) -> Segmentation:
        self._mask = await find()
        return self._mask


def ramp() -> bytes:
    """A small JPEG of a grey ramp: something to work on before the first client comes."""
    levels = np.broadcast_to(np.arange(256, dtype=np.uint8)[:, None, None], (256, 256, 3))
    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(levels)).save(stream, "JPEG")
    return stream.getvalue()
