"""The adapter to Triton: what it asks, what it understands, how it comes back."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.errors import (
    GatewayError,
    InferenceTimeout,
    ModelUnavailable,
    Overloaded,
    UnknownModel,
    UnknownVersion,
)
from gateway.segmentation import Segmentation
from gateway.triton import TritonSegmenter, triton_segmenter
from gateway.triton.threshold import threshold
from tests.service import Triton, running_triton
from tests.standin import write_model

T = TypeVar("T")

SIZES = {"quick": 64, "slow": 192, "narrow": 64}
QUEUE_OF_ONE = "dynamic_batching { default_queue_policy { max_queue_size: 1 } }"


@pytest.fixture(scope="module")
def triton(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Triton]:
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, "quick", size=64, parameters={"no_subject_below": "0.9", "no_subject_below/1": "0.25"})
    write_model(repository, "slow", size=192, layers=80)
    write_model(repository, "narrow", size=64, layers=600)
    _replace(
        repository / "narrow" / "config.pbtxt",
        "dynamic_batching { }",
        QUEUE_OF_ONE,
        "max_batch_size: 8",
        "max_batch_size: 1",
    )
    with running_triton(repository, *SIZES) as triton:
        yield triton


def _replace(path: Path, *pairs: str) -> None:
    text = path.read_text()
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


def picture(model: str, seed: int = 0) -> NDArray[np.uint8]:
    size = SIZES[model]
    return np.random.default_rng(seed).integers(0, 255, (size, size, 3), np.uint8)


def ask(triton: Triton, question: Callable[[TritonSegmenter], Awaitable[T]], deadline: float = 30) -> T:
    async def connected() -> T:
        async with triton_segmenter(triton.address, model="quick", deadline=deadline, patience=60) as segmenter:
            return await question(segmenter)

    return asyncio.run(connected())


def test_size_comes_from_the_models_metadata(triton: Triton) -> None:
    async def both(segmenter: TritonSegmenter) -> list[int]:
        return [await segmenter.size("quick"), await segmenter.size("slow")]

    assert ask(triton, both) == [64, 192]


@pytest.mark.parametrize(("model", "stated"), [("quick", 0.25), ("narrow", 0.5)])
def test_what_is_too_unsure_is_stated_by_the_models_configuration(triton: Triton, model: str, stated: float) -> None:
    found = ask(triton, lambda segmenter: segmenter.segment(picture(model), model))
    assert found.no_subject_below == stated


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        pytest.param({}, 0.5, id="nothing stated"),
        pytest.param({"no_subject_below": "0.3"}, 0.3, id="the model"),
        pytest.param({"no_subject_below": "0.3", "no_subject_below/2": "0.7"}, 0.7, id="the version"),
        pytest.param({"no_subject_below": "0.3", "no_subject_below/1": "0.7"}, 0.3, id="another version"),
        pytest.param({"no_subject_below": "0"}, 0, id="always a subject"),
        pytest.param({"no_subject_below": "half"}, 0.5, id="no number"),
        pytest.param({"no_subject_below": "1.5"}, 0.5, id="no share"),
        pytest.param({"no_subject_below": "nan"}, 0.5, id="NaN"),
    ],
)
def test_threshold_of_version_2(parameters: dict[str, str], expected: float) -> None:
    assert threshold(parameters, "2") == expected


def test_segments(triton: Triton) -> None:
    found = ask(triton, lambda segmenter: segmenter.segment(picture("quick"), "quick", "1"))
    assert (found.alpha.shape, found.alpha.dtype) == ((64, 64), np.uint8)
    assert (found.alpha.min(), found.alpha.max()) == (0, 255)
    assert 0 < found.confidence < 1
    assert (found.model, found.version) == ("quick", "1")


def test_the_mask_does_not_depend_on_the_neighbours_in_the_batch(triton: Triton) -> None:
    async def alone_and_together(segmenter: TritonSegmenter) -> int:
        alone = await segmenter.segment(picture("slow"), "slow")
        pictures = [picture("slow", seed) for seed in range(8)]
        together = await asyncio.gather(*(segmenter.segment(each, "slow") for each in pictures))
        return int(np.abs(alone.alpha.astype(int) - together[0].alpha).max())

    assert ask(triton, alone_and_together) <= 1


@pytest.mark.parametrize(
    ("model", "version", "error"),
    [
        pytest.param("nobody", "", UnknownModel, id="model"),
        pytest.param("nobody", "1", UnknownModel, id="model, with version"),
        pytest.param("quick", "7", UnknownVersion, id="version"),
    ],
)
def test_what_is_not_served(triton: Triton, model: str, version: str, error: type[GatewayError]) -> None:
    with pytest.raises(error):
        ask(triton, lambda segmenter: segmenter.segment(picture("quick"), model, version))


def test_size_of_a_model_that_is_not_served(triton: Triton) -> None:
    with pytest.raises(UnknownModel):
        ask(triton, lambda segmenter: segmenter.size("nobody"))


def test_a_full_queue_is_overload(triton: Triton) -> None:
    async def many(segmenter: TritonSegmenter) -> list[object]:
        asked = [segmenter.segment(picture("narrow"), "narrow") for _ in range(12)]
        return list(await asyncio.gather(*asked, return_exceptions=True))

    refused = [answer for answer in ask(triton, many) if isinstance(answer, BaseException)]
    assert refused
    assert {type(answer) for answer in refused} == {Overloaded}


def test_the_deadline_holds(triton: Triton) -> None:
    begin = time.monotonic()
    with pytest.raises(InferenceTimeout):
        ask(triton, lambda segmenter: segmenter.segment(picture("slow"), "slow"), deadline=0.02)
    assert time.monotonic() - begin < 2


def test_a_picture_of_the_wrong_size_is_not_the_clients_fault_and_forgotten(triton: Triton) -> None:
    async def wrong(segmenter: TritonSegmenter) -> int:
        with pytest.raises(ModelUnavailable):
            await segmenter.segment(picture("quick"), "slow")
        return await segmenter.size("slow")

    assert ask(triton, wrong, deadline=1) == 192


def test_a_request_in_flight_when_triton_dies_is_sent_again(triton: Triton) -> None:
    async def killed(segmenter: TritonSegmenter) -> list[Segmentation]:
        asked = [asyncio.create_task(segmenter.segment(picture("slow"), "slow")) for _ in range(32)]
        await asyncio.sleep(0.05)
        assert not all(each.done() for each in asked)
        triton.kill()
        return await asyncio.gather(*asked)

    assert {found.model for found in ask(triton, killed, deadline=90)} == {"slow"}


def test_gives_up_on_a_triton_that_stays_away() -> None:
    async def alone() -> float:
        async with triton_segmenter("127.0.0.1:9", model="quick", deadline=0.5) as segmenter:
            begin = time.monotonic()
            assert not await segmenter.ready()
            with pytest.raises(ModelUnavailable) as refusal:
                await segmenter.segment(picture("quick"), "quick")
            assert refusal.value.retry_after == 1
            return time.monotonic() - begin

    assert asyncio.run(alone()) < 2
