"""What is counted of which version, and which version is waited for."""

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.errors import GatewayError, InferenceTimeout, ModelUnavailable, UnknownModel, UnknownVersion
from gateway.rollout import changes
from gateway.rollout.documents import Documents, Kept
from gateway.rollout.follower import Follower
from gateway.rollout.measured import Measured
from gateway.rollout.plan import Plan
from gateway.rollout.recorder import Recorder
from gateway.rollout.tally import Tally
from gateway.segmentation import Segmentation
from tests.rollout.plans import ANNA, MODEL, NOON, idle, rolling
from tests.rollout.segmenter import PICTURE, SIDE, Segmenter, mask
from tests.store.memory import MemoryStore

FAILURES = {"unavailable": ModelUnavailable("it failed"), "too slow": InferenceTimeout("it hangs")}


class Offered:
    """Notes what it is offered."""

    def __init__(self) -> None:
        self.offered: list[tuple[str, float]] = []

    def offer(self, image: NDArray[np.uint8], found: Segmentation, seconds: float) -> None:
        self.offered.append((found.version, seconds))


class Clock:
    """Goes on by `pace` whenever it is looked at."""

    def __init__(self) -> None:
        self.now, self.pace = 0.0, 0.25

    def __call__(self) -> float:
        self.now += self.pace
        return self.now


class Instance:
    """A measured segmenter, with all that it works with."""

    def __init__(self, plan: Plan | None) -> None:
        self.follower = Follower(Documents(MemoryStore(), MODEL), MODEL)
        self.follower.kept = Kept(plan, 1)
        self.recorder = Recorder()
        self.recorder.begin(NOON)
        self.shadow = Offered()
        self.segmenter = Segmenter({1: mask(4), 2: mask(3)})
        self.clock = Clock()
        self.measured = Measured(
            self.segmenter, self.follower, self.recorder, self.shadow, patience=2, limit=5, clock=self.clock
        )

    def segment(self, version: str, model: str = MODEL) -> Segmentation:
        return asyncio.run(self.measured.segment(PICTURE, model, version))

    def counted(self, version: int) -> tuple[int, int]:
        """Requests and errors."""
        tally = self.recorder.whole.get(version, Tally())
        return tally.requests, tally.errors


@pytest.fixture
def instance() -> Iterator[Instance]:
    return Instance(rolling(weight=5))


def test_what_a_version_answers_is_counted_and_offered(instance: Instance) -> None:
    for version in ("1", "1", "2", ""):
        instance.segment(version)
    assert (instance.counted(1), instance.counted(2)) == ((2, 0), (2, 0))  # unasked, the newest answers
    assert instance.shadow.offered == [("1", 0.25), ("1", 0.25), ("2", 0.25), ("2", 0.25)]
    assert instance.recorder.whole[1].quantile(1) == pytest.approx(0.25, rel=0.05)


@pytest.mark.parametrize("plan", [None, idle(), changes.promoted(rolling(), ANNA)], ids=["none", "idle", "promoted"])
def test_without_a_candidate_nothing_is_counted(plan: Plan | None) -> None:
    instance = Instance(plan)
    instance.segment("1")
    instance.segmenter.answer["1"] = FAILURES["too slow"]
    with pytest.raises(InferenceTimeout):
        instance.segment("1")
    assert (dict(instance.recorder.whole), instance.shadow.offered) == ({}, [])


def test_other_models_are_not_counted(instance: Instance) -> None:
    instance.segment("1", "another")
    instance.segmenter.answer["1"] = FAILURES["too slow"]
    with pytest.raises(InferenceTimeout):
        instance.segment("1", "another")
    assert (dict(instance.recorder.whole), instance.shadow.offered) == ({}, [])


@pytest.mark.parametrize("failure", FAILURES.values(), ids=FAILURES)
@pytest.mark.parametrize("version", [1, 2])
def test_a_version_that_fails_is_at_fault(instance: Instance, version: int, failure: GatewayError) -> None:
    instance.segmenter.answer[str(version)] = failure
    with pytest.raises(type(failure)):
        instance.segment(str(version))
    assert instance.counted(version) == (1, 1)
    assert instance.counted(3 - version) == (0, 0)
    assert instance.shadow.offered == []


class Hanging(Segmenter):
    """Never answers; `disturbed`, it has been away as well."""

    def __init__(self, disturbed: bool = False) -> None:
        super().__init__({1: mask(4), 2: mask(3)})
        self.disturbed = disturbed

    async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
        self.absences += self.disturbed
        await asyncio.sleep(60)
        raise AssertionError


def test_a_candidate_that_hangs_leaves_time_for_the_stable_version(instance: Instance) -> None:
    measured = Measured(Hanging(), instance.follower, instance.recorder, instance.shadow, patience=2, limit=0.01)
    with pytest.raises(InferenceTimeout):
        asyncio.run(measured.segment(PICTURE, MODEL, "2"))
    assert instance.counted(2) == (1, 1)


@pytest.mark.parametrize(("version", "disturbed", "failures"), [(1, False, 1), (2, False, 1), (2, True, 0)])
def test_a_version_for_which_its_client_waited_in_vain_has_failed(
    instance: Instance, version: int, disturbed: bool, failures: int
) -> None:
    async def scenario() -> None:
        measured = Measured(
            Hanging(disturbed), instance.follower, instance.recorder, instance.shadow, patience=2, limit=5
        )
        async with asyncio.timeout(0.01):
            await measured.segment(PICTURE, MODEL, str(version))

    with pytest.raises(TimeoutError):
        asyncio.run(scenario())
    assert instance.counted(version) == (failures, failures)
    assert instance.counted(3 - version) == (0, 0)


