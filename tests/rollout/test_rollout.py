"""Instances that follow, tell and judge, on one store."""

import asyncio
import itertools
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from structlog.testing import capture_logs

from gateway.background import in_background
from gateway.errors import StoreUnavailable
from gateway.rollout import changes
from gateway.rollout.changes import Actor
from gateway.rollout.documents import Documents
from gateway.rollout.follower import Follower
from gateway.rollout.gallery import Gallery
from gateway.rollout.plan import Limits, Plan
from gateway.rollout.reconciler import Reconciler
from gateway.rollout.recorder import Recorder
from gateway.rollout.report import Report
from gateway.rollout.rollout import IDLE, Events, Rollout
from gateway.store.store import Info
from tests.rollout.plans import ANNA, MODEL, NOON, idle, rolling
from tests.rollout.triton import Triton
from tests.store.memory import MemoryStore

LIMITS = Limits(requests=10, window_seconds=60)
SECONDS = 5.0


class Fleet:
    """Instances on one store and by one clock."""

    def __init__(self, store: MemoryStore, *names: str) -> None:
        self.store = store
        self.store.now = NOON
        self.documents = Documents(self.store, MODEL)
        self.instances = [Instance(self, name) for name in names]

    @property
    def now(self) -> datetime:
        return self.store.now

    def write(self, plan: Plan) -> None:
        asyncio.run(self.documents.change(lambda _: plan))

    @property
    def plan(self) -> Plan:
        plan = asyncio.run(self.documents.read()).plan
        assert plan is not None
        return plan

    @property
    def deeds(self) -> list[str]:
        return [each.what for each in self.plan.history]

    def told(self) -> dict[str, Report]:
        return {each.instance: each for each in asyncio.run(self.documents.told())}

    def round(self, *, after: float = SECONDS) -> None:
        """Of every instance, one after the other."""
        self.store.now += timedelta(seconds=after)
        for each in self.instances:
            each.round()

    def round_at_once(self) -> None:
        async def scenario() -> None:
            await asyncio.gather(*(each.rollout.round() for each in self.instances))

        asyncio.run(scenario())


class Instance:
    """One of them, with a Triton of its own."""

    def __init__(self, fleet: Fleet, name: str) -> None:
        def seconds() -> float:
            return fleet.now.timestamp()

        self.follower = Follower(Documents(fleet.store, MODEL), MODEL)
        self.triton = Triton(1)
        self.reconciler = Reconciler(self.triton, MODEL, lambda: self.follower.plan, linger=60, clock=seconds)
        self.recorder = Recorder(seconds)
        gallery = Gallery(fleet.store, MODEL, name)
        self.rollout = Rollout(
            name, self.follower, self.reconciler, self.recorder, gallery,
            seconds=SECONDS, alone=lambda: len(self.triton.folders) == 1, clock=lambda: fleet.now, monotonic=seconds,
        )  # fmt: skip

    def round(self) -> None:
        asyncio.run(self.rollout.round())
        asyncio.run(self.reconciler.reconcile())

    def answer(self, version: int, count: int, errors: int = 0, seconds: float = 0.1) -> None:
        for _ in range(count - errors):
            self.recorder.answered(version, seconds)
        for _ in range(errors):
            self.recorder.failed(version)


class Slow(MemoryStore):
    """Others come between a look and a change."""

    async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
        found = await super().list(prefix, after=after, limit=limit)
        await asyncio.sleep(0)
        return found


@pytest.fixture
def fleet() -> Fleet:
    return Fleet(Slow(), "a", "b")


@pytest.fixture
def stepped(fleet: Fleet) -> Fleet:
    """At the first step, which nothing but time keeps from the next."""
    fleet.write(rolling(2, 10, 100, limits=LIMITS, hold_seconds=30))
    for _ in range(3):
        fleet.round()
    assert (fleet.plan.weight, fleet.deeds) == (10, ["made", "started", "stepped"])
    return fleet


def test_the_first_step_is_taken_when_all_have_loaded(fleet: Fleet) -> None:
    fleet.write(rolling(2, 10, limits=LIMITS))
    fleet.round()
    assert [each.reconciler.loaded for each in fleet.instances] == [{1, 2}, {1, 2}]
    assert fleet.plan.weight == 0  # nobody could have told of it yet
    fleet.round()
    fleet.round()
    assert fleet.deeds == ["made", "started", "stepped"]
    assert {each.follower.plan for each in fleet.instances} == {fleet.plan}
    assert fleet.plan.history[-1].who.startswith("guard on ")


