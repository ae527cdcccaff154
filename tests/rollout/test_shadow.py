"""What is shown to the other version as well, and what that costs."""

import asyncio
import itertools
import random
from collections.abc import Callable
from dataclasses import replace

import msgspec
import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from gateway.background import in_background
from gateway.errors import InferenceTimeout, ModelUnavailable
from gateway.rollout import changes
from gateway.rollout.exhibit import pixels
from gateway.rollout.gallery import MOST, Gallery
from gateway.rollout.plan import Plan
from gateway.rollout.recorder import Recorder
from gateway.rollout.shadow import Shadow
from gateway.rollout.tally import Agreement, compared
from gateway.segmentation import Segmentation
from tests.rollout.plans import ANNA, MODEL, NOON, idle, later, rolling
from tests.rollout.segmenter import PICTURE, Segmenter, mask
from tests.store.memory import MemoryStore

SUBJECT = mask(4)


class Instance:
    """A shadow with all that it works with; its clock goes on by 0.25 s whenever it is looked at."""

    def __init__(self, plan: Plan | None, chance: Callable[[], float] = lambda: 0.0) -> None:
        self.plan = plan
        self.busy = False
        self.store = MemoryStore()
        self.recorder = Recorder()
        self.gallery = Gallery(self.store, MODEL, "a")
        for each in (self.recorder, self.gallery):
            each.begin(NOON)
        self.segmenter = Segmenter({1: mask(4), 2: mask(3)})
        self.now = 0.0
        self.slept: list[float] = []
        self.pictures = itertools.count()
        self.shadow = Shadow(
            self.segmenter, lambda: self.plan, self.recorder, self.gallery, lambda: self.busy, chance,
            self._clock, self._sleep,
        )  # fmt: skip

    @property
    def agreement(self) -> Agreement:
        return sum((slot.agreement for slot in self.recorder.slots(3600)), Agreement())

    def offer(self, version: int = 1, alpha: NDArray[np.uint8] = SUBJECT) -> None:
        """Another picture, as the answer of that version, which took half a second."""
        picture = PICTURE + np.uint8(9 * next(self.pictures) % 256)
        self.shadow.offer(picture, Segmentation(alpha, 0.9, MODEL, str(version)), 0.5)

    def show(self, *alphas: NDArray[np.uint8], version: int = 1, waiting: int = 0) -> None:
        """Those that are `waiting`, then further ones, one after the other; ends when none is left."""

        async def scenario() -> None:
            async with in_background(self.shadow.watch), asyncio.timeout(10):
                await self._rested(waiting)
                for number, alpha in enumerate(alphas, 1):
                    self.offer(version, alpha)
                    await self._rested(waiting + number)

        asyncio.run(scenario())

    async def _rested(self, times: int) -> None:
        while len(self.slept) < times:
            await asyncio.sleep(0.001)

    def _clock(self) -> float:
        self.now += 0.25
        return self.now

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await asyncio.sleep(0)


@pytest.fixture
def instance() -> Instance:
    return Instance(rolling(shadow=0.5))


@pytest.mark.parametrize("rate", [0, 0.01, 0.25, 1])
def test_a_share_of_the_pictures_is_sampled(rate: float) -> None:
    instance = Instance(rolling(shadow=rate), random.Random(1).random)
    instance.busy = True  # so that all are counted that would have been shown
    for _ in range(10_000):
        instance.offer()
    assert instance.agreement.dropped / 10_000 == pytest.approx(rate, abs=0 if rate in (0, 1) else 0.01)


@pytest.mark.parametrize("plan", [None, idle(), changes.promoted(rolling(shadow=1), ANNA)])
def test_without_a_candidate_nothing_is_sampled(plan: Plan | None) -> None:
    instance = Instance(plan)
    instance.busy = True
    instance.offer()
    assert instance.agreement == Agreement()


@pytest.mark.parametrize(
    ("version", "other", "seconds"), [(1, "2", (0.5, 0.25)), (2, "1", (0.25, 0.5))], ids=["stable", "candidate"]
)
def test_the_version_that_did_not_answer_is_shown_it(
    instance: Instance, version: int, other: str, seconds: tuple[float, float]
) -> None:
    instance.show(mask(4 if version == 1 else 3), version=version)
    found = instance.agreement
    assert instance.segmenter.asked == [other]
    assert found == compared(0.75, 0.125, *seconds)  # one row of eight
    assert msgspec.json.decode(msgspec.json.encode(found), type=Agreement) == found


def test_versions_of_no_rollout_are_not_shown(instance: Instance) -> None:
    instance.offer(7)
    instance.show(SUBJECT)
    assert instance.segmenter.asked == ["2"]