@pytest.mark.parametrize("version", ["1", "2"])
def test_where_all_of_triton_is_away_nobody_is_at_fault(instance: Instance, version: str) -> None:
    instance.segmenter.away = True
    with pytest.raises(ModelUnavailable):
        instance.segment(version)
    assert dict(instance.recorder.whole) == {}


@pytest.mark.parametrize("version", ["", "7"])
def test_a_version_that_is_not_of_this_rollout_is_not_blamed(instance: Instance, version: str) -> None:
    instance.segmenter.answer |= {"2": FAILURES["too slow"], "7": FAILURES["too slow"]}
    with pytest.raises(InferenceTimeout):
        instance.segment(version)
    assert dict(instance.recorder.whole) == {}


class Coming(Segmenter):
    """Has version 2 when it was looked for that often."""

    def __init__(self, looks: int) -> None:
        super().__init__({1: mask(4)})
        self.left = looks

    async def answers(self, model: str, version: str) -> bool:
        self.left -= 1
        if self.left <= 0:
            self.answer["2"] = mask(3)
        return await super().answers(model, version)


def waiting(plan: Plan | None, looks: int) -> tuple[Instance, Coming]:
    instance, coming = Instance(plan), Coming(looks)
    instance.measured = Measured(
        coming, instance.follower, instance.recorder, instance.shadow, patience=2, limit=5, clock=instance.clock
    )
    return instance, coming


PROMOTED = changes.promoted(changes.started(idle(2), 3, changes.Course((5,)), ANNA), ANNA)


@pytest.mark.parametrize("plan", [rolling(), idle(2), PROMOTED], ids=["candidate", "stable", "previous"])
def test_a_planned_version_is_waited_for(plan: Plan) -> None:
    instance, coming = waiting(plan, 2)
    assert instance.segment("2").version == "2"
    assert coming.asked == ["2", "2"]


@pytest.mark.parametrize("plan", [None, idle()], ids=["no plan", "another plan"])
def test_an_unplanned_version_is_not_waited_for(plan: Plan | None) -> None:
    instance, coming = waiting(plan, 1)
    with pytest.raises(UnknownVersion):
        instance.segment("2")
    assert (coming.asked, coming.left) == (["2"], 1)
    assert coming.absences == 0  # who asks for what does not exist keeps nobody else from being counted


def test_another_models_version_is_not_waited_for() -> None:
    instance, coming = waiting(rolling(), 1)
    with pytest.raises(UnknownVersion):
        instance.segment("2", "another")
    assert coming.left == 1


def test_patience_ends_and_what_is_not_loaded_is_no_failure() -> None:
    instance, coming = waiting(rolling(), 10**6)
    instance.clock.pace = 1
    with pytest.raises(UnknownVersion):
        instance.segment("2")
    assert coming.asked == ["2"]
    assert dict(instance.recorder.whole) == {}


def test_what_the_plan_drops_is_waited_for_no_longer() -> None:
    instance, coming = waiting(rolling(), 10**6)
    instance.clock.pace = 0

    async def scenario() -> None:
        request = asyncio.create_task(instance.measured.segment(PICTURE, MODEL, "2"))
        await asyncio.sleep(0.01)
        instance.follower.kept = Kept(idle(), 2)
        with pytest.raises(UnknownVersion):
            await request

    asyncio.run(asyncio.wait_for(scenario(), 10))
    assert coming.left < 10**6


def test_a_request_that_had_to_wait_says_nothing_of_its_version() -> None:
    instance, _ = waiting(rolling(), 2)
    instance.segment("2")
    assert (dict(instance.recorder.whole), instance.shadow.offered) == ({}, [])
    instance.segment("2")
    assert (instance.counted(2), len(instance.shadow.offered)) == ((1, 0), 1)


def test_nor_does_one_during_which_another_found_all_away(instance: Instance) -> None:
    class Disturbed(Segmenter):
        async def segment(self, image: NDArray[np.uint8], model: str, version: str = "") -> Segmentation:
            self.absences += 1
            return await super().segment(image, model, version)

    measured = Measured(
        Disturbed({1: mask(4)}), instance.follower, instance.recorder, instance.shadow, patience=2, limit=5
    )
    asyncio.run(measured.segment(PICTURE, MODEL, "1"))
    assert (dict(instance.recorder.whole), instance.shadow.offered) == ({}, [])


def test_the_size_is_asked_for_as_patiently(instance: Instance) -> None:
    class Restarting(Segmenter):
        begun = False

        async def size(self, model: str) -> int:
            if not self.begun:
                raise UnknownModel("not yet")
            return await super().size(model)

        async def answers(self, model: str, version: str) -> bool:
            self.begun = version == "1"
            return self.begun

    measured = Measured(
        Restarting({}), instance.follower, instance.recorder, instance.shadow, patience=2, limit=5, clock=instance.clock
    )
    assert asyncio.run(measured.size(MODEL)) == SIDE
    with pytest.raises(UnknownModel):
        asyncio.run(measured.size("a third one"))


@pytest.mark.parametrize("plan", [None, rolling()], ids=["none", "another model's"])
def test_the_size_of_what_is_not_planned_is_asked_for_once(plan: Plan | None) -> None:
    instance = Instance(plan)
    assert asyncio.run(instance.measured.size("another" if plan else MODEL)) == SIDE
    with pytest.raises(UnknownModel):
        asyncio.run(instance.measured.size("a third one"))


def test_whether_a_version_answers_is_asked_of_the_server(instance: Instance) -> None:
    assert asyncio.run(instance.measured.answers(MODEL, "2"))
    assert not asyncio.run(instance.measured.answers(MODEL, "3"))
