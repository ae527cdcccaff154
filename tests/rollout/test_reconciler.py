"""What is loaded, and when, by a Triton that behaves as the real one does."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import pytest
from structlog.testing import capture_logs

from gateway.background import in_background
from gateway.errors import ModelUnavailable
from gateway.rollout import changes
from gateway.rollout.errors import LoadRefused
from gateway.rollout.plan import Plan
from gateway.rollout.reconciler import Reconciler
from tests.rollout.plans import ANNA, MODEL, idle, rolling
from tests.rollout.triton import Triton

LINGER = 60.0


class Instance:
    """A reconciler with its Triton, its plan and its clock."""

    def __init__(self, plan: Plan | None, *ready: int, linger: float = LINGER) -> None:
        self.triton = Triton(*ready)
        self.plan = plan
        self.now = 1000.0
        self.reconciler = Reconciler(self.triton, MODEL, lambda: self.plan, linger=linger, clock=lambda: self.now)

    def round(self, *, after: float = 0.0) -> frozenset[int]:
        self.now += after
        asyncio.run(self.reconciler.reconcile())
        return self.reconciler.loaded


def test_what_is_stable_comes_first_and_alone() -> None:
    instance = Instance(rolling())
    assert instance.round() == {1, 2}
    assert instance.triton.asked == [(1,), (1, 2)]


def test_a_candidate_comes_beside_and_nothing_is_loaded_twice() -> None:
    instance = Instance(idle(), 1)
    assert instance.round() == {1}
    instance.plan = rolling()
    for _ in range(3):
        assert instance.round() == {1, 2}
    assert (instance.triton.asked, instance.triton.began) == ([(1, 2)], [2])


def test_without_a_plan_what_is_served_goes_on() -> None:
    instance = Instance(None, 3)
    assert instance.round() == {3}
    assert instance.triton.asked == []


def test_what_nobody_planned_may_be_on_trial_for_another_instance_and_is_unloaded_later() -> None:
    instance = Instance(idle(), 1, 3)
    assert instance.round() == {1, 3}
    assert instance.round(after=LINGER) == {1, 3}
    assert [instance.round(after=0.1) for _ in range(2)] == [{1}, {1}]
    instance.triton.ready.add(3)
    assert instance.round() == {1, 3}  # as long again


def test_what_was_tried_out_here_and_refused_is_unloaded_at_once() -> None:
    instance = Instance(idle(), 1)
    asyncio.run(instance.reconciler.try_out(3))
    instance.reconciler.drop(3)
    assert instance.round() == {1}


def test_a_candidate_lingers_and_is_unloaded() -> None:
    instance = Instance(rolling(), 1, 2)
    instance.round()
    instance.plan = changes.rolled_back(rolling(), ANNA)
    assert instance.round(after=LINGER) == {1, 2}
    assert instance.triton.asked == []
    with capture_logs() as logs:
        assert instance.round(after=0.1) == {1}
    assert [(each["event"], each["versions"]) for each in logs] == [("versions are unloaded", [2])]


def test_what_was_stable_before_stays_loaded_as_long_as_the_plan_names_it() -> None:
    instance = Instance(rolling(), 1, 2)
    instance.round()
    instance.plan = changes.promoted(rolling(), ANNA)
    assert instance.round(after=100 * LINGER) == {1, 2}
    instance.plan = changes.rolled_back(instance.plan, ANNA)
    assert instance.round() == {1, 2}
    assert instance.triton.asked == []
    assert instance.round(after=LINGER + 1) == {1}


def test_another_candidate_comes_while_the_last_one_lingers() -> None:
    instance = Instance(rolling(), 1, 2)
    instance.round()
    instance.plan = rolling(3)
    assert instance.round() == {1, 2, 3}
    assert instance.round(after=LINGER + 1) == {1, 3}


def test_nothing_lingers_where_nothing_is_to() -> None:
    instance = Instance(rolling(), 1, 2, linger=0)
    assert instance.round() == {1, 2}
    instance.plan = idle()
    assert instance.round(after=0.1) == {1}


def test_a_broken_candidate_is_told_of_and_leaves_the_stable_version_alone() -> None:
    instance = Instance(rolling())
    instance.triton.broken[2] = "Protobuf parsing failed."
    assert instance.round() == {1}
    assert instance.reconciler.failed == {2: "Protobuf parsing failed."}


def crash(instance: Instance) -> None:
    """All of Triton goes away, and comes back with nothing loaded."""
    instance.triton.away = True
    with pytest.raises(ModelUnavailable):
        instance.round(after=1)
    instance.triton.away = False
    instance.triton.ready = set()


def test_a_candidate_with_which_triton_goes_away_again_and_again_has_failed() -> None:
    instance = Instance(rolling(), 1, 2)
    for _ in range(3):
        assert (instance.round(), instance.reconciler.failed) == ({1, 2}, {})
        crash(instance)
    assert instance.round() == {1}
    assert instance.reconciler.failed == {2: "Triton went away 3 times with it"}
    assert instance.round(after=30) == {1}  # and is left alone, until somebody judges
    instance.plan = changes.rolled_back(rolling(), ANNA)
    assert (instance.round(), instance.reconciler.failed) == ({1}, {})


def test_so_has_one_that_takes_triton_away_while_it_is_loaded() -> None:
    instance = Instance(rolling(), 1)
    instance.triton.fatal = {2}
    for _ in range(3):
        with pytest.raises(ModelUnavailable):
            instance.round(after=1)
        instance.triton.away = False
    assert instance.round() == {1}
    assert instance.reconciler.failed == {2: "Triton went away 3 times with it"}


@pytest.mark.parametrize("plan", [idle(), rolling()], ids=["no candidate", "rarely"])
def test_a_triton_that_goes_away_now_and_then_is_nobodys_fault(plan: Plan) -> None:
    instance = Instance(plan, 1)
    for _ in range(5):
        instance.round()
        crash(instance)
        instance.round(after=400)
    assert instance.reconciler.failed == {}


def test_a_failed_version_is_tried_again_after_rests_that_grow() -> None:
    instance = Instance(rolling(), 1)
    instance.triton.broken[2] = "no"
    tried = []
    for second in range(200):
        before = len(instance.triton.asked)
        instance.round(after=1)
        tried += [second] if len(instance.triton.asked) > before else []
    assert tried == [0, 2, 6, 14, 30, 62, 122, 182]


def test_a_version_that_is_not_found_rests_as_well() -> None:
    instance = Instance(rolling(9), 1)
    for _ in range(200):
        instance.round(after=1)
    assert instance.reconciler.failed == {9: "Triton does not find it"}
    assert len(instance.triton.asked) == 8


def test_what_was_mended_is_loaded_and_forgotten() -> None:
    instance = Instance(rolling(), 1)
    instance.triton.broken[2] = "no"
    instance.round()
    del instance.triton.broken[2]
    assert instance.round() == {1}
    assert instance.round(after=2) == {1, 2}
    assert instance.reconciler.failed == {}


def test_what_the_plan_drops_is_forgotten() -> None:
    instance = Instance(rolling(), 1)
    instance.triton.broken[2] = "no"
    instance.round()
    instance.plan = idle()
    instance.round()
    assert instance.reconciler.failed == {}
    del instance.triton.broken[2]
    instance.plan = rolling()
    assert instance.round() == {1, 2}  # without a rest


def test_a_load_that_was_given_up_and_came_nevertheless_has_not_failed() -> None:
    class Late(Triton):
        async def load(self, model: str, versions: Iterable[int]) -> None:
            await super().load(model, versions)
            raise LoadRefused("it was not loaded within 5 s")

    instance = Instance(rolling(), 1)
    instance.triton = Late(1)
    instance.reconciler = Reconciler(instance.triton, MODEL, lambda: instance.plan, linger=LINGER)
    assert instance.round() == {1, 2}
    assert instance.reconciler.failed == {}


def test_a_hung_candidate_keeps_nothing_away_once_triton_is_back() -> None:
    instance = Instance(rolling(), 1)
    instance.triton.hang.add(2)
    assert instance.round() == {1}
    assert instance.reconciler.failed == {2: "it was not loaded within 5 s"}
    instance.triton.restart()
    assert instance.triton.ready == {3}
    assert instance.round() == {1}
    assert instance.triton.asked[-1] == (1,)  # the hung one rests
    instance.round(after=60)
    instance.triton.restart()
    assert instance.round() == {1}


def test_a_restarted_triton_is_brought_to_the_plan() -> None:
    instance = Instance(rolling())
    instance.round()
    instance.triton.restart()
    instance.triton.asked.clear()
    assert instance.round() == {1, 2}
    assert instance.triton.asked == [(1,), (1, 2)]


def test_nothing_is_unloaded_while_the_stable_version_is_not_there() -> None:
    instance = Instance(idle(), 3)
    instance.triton.broken[1] = "no"
    assert instance.round() == {3}
    assert instance.triton.asked == [(1,)]


def test_an_unloading_that_fails_rests() -> None:
    instance = Instance(idle(), 1, 3, linger=0)
    instance.triton.refuses = "busy"
    with capture_logs() as logs:
        for _ in range(100):
            instance.round(after=1)
    assert instance.triton.asked == [(1,), (1,)]
    assert [(each["event"], each["reason"]) for each in logs] == [("versions could not be unloaded", "busy")] * 2
    instance.triton.refuses = None
    assert instance.round(after=60) == {1}


def test_an_absent_triton_is_nobodys_failure() -> None:
    instance = Instance(rolling(), 1)
    instance.triton.away = True
    with pytest.raises(ModelUnavailable):
        instance.round()
    assert instance.reconciler.failed == {}


def test_a_version_is_tried_out_beside_what_is_loaded() -> None:
    instance = Instance(idle(), 1)
    instance.round()
    asyncio.run(instance.reconciler.try_out(2))
    assert instance.reconciler.loaded == {1, 2}
    assert instance.round(after=LINGER) == {1, 2}
    assert instance.round(after=1) == {1}


def test_what_is_loaded_already_is_not_loaded_to_be_tried_out() -> None:
    instance = Instance(idle(), 1, 2)
    asyncio.run(instance.reconciler.try_out(2))
    assert instance.triton.asked == []


@pytest.mark.parametrize(
    ("version", "reason"), [(3, "Protobuf parsing failed."), (9, "Triton does not find it")], ids=["broken", "absent"]
)
def test_what_cannot_be_tried_out_is_refused(version: int, reason: str) -> None:
    instance = Instance(idle(), 1)
    instance.triton.broken[3] = "Protobuf parsing failed."
    with pytest.raises(LoadRefused, match=reason):
        asyncio.run(instance.reconciler.try_out(version))
    assert instance.round() == {1}
    assert instance.reconciler.failed == {}


def test_what_is_dropped_does_not_linger() -> None:
    instance = Instance(idle(), 1)
    instance.round()
    asyncio.run(instance.reconciler.try_out(2))
    instance.reconciler.drop(2)
    assert instance.round() == {1}


def test_loading_may_take_longer_than_anything_lingers() -> None:
    instance = Instance(idle(), 1)

    class Slow(Triton):
        async def load(self, model: str, versions: Iterable[int]) -> None:
            instance.now += 2 * LINGER
            await super().load(model, versions)

    triton = Slow(1)
    reconciler = Reconciler(triton, MODEL, lambda: instance.plan, linger=LINGER, clock=lambda: instance.now)
    asyncio.run(reconciler.try_out(2))
    asyncio.run(reconciler.reconcile())
    assert reconciler.loaded == {1, 2}
    instance.plan = rolling(3)
    with capture_logs() as logs:
        asyncio.run(reconciler.reconcile())
    assert (logs[0]["event"], logs[0]["version"], logs[0]["seconds"]) == ("a version is loaded", 3, 120)


async def eventually(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.01)


def watched(instance: Instance, scenario: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        async with in_background(instance.reconciler.watch):
            await scenario()

    asyncio.run(run())


def test_it_keeps_to_the_plan_until_it_is_ended() -> None:
    instance = Instance(rolling())
    watched(instance, lambda: eventually(lambda: instance.reconciler.loaded == {1, 2}))


def test_what_was_loaded_is_unknown_while_triton_is_away() -> None:
    instance = Instance(rolling(), 1, 2)
    instance.round()
    instance.triton.away = True

    async def scenario() -> None:
        await eventually(lambda: instance.reconciler.loaded == frozenset())
        instance.triton.away = False
        await eventually(lambda: instance.reconciler.loaded == {1, 2})

    watched(instance, scenario)


def test_an_answer_that_is_not_understood_is_not_the_last_one() -> None:
    instance = Instance(rolling(), 1)
    instance.triton.surprising = True

    async def scenario() -> None:
        with capture_logs() as logs:
            await eventually(lambda: bool(logs))
        assert logs[0]["event"] == "a round of loading failed"
        instance.triton.surprising = False
        await eventually(lambda: instance.reconciler.loaded == {1, 2})

    watched(instance, scenario)