def test_nothing_is_shown_while_requests_wait(instance: Instance) -> None:
    instance.busy = True
    instance.offer()
    instance.busy = False
    instance.offer()
    instance.busy = True  # since then
    instance.show(waiting=1)
    assert (instance.agreement, instance.segmenter.asked) == (Agreement(dropped=2), [])


def test_more_than_a_few_do_not_wait(instance: Instance) -> None:
    for _ in range(5):
        instance.offer()
    assert instance.agreement == Agreement(dropped=3)
    instance.show(waiting=2)
    assert (instance.agreement.pictures, instance.agreement.dropped) == (2, 3)


@pytest.mark.parametrize(("budget", "times"), [(1, 0), (0.5, 1), (0.1, 9), (0.01, 99)])
def test_it_rests_by_its_budget(budget: float, times: float) -> None:
    instance = Instance(rolling(shadow=1, shadow_budget=budget))
    instance.show(SUBJECT)
    spent = instance.now - 0.25
    assert spent > 0
    assert instance.slept == [pytest.approx(times * spent)]


@pytest.mark.parametrize("error", [ModelUnavailable("no"), InferenceTimeout("no")])
def test_a_candidate_that_fails_is_counted(instance: Instance, error: ModelUnavailable | InferenceTimeout) -> None:
    instance.segmenter.answer["2"] = error
    instance.show(SUBJECT)
    assert instance.agreement == Agreement(failed=1)


def test_a_stable_version_that_fails_is_not(instance: Instance) -> None:
    instance.segmenter.answer["1"] = InferenceTimeout("no")
    instance.show(mask(3), version=2)
    assert instance.agreement == Agreement()


def test_where_all_of_triton_is_away_the_candidate_is_not_blamed(instance: Instance) -> None:
    instance.segmenter.away = True
    instance.show(SUBJECT)
    assert instance.agreement == Agreement()


def test_a_candidate_that_is_still_loading_has_not_failed(instance: Instance) -> None:
    del instance.segmenter.answer["2"]
    instance.show(SUBJECT)
    assert (instance.agreement, instance.segmenter.asked) == (Agreement(), ["2"])


def test_what_was_offered_in_an_earlier_rollout_is_not_shown(instance: Instance) -> None:
    instance.offer()
    instance.plan = rolling(3, shadow=1)
    instance.recorder.begin(later(60))
    instance.show(waiting=1)
    assert (instance.agreement, instance.segmenter.asked) == (Agreement(), [])


def test_the_worst_are_kept_with_their_pictures(instance: Instance) -> None:
    instance.show(mask(8))
    (exhibit,) = asyncio.run(instance.gallery.worst(NOON))
    assert (exhibit.iou, exhibit.mae, exhibit.candidate_seconds) == (0.375, 0.625, 0.25)
    assert pixels(exhibit.picture).shape == PICTURE.shape
    assert np.array_equal(pixels(exhibit.stable), mask(8))
    assert np.array_equal(pixels(exhibit.candidate), mask(3))


def test_a_picture_that_is_shown_again_has_one_place(instance: Instance) -> None:
    instance.pictures = itertools.repeat(1)
    instance.show(mask(8), mask(7), mask(8))
    assert [each.iou for each in asyncio.run(instance.gallery.worst(NOON))] == [0.375]
    assert instance.agreement.pictures == 3


def test_no_more_than_the_worst_are_kept(instance: Instance) -> None:
    rows = [8, 7, 6, 5, 4, 3] * 4
    instance.show(*map(mask, rows))
    found = [each.iou for each in asyncio.run(instance.gallery.worst(NOON))]
    assert found == sorted(3 / each for each in rows)[:MOST]
    assert len(instance.store.objects) == MOST
    assert instance.agreement.pictures == len(rows)


def test_where_the_store_is_away_all_is_counted(instance: Instance) -> None:
    instance.store.away = True
    instance.show(SUBJECT, SUBJECT)
    assert instance.agreement.pictures == 2


def test_one_picture_that_cannot_be_compared_is_not_the_last(instance: Instance) -> None:
    with capture_logs() as logs:
        instance.show(mask(4)[:4, :5], SUBJECT)
    assert [each["event"] for each in logs] == ["a picture could not be shown to both versions"]
    assert instance.agreement.pictures == 1


def test_a_plan_that_changes_its_rate_is_followed(instance: Instance) -> None:
    assert instance.plan is not None
    instance.plan = changes.shadowed(instance.plan, 0.0, replace(ANNA, why="enough"))
    instance.busy = True
    instance.offer()
    assert instance.agreement == Agreement()
