"""Whole instances on one store, with nothing but Triton left out; tests/endpoints/test_rollout.py has the real one."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

from gateway.errors import UnknownVersion
from gateway.rollout.changes import Course
from gateway.rollout.documents import Documents
from gateway.rollout.follower import Follower
from gateway.rollout.part import Part, Times, part
from gateway.rollout.plan import Limits, Plan
from gateway.segmentation import Segmentation
from tests.rollout.plans import MODEL, rolling
from tests.rollout.segmenter import PICTURE, Segmenter, mask
from tests.rollout.triton import Triton
from tests.store.memory import MemoryStore

TIMES = Times(look=0.02, linger=60, patience=5, candidate=5)
LIMITS = Limits(requests=5, pictures=3, p95_ratio=1000)  # of microseconds on a busy machine
CALLERS = [f"key{number}" for number in range(8)]


class Served(Segmenter):
    """Answers with the versions that a Triton has loaded."""

    def __init__(self, triton: Triton) -> None:
        super().__init__({1: mask(4), 2: mask(4), 3: mask(1)})
        self.triton = triton

    async def segment(self, image: Any, model: str, version: str = "") -> Segmentation:
        if version and int(version) not in self.triton.ready:
            raise UnknownVersion("It is not loaded.")
        return await super().segment(image, model, version)

    async def answers(self, model: str, version: str) -> bool:
        return bool(self.triton.ready) if version == "" else int(version) in self.triton.ready


async def instance(stack: AsyncExitStack, store: MemoryStore, triton: Triton) -> Part:
    follower = Follower(Documents(store, MODEL), MODEL)
    await follower.look()
    return await stack.enter_async_context(part(follower, store, Served(triton), triton, None, lambda: False, TIMES))


async def idle() -> None:
    """Nobody asks."""


async def until(holds: Callable[[], bool], work: Callable[[], Awaitable[None]] = idle) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await work()
            await asyncio.sleep(0.005)


def story(version: int) -> tuple[Plan, set[int]]:
    """What became of the plan, and which versions answered, where two instances are asked without pause."""

    async def scenario() -> tuple[Plan, set[int]]:
        store, answered = MemoryStore(), set()
        async with AsyncExitStack() as stack:
            parts = [await instance(stack, store, Triton(1)) for _ in range(2)]
            followers = [each.rollout.follower for each in parts]
            await until(lambda: all(each.rollout.reconciler.loaded for each in parts))

            async def ask() -> None:
                for each, caller in itertools.product(parts, CALLERS):
                    route = each.rollout.follower.route(MODEL, caller)
                    answered.add(int((await each.segmenter.segment(PICTURE, MODEL, route.version)).version))

            await parts[0].desk.start(version, Course((50, 100), 0, 1, 1, LIMITS), None, "anna", "", None)
            await until(lambda: all(each.plan is not None and each.plan.candidate is None for each in followers), ask)
            plan, other = (each.plan for each in followers)
            assert plan is not None and plan == other
            return plan, answered

    return asyncio.run(scenario())


def test_a_good_version_is_brought_in() -> None:
    plan, answered = story(2)
    assert [each.what for each in plan.history] == ["made", "started", "stepped", "stepped", "promoted"]
    assert answered == {1, 2}


def test_a_bad_one_answers_nobody() -> None:
    plan, answered = story(3)
    assert [each.what for each in plan.history] == ["made", "started", "rolled back"]
    assert plan.history[-1].why.startswith("mask disagreement 0.75")
    assert answered == {1}


def test_a_fresh_instance_is_ready_when_it_has_reached_the_plan() -> None:
    async def scenario() -> None:
        store = MemoryStore()
        await Documents(store, MODEL).change(lambda _: rolling(weight=100))
        async with AsyncExitStack() as stack:
            triton = Triton(3)
            fresh = await instance(stack, store, triton)
            assert (await fresh.ready(), fresh.stable()) == (False, "1")
            async with asyncio.timeout(10):
                while not await fresh.ready():
                    await asyncio.sleep(0.01)
            assert triton.ready >= {1, 2}
            triton.ready = {2}  # what is stable has gone
            assert not await fresh.ready()

    asyncio.run(scenario())


def test_without_a_plan_whatever_is_served_will_do() -> None:
    async def scenario() -> None:
        async with AsyncExitStack() as stack:
            triton = Triton(3)
            fresh = await instance(stack, MemoryStore(), triton)
            assert (await fresh.ready(), fresh.stable()) == (True, "")
            triton.ready = set()
            assert not await fresh.ready()

    asyncio.run(scenario())
