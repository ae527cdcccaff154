"""A warm-up runs the model once and every encoder."""

import asyncio
from collections.abc import Awaitable, Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.cutout import Cutout
from gateway.errors import ModelUnavailable
from gateway.readiness import Served
from gateway.segmentation import Segmentation
from gateway.triton.meanings import away
from gateway.warmup import warm_up
from gateway.workers import Workers


class Counting:
    """A model that counts what it is asked, and is away the first `absences` times."""

    def __init__(self, absences: int = 0) -> None:
        self.versions: list[str] = []
        self._absences = absences

    async def size(self, model: str) -> int:
        return 32

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        self.versions.append(version)
        if len(self.versions) <= self._absences:
            raise away()
        return Segmentation(np.full((32, 32), 255, np.uint8), 1.0, model, "7")


def test_one_inference_warms_every_format_each_time() -> None:
    model = Counting()
    workers = Workers(permits=32, places=8, threads=1, seconds=1)
    run = warm_up(Cutout(model, workers, max_pixels=1_000_000), "m", lambda: "7")
    try:
        assert asyncio.run(twice(run)) == ("m", "7")
        assert model.versions == ["7", "7"]
    finally:
        workers.close()


def test_a_model_that_is_away_is_asked_anew() -> None:
    model = Counting(absences=1)
    workers = Workers(permits=32, places=8, threads=1, seconds=1)
    run = warm_up(Cutout(model, workers, max_pixels=1_000_000), "m")
    try:
        with pytest.raises(ModelUnavailable):
            asyncio.run(run())
        assert asyncio.run(run()).version == "7"
    finally:
        workers.close()


async def twice(run: Callable[[], Awaitable[Served]]) -> tuple[str, str]:
    await run()
    served = await run()
    return served.model, served.version
