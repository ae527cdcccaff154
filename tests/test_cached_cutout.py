"""Pictures that were there before, and pictures that are asked for twice at a time."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.cache.cache import Cache
from gateway.cache.versions import Versions
from gateway.cached_cutout import CachedCutout
from gateway.cutout import Cutout, Result
from gateway.effects import EFFECTS, Drawing
from gateway.errors import InvalidParameter, ModelUnavailable, TruncatedImage
from gateway.order import Order
from gateway.pictures.compose import Layout
from gateway.segmentation import Segmentation, Serving
from gateway.workers import Workers
from tests.photos import photo, stored
from tests.store.memory import MemoryStore

CAT = photo("chelsea")
ORDER = Order("m")


class Model:
    """For which the bright is the subject; counts what it was asked, and may be slow or away."""

    def __init__(self) -> None:
        self.versions: tuple[str, ...] = ("1",)
        self.inferences = 0
        self.seconds = 0.0
        self.away = False

    async def serving(self, model: str) -> Serving:
        if self.away:
            raise ModelUnavailable("away")
        return Serving(64, self.versions, "cpu")

    async def size(self, model: str) -> int:
        return 64

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        self.inferences += 1
        await asyncio.sleep(self.seconds)
        if self.away:
            raise ModelUnavailable("away")
        return Segmentation(np.ascontiguousarray(image.max(axis=2)), 0.75, model, version or self.versions[-1], 0.8)


class Bench:
    """A cached use case with everything it stands on."""

    def __init__(self, workers: Workers, memory: int) -> None:
        self.model, self.store = Model(), MemoryStore()
        self.plain = Cutout(self.model, workers, max_pixels=10**8)
        cache = Cache(self.store, 60, memory=memory, clock=lambda: self.store.now)
        self.cached = CachedCutout(self.plain, cache, Versions(self.model), workers, max_pixels=10**8)

    async def run(self, order: Order = ORDER, data: bytes = CAT) -> Result:
        result = await self.cached.run(data, order)
        await self.cached.close()
        return result


@pytest.fixture(params=[0, 10**8], ids=["from the store", "at hand"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    workers = Workers(permits=64, places=64, threads=2)
    yield Bench(workers, request.param)
    workers.close()


def drawing(*names: str) -> Order:
    return replace(ORDER, drawings=tuple(Drawing(EFFECTS[name], EFFECTS[name].parameters()) for name in names))


def run(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(30):
            await scenario()

    asyncio.run(bounded())


def facts(result: Result) -> tuple[object, ...]:
    """What does not depend on whether it was kept."""
    return (
        result.files,
        result.media_type,
        result.source_type,
        result.confidence,
        result.subject_found,
        result.model,
        result.version,
    )


@pytest.mark.parametrize(
    "order",
    [ORDER, replace(ORDER, output="webp", layout=Layout(crop="subject", max_side=90)), drawing("popart", "color")],
    ids=["plain", "cropped", "two effects"],
)
def test_what_is_kept_is_what_was_made(bench: Bench, order: Order) -> None:
    async def scenario() -> None:
        plain = await bench.plain.run(CAT, order)
        first, second = await bench.run(order), await bench.run(order)
        assert facts(first) == facts(second) == facts(plain)
        assert (first.kept, first.mask_kept) == (frozenset(), False)
        assert (second.kept, second.mask_kept) == ({each.effect.name for each in order.drawings}, True)
        assert bench.model.inferences == 2  # one of them by the plain one

    run(scenario)


def test_another_effect_of_the_same_picture_costs_no_inference(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.run()
        result = await bench.run(drawing("popart"))
        assert (bench.model.inferences, result.mask_kept, result.kept) == (1, True, frozenset())
        assert facts(result) == facts(await bench.plain.run(CAT, drawing("popart")))

    run(scenario)


def test_what_is_missing_is_made_and_all_comes_in_order(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.run(drawing("popart"))
        result = await bench.run(drawing("mosaic", "popart", "color"))
        assert [file.effect for file in result.files] == ["mosaic", "popart", "color"]
        assert result.kept == {"popart"}
        assert facts(result) == facts(await bench.plain.run(CAT, drawing("mosaic", "popart", "color")))

    run(scenario)


def test_fresh_is_computed_and_kept(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.run()
        result = await bench.run(replace(ORDER, fresh=True))
        assert (bench.model.inferences, result.kept, result.mask_kept) == (2, frozenset(), False)

    run(scenario)


def test_another_version_is_another_result(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.run(replace(ORDER, version="1"))
        result = await bench.run(replace(ORDER, version="2"))
        assert (bench.model.inferences, result.version) == (2, "2")
        assert (await bench.run(replace(ORDER, version="1"))).version == "1"
        assert bench.model.inferences == 2

    run(scenario)


def test_a_version_loaded_meanwhile_is_not_kept_under_the_other_s_name(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.run(data=photo("coffee"))  # version 1 is known for a second
        bench.model.versions = ("1", "2")
        assert (await bench.run()).version == "2"
        assert (await bench.run()).kept == frozenset()

    run(scenario)


def test_a_hundred_at_once_are_one_inference(bench: Bench) -> None:
    async def scenario() -> None:
        bench.model.seconds = 0.1
        results = await asyncio.gather(*(bench.cached.run(CAT, ORDER) for _ in range(100)))
        assert bench.model.inferences == 1
        assert sorted(each.joined for each in results) == [False] + [True] * 99
        assert len({id(each.files[0]) for each in results}) == 1

    run(scenario)


def test_two_effects_of_a_picture_at_once_are_one_inference(bench: Bench) -> None:
    async def scenario() -> None:
        bench.model.seconds = 0.1
        one, other = await asyncio.gather(
            bench.cached.run(CAT, drawing("popart")), bench.cached.run(CAT, drawing("color"))
        )
        assert bench.model.inferences == 1
        assert (one.joined, other.joined) == (False, False)
        assert facts(one) == facts(await bench.plain.run(CAT, drawing("popart")))

    run(scenario)


def test_who_hangs_up_leaves_the_others_their_picture(bench: Bench) -> None:
    async def scenario() -> None:
        bench.model.seconds = 0.1
        tasks = [asyncio.create_task(bench.cached.run(CAT, ORDER)) for _ in range(5)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert isinstance(results[0], asyncio.CancelledError)
        assert all(isinstance(each, Result) for each in results[1:])
        assert bench.model.inferences == 1

    run(scenario)


def test_a_failure_reaches_all_and_is_not_kept(bench: Bench) -> None:
    async def scenario() -> None:
        await bench.run(data=photo("coffee"))
        bench.model.away, bench.model.seconds = True, 0.05
        failures = await asyncio.gather(*(bench.cached.run(CAT, ORDER) for _ in range(5)), return_exceptions=True)
        assert all(isinstance(each, ModelUnavailable) for each in failures)
        bench.model.away = False
        assert (await bench.run()).kept == frozenset()

    run(scenario)


def test_while_the_model_is_away_what_is_kept_is_given(bench: Bench) -> None:
    async def scenario() -> None:
        first = await bench.run()
        bench.model.away = True
        assert facts(await bench.run()) == facts(first)
        assert (await bench.run(drawing("popart"))).mask_kept

    run(scenario)


def test_a_store_that_is_away_costs_time_and_nothing_else(bench: Bench) -> None:
    async def scenario() -> None:
        bench.store.away = True
        first, second = await bench.run(), await bench.run()
        assert facts(first) == facts(second)
        assert bench.model.inferences in (1, 2)

    run(scenario)


def test_refusals_are_those_of_the_use_case_and_are_not_kept(bench: Bench) -> None:
    async def scenario() -> None:
        for _ in range(2):
            with pytest.raises(TruncatedImage):
                await bench.run(data=CAT[:9000])

    run(scenario)


def test_what_does_not_fit_its_format_is_refused_before_anything_is_asked(bench: Bench) -> None:
    async def scenario() -> None:
        with pytest.raises(InvalidParameter):
            await bench.run(replace(ORDER, output="webp"), _wide())
        assert not bench.store.asked

    run(scenario)


def _wide() -> bytes:
    return stored(np.zeros((1, 16390, 3), np.uint8), "PNG")