def test_a_whole_course_ends_in_a_promotion(stepped: Fleet) -> None:
    for _ in range(40):
        for each in stepped.instances:
            each.answer(1, 5)
            each.answer(2, 5)
        stepped.round()
    assert stepped.deeds == ["made", "started", "stepped", "stepped", "promoted"]
    assert (stepped.plan.stable, stepped.plan.previous, stepped.plan.candidate) == (2, 1, None)
    events = [each.rollout.events for each in stepped.instances]
    assert sum(each.steps for each in events) == 2
    assert sum(each.promotions for each in events) == 1
    assert sum(each.rollbacks for each in events) == 0


@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
def test_one_instance_that_breaks_a_limit_rolls_all_back_once(stepped: Fleet, at_once: bool) -> None:
    good, bad = stepped.instances
    good.answer(1, 50)
    bad.answer(1, 50)
    bad.answer(2, 50, errors=25)
    for _ in range(3):
        stepped.store.now += timedelta(seconds=SECONDS)
        stepped.round_at_once() if at_once else stepped.round(after=0)
    assert stepped.deeds == ["made", "started", "stepped", "rolled back"]
    event = stepped.plan.history[-1]
    assert event.who.startswith("guard on ") and event.why.startswith("error rate above the stable version's 0.5")
    assert {each.follower.plan for each in stepped.instances} == {stepped.plan}
    assert sum(each.rollout.events.rollbacks for each in stepped.instances) == 1
    assert [each.rollout.verdict for each in stepped.instances] == [None, None]


def test_instances_that_are_each_below_the_sample_are_judged_together(stepped: Fleet) -> None:
    for each in stepped.instances:
        each.answer(1, 20)
        each.answer(2, 5, errors=5)
    for _ in range(2):
        stepped.round()
    assert stepped.deeds[-1] == "rolled back"


def test_a_version_that_one_cannot_load_is_rolled_back_by_name(fleet: Fleet) -> None:
    fleet.instances[1].triton.broken[2] = "Protobuf parsing failed."
    fleet.write(rolling(2, 10, limits=LIMITS))
    for _ in range(3):
        fleet.round()
    assert fleet.deeds == ["made", "started", "rolled back"]
    assert fleet.plan.history[-1].why == "b cannot load version 2: Protobuf parsing failed."


def test_counts_of_an_earlier_rollout_do_not_count(stepped: Fleet) -> None:
    for each in stepped.instances:
        each.answer(2, 50, errors=50)
    again = changes.started(
        changes.rolled_back(stepped.plan, ANNA), 2, changes.Course((10,), limits=LIMITS), Actor("anna", stepped.now)
    )
    stepped.write(again)
    for _ in range(3):
        stepped.round()
    assert stepped.deeds[-2:] == ["started", "stepped"]


def test_what_was_not_judged_is_not_changed() -> None:
    """An operator comes between the judgement and what follows it, and his change is known here at once."""

    class Between(MemoryStore):
        meanwhile: Callable[[], object] | None = None

        async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
            found = await super().list(prefix, after=after, limit=limit)
            if self.meanwhile is not None:
                await instance.follower.change(lambda _: again, None)
            return found

    store = Between()
    fleet = Fleet(store, "a")
    (instance,) = fleet.instances
    fleet.write(rolling(2, 10, 100, limits=LIMITS))
    for _ in range(3):
        fleet.round()
    instance.answer(1, 50)
    instance.answer(2, 50, errors=50)
    again = changes.started(
        changes.rolled_back(fleet.plan, ANNA), 3, changes.Course((10,), limits=LIMITS), Actor("anna", fleet.now)
    )
    store.meanwhile = lambda: None
    fleet.round()
    assert (fleet.plan, instance.rollout.events) == (again, Events(steps=1))


def test_without_a_plan_nothing_is_told(fleet: Fleet) -> None:
    fleet.round()
    assert fleet.told() == {}
    assert all(each.rollout.reached for each in fleet.instances)


def test_what_is_told(stepped: Fleet) -> None:
    stepped.instances[0].answer(2, 3, errors=1)
    stepped.round()
    told = stepped.told()["a"]
    assert (told.instance, told.at, told.every, told.begun, told.loaded) == ("a", stepped.now, SECONDS, NOON, (1, 2))
    assert (told.slots[-1].tallies[2].requests, told.whole[2].errors) == (3, 1)


