"""Triton's model control: what it loads, what it refuses, and what hangs."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from structlog.testing import capture_logs

from gateway.errors import ModelUnavailable
from gateway.rollout.errors import LoadRefused
from gateway.triton import TritonControl, triton_control
from tests.servers import TRITON_KEY
from tests.service import Triton, running_triton
from tests.standin import write_model
from tests.versions import NUMBERS, add_all

T = TypeVar("T")
MODEL = "standin"
HANGING = 40


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repository = tmp_path_factory.mktemp("repository")
    write_model(repository, MODEL)
    add_all(repository / MODEL)
    hanging = repository / MODEL / str(HANGING)
    hanging.mkdir()
    os.mkfifo(hanging / "model.onnx")
    return repository


@pytest.fixture(scope="module")
def triton(repository: Path) -> Iterator[Triton]:
    with running_triton(repository, MODEL, preload=False) as triton:
        yield triton


def control(
    triton: Triton,
    repository: Path | None,
    work: Callable[[TritonControl], Awaitable[T]],
    seconds: float = 20,
    key: str = TRITON_KEY,
) -> T:
    async def connected() -> T:
        async with triton_control(triton.address, repository, seconds, key) as control:
            return await work(control)

    return asyncio.run(connected())


async def loaded_of(control: TritonControl, *wanted: int) -> frozenset[int]:
    await control.load(MODEL, wanted)
    return await control.loaded(MODEL)


def test_loads_what_is_wanted_and_nothing_else(triton: Triton, repository: Path) -> None:
    another = NUMBERS["another"]
    for wanted in ([1], [1, another], [another], [1]):
        assert control(triton, repository, lambda each, wanted=wanted: loaded_of(each, *wanted)) == set(wanted)


@pytest.mark.parametrize("kind", ["corrupt", "other_output", "other_size", "empty"])
def test_what_is_refused_leaves_the_others(triton: Triton, repository: Path, kind: str) -> None:
    async def tried(control: TritonControl) -> frozenset[int]:
        await control.load(MODEL, [1])
        with pytest.raises(LoadRefused) as refusal:
            await control.load(MODEL, [1, NUMBERS[kind]])
        assert f"{MODEL}/{NUMBERS[kind]}/model.onnx" in str(refusal.value)
        assert "At:" not in str(refusal.value)
        return await control.loaded(MODEL)

    assert control(triton, repository, tried) == {1}


def test_without_the_repository_the_configuration_is_triton_s_own(triton: Triton, repository: Path) -> None:
    control(triton, repository, lambda each: loaded_of(each, 1))
    assert control(triton, None, lambda each: loaded_of(each, 1, NUMBERS["another"])) == {1, NUMBERS["another"]}


@pytest.mark.parametrize("key", ["", "cutout-key=another", "another-key=that-of-all-tests"])
def test_without_its_key_a_locked_triton_is_away_and_the_operator_is_told_why(triton: Triton, key: str) -> None:
    async def asked(control: TritonControl) -> None:
        for _ in range(2):
            with pytest.raises(ModelUnavailable):
                await control.loaded(MODEL)
        with pytest.raises(ModelUnavailable):
            await control.load(MODEL, [1])

    with capture_logs() as lines:
        control(triton, None, asked, key=key)
    assert [line["event"] for line in lines] == ["Triton refuses its model control: CUTOUT_TRITON_KEY is not its key"]
    assert "that-of-all-tests" not in str(lines)


def test_a_triton_that_is_away_says_so() -> None:
    async def asked() -> None:
        async with triton_control("127.0.0.1:9", None, 1) as control:
            with pytest.raises(ModelUnavailable):
                await control.loaded(MODEL)
            with pytest.raises(ModelUnavailable):
                await control.load(MODEL, [1])

    asyncio.run(asked())


def test_a_load_that_hangs_is_given_up_and_the_others_answer(triton: Triton, repository: Path) -> None:
    """Last: nothing can be loaded any more until Triton is started anew."""

    async def tried(control: TritonControl) -> frozenset[int]:
        with pytest.raises(LoadRefused, match="not loaded within 2 s"):
            await control.load(MODEL, [1, HANGING])
        return await control.loaded(MODEL)

    control(triton, repository, lambda each: loaded_of(each, 1))
    assert control(triton, repository, tried, seconds=2) == {1}