def test_while_nothing_is_rolled_out_it_is_told_rarely_and_nobody_seems_gone(fleet: Fleet) -> None:
    fleet.write(idle())
    times = []
    for _ in range(3 * IDLE):
        fleet.round()
        told = fleet.told()["a"]
        assert told.lives(fleet.now)
        times.append(told.at)
    assert [len(list(same)) for _, same in itertools.groupby(times)] == [IDLE] * 3


def test_nobody_seems_gone_when_a_rollout_is_over(stepped: Fleet) -> None:
    stepped.write(changes.rolled_back(stepped.plan, ANNA))
    for _ in range(2 * IDLE):
        stepped.round()
        assert all(each.lives(stepped.now) for each in stepped.told().values())


@pytest.mark.parametrize("broken", [None, "no"], ids=["loaded", "known to fail"])
def test_it_is_reached_when_the_plan_is_served_or_cannot_be(fleet: Fleet, broken: str | None) -> None:
    (instance, _) = fleet.instances
    instance.triton.ready = {3}
    if broken:
        instance.triton.broken[2] = broken
    fleet.write(rolling(2, 10))
    asyncio.run(instance.rollout.round())
    assert not instance.rollout.reached
    instance.reconciler.loaded = frozenset({1})  # the candidate is still to come
    assert not instance.rollout.reached
    asyncio.run(instance.reconciler.reconcile())
    assert instance.rollout.reached
    instance.reconciler.loaded = frozenset()  # readiness asks Triton itself from then on
    assert instance.rollout.reached


def test_without_a_candidate_what_is_stable_will_do(fleet: Fleet) -> None:
    fleet.write(idle())
    instance = fleet.instances[0]
    asyncio.run(instance.rollout.round())
    assert not instance.rollout.reached
    asyncio.run(instance.reconciler.reconcile())
    assert instance.rollout.reached


def test_whoever_begins_while_the_store_is_away_waits_for_it_where_there_is_a_choice(fleet: Fleet) -> None:
    one, other = fleet.instances
    other.triton.folders = {1}
    fleet.store.away = True
    for each in fleet.instances:
        asyncio.run(each.follower.look())
    assert (one.rollout.reached, other.rollout.reached) == (False, True)
    fleet.store.away = False
    asyncio.run(one.follower.look())
    assert one.rollout.reached  # there is no plan


def test_a_stable_version_that_cannot_be_served_is_not_reached(fleet: Fleet) -> None:
    instance = fleet.instances[0]
    instance.triton.broken[1], instance.triton.ready = "no", set()
    fleet.write(idle())
    instance.round()
    assert not instance.rollout.reached


def test_without_the_store_the_last_plan_is_served_and_nothing_is_judged(stepped: Fleet) -> None:
    before = stepped.plan
    stepped.store.away = True
    stepped.store.now += timedelta(seconds=60)
    for each in stepped.instances:
        with pytest.raises(StoreUnavailable):
            asyncio.run(each.rollout.round())
        assert each.follower.plan == before
    stepped.store.away = False
    assert stepped.plan == before


@pytest.mark.parametrize(
    ("error", "trace"),
    [(StoreUnavailable("away"), False), (ValueError("what?"), True)],
    ids=["store", "surprise"],
)
def test_a_round_that_fails_is_not_the_last(error: Exception, trace: bool) -> None:
    class Failing(MemoryStore):
        failures = 3

        async def list(self, prefix: str, *, after: str = "", limit: int = 1000) -> tuple[Info, ...]:
            self.failures -= 1
            if self.failures >= 0:
                raise error
            return await super().list(prefix, after=after, limit=limit)

    fleet = Fleet(Failing(), "a")
    fleet.write(rolling(2, 10))
    (instance,) = fleet.instances
    quick = Rollout("a", instance.follower, instance.reconciler, instance.recorder, instance.rollout.gallery,
                    seconds=0.01, alone=lambda: False, clock=lambda: fleet.now)  # fmt: skip

    async def scenario() -> None:
        async with in_background(quick.watch), asyncio.timeout(10):
            while quick.verdict is None:
                await asyncio.sleep(0.01)

    with capture_logs() as logs:
        asyncio.run(scenario())
    told = [(each["reason"], each["exc_info"]) for each in logs if each["event"] == "a round of the rollout failed"]
    assert told == [(repr(error), trace)]  # once, though it failed three times
