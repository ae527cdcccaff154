"""What operators do, and what they are told."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from gateway.errors import GatewayError, InferenceTimeout, ModelUnavailable, StoreUnavailable
from gateway.rollout import changes
from gateway.rollout.changes import Course
from gateway.rollout.desk import Desk
from gateway.rollout.documents import Documents, Kept
from gateway.rollout.errors import LoadRefused
from gateway.rollout.follower import Follower
from gateway.rollout.plan import Plan, PlanError
from gateway.rollout.reconciler import Reconciler
from gateway.store.store import Changed
from tests.rollout.plans import ANNA, MODEL, NOON, rolling
from tests.rollout.segmenter import SIDE, Segmenter, mask
from tests.rollout.triton import Triton
from tests.store.memory import MemoryStore

COURSE = Course((10, 100))


class Office:
    """A desk with all that it works with; version 1 is served, versions 2 and 3 could be."""

    def __init__(self, repository: Path | None = None) -> None:
        self.store = MemoryStore()
        self.triton = Triton(1)
        self.follower = Follower(Documents(self.store, MODEL), MODEL)
        self.reconciler = Reconciler(self.triton, MODEL, lambda: self.follower.plan, linger=60)
        self.segmenter = Segmenter({1: mask(4), 2: mask(3), 3: mask(2)})
        self.desk = Desk(self.follower, self.reconciler, self.segmenter, repository, settle=0, clock=lambda: NOON)
        self.reconcile()

    def reconcile(self) -> frozenset[int]:
        asyncio.run(self.reconciler.reconcile())
        return self.reconciler.loaded

    def start(self, version: int = 2, stable: int | None = None, generation: int | None = None, **course: Any) -> Plan:
        chosen = Course(**course) if course else COURSE
        return asyncio.run(self.desk.start(version, chosen, stable, "anna", "new weights", generation))

    def stored(self) -> Kept:
        return asyncio.run(Documents(self.store, MODEL).read())

    def elsewhere(self, change: Callable[[Plan], Plan]) -> Kept:
        """Another instance changes the plan."""

        def make(plan: Plan | None) -> Plan:
            assert plan is not None
            return change(plan)

        return asyncio.run(Documents(self.store, MODEL).change(make))


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def started(office: Office) -> Office:
    office.start()
    return office


def deeds(plan: Plan | None) -> list[str]:
    return [] if plan is None else [each.what for each in plan.history]


def test_the_first_start_makes_a_plan_of_what_is_served(office: Office) -> None:
    plan = office.start()
    assert (plan.stable, plan.candidate, plan.weight, plan.steps) == (1, 2, 0, (10, 100))
    assert [(each.what, each.who, each.why, each.at) for each in plan.history] == [
        ("made", "anna", "new weights", NOON),
        ("started", "anna", "new weights", NOON),
    ]
    assert office.stored().plan == office.follower.plan == plan
    assert office.reconciler.loaded == {1, 2}
    assert office.segmenter.asked == ["2"]  # one picture


def test_the_first_start_may_name_what_goes_on(office: Office) -> None:
    office.triton.restart()  # which serves the newest folder
    office.reconcile()
    assert office.reconciler.loaded == {3}
    assert office.start(3, stable=1).stable == 1
    assert office.reconcile() == {1, 3}


@pytest.mark.parametrize("stable", [7, 2], ids=["absent", "failing"])
def test_what_goes_on_has_to_answer(office: Office, stable: int) -> None:
    office.segmenter.answer["2"] = InferenceTimeout("no")
    with pytest.raises(LoadRefused):
        office.start(3, stable=stable)
    assert office.stored().plan is None


def test_nothing_begins_where_nothing_is_served(office: Office) -> None:
    office.triton.ready = set()
    office.reconcile()
    with pytest.raises(ModelUnavailable):
        office.start()
    assert office.stored().plan is None


def test_another_stable_version_than_the_plans_is_refused(started: Office) -> None:
    with pytest.raises(PlanError, match="by which version 1 is the stable one"):
        started.start(3, stable=2)


@pytest.mark.parametrize(
    ("version", "reason"), [(3, "version 2 is being rolled out at 0 %"), (1, "version 2 is being rolled out")]
)
def test_only_one_version_is_rolled_out(started: Office, version: int, reason: str) -> None:
    before, asked = started.stored(), list(started.triton.asked)
    with pytest.raises(PlanError, match=reason):
        started.start(version)
    assert started.stored() == before
    assert started.triton.asked == asked  # nothing is loaded for nothing


def test_steps_that_fall_are_refused_before_anything_is_loaded(office: Office) -> None:
    with pytest.raises(PlanError, match="must rise"):
        office.start(steps=(5, 1))
    assert office.triton.asked == []
    assert office.stored().plan is None


def test_a_first_start_may_come_before_the_reconcilers_first_look(office: Office) -> None:
    office.reconciler.loaded = frozenset()
    assert office.start().stable == 1


def test_a_first_start_that_is_refused_settles_nothing(office: Office) -> None:
    office.triton.restart()  # which serves the newest folder
    office.reconcile()
    with pytest.raises(PlanError, match="version 3 is the stable one already"):
        office.start(3)
    assert office.stored().plan is None
    assert office.start(3, stable=1).stable == 1


@pytest.mark.parametrize(
    ("broken", "reason"),
    [({2: "Protobuf parsing failed."}, "Protobuf parsing failed."), ({}, "Triton does not find it")],
    ids=["corrupt", "without files"],
)
def test_what_cannot_be_loaded_is_refused(office: Office, broken: dict[int, str], reason: str) -> None:
    office.triton.broken = broken
    if not broken:
        office.triton.folders = {1, 3}
    with pytest.raises(LoadRefused, match=reason):
        office.start()
    assert deeds(office.stored().plan) == ["made"]
    assert office.reconcile() == {1}


BAD: dict[str, tuple[NDArray[Any] | GatewayError, float, str]] = {
    "failing": (InferenceTimeout("It took too long."), 0.5, "it fails on a grey picture: It took too long."),
    "too large": (np.zeros((SIDE + 1, SIDE + 1), np.uint8), 0.5, r"its answer is uint8 \(9, 9\) and 0.5"),
    "with channels": (np.zeros((SIDE, SIDE, 1), np.uint8), 0.5, r"\(8, 8, 1\)"),
    "of another kind": (np.zeros((SIDE, SIDE), np.float32), 0.5, r"float32 \(8, 8\)"),
    "too sure": (mask(3), 1.5, "and 1.5; .* 0 to 1 are wanted"),
    "not a number": (mask(3), float("nan"), "and nan"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_breaks_the_contract_is_refused_and_dropped(office: Office, name: str) -> None:
    answer, confidence, reason = BAD[name]
    office.segmenter.answer["2"], office.segmenter.confidence = answer, confidence
    with pytest.raises(LoadRefused, match=reason):
        office.start()
    assert deeds(office.stored().plan) == ["made"]
    assert office.reconcile() == {1}


@pytest.mark.parametrize(("file", "refused"), [("model.onnx", False), ("model.plan", False), ("notes.txt", True)])
def test_a_version_has_files(tmp_path: Path, file: str, refused: bool) -> None:
    office = Office(tmp_path)
    folder = tmp_path / MODEL / "2"
    folder.mkdir(parents=True)
    (folder / file).write_text("x")
    if not refused:
        assert office.start().candidate == 2
        return
    with pytest.raises(LoadRefused, match=r"no model\.onnx or model\.plan in .*/2"):
        office.start()
    assert (office.stored().plan, office.triton.asked) == (None, [])


def test_a_version_without_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadRefused, match=r"there is no model\.onnx"):
        Office(tmp_path).start()


def test_a_first_start_may_name_that_there_was_no_plan(office: Office) -> None:
    plan = office.start(generation=0)
    assert deeds(plan) == ["made", "started"]


def test_a_start_of_another_plan_than_was_seen_loads_nothing(started: Office) -> None:
    seen = started.stored().generation
    started.elsewhere(lambda plan: changes.rolled_back(plan, ANNA))
    asked = list(started.triton.asked)
    with pytest.raises(Changed):
        started.start(3, generation=seen)
    assert started.triton.asked == asked


def test_who_is_overtaken_while_loading_is_told(office: Office) -> None:
    office.start()
    asyncio.run(office.desk.roll_back("anna", "", None))
    seen = office.stored().generation

    class Overtaken(Segmenter):
        async def segment(self, *args: Any) -> Any:
            await Documents(office.store, MODEL).change(lambda _: rolling(3))
            return await super().segment(*args)

    segmenter = Overtaken({2: mask(3)})
    desk = Desk(office.follower, office.reconciler, segmenter, None, settle=0, clock=lambda: NOON)
    with pytest.raises(Changed):
        asyncio.run(desk.start(2, COURSE, None, "ben", "", seen))
    with pytest.raises(PlanError, match="version 3 is being rolled out"):
        asyncio.run(desk.start(2, COURSE, None, "ben", "", None))
    plan = office.stored().plan
    assert plan is not None and plan.candidate == 3


CHANGES: dict[str, Callable[[Desk, int | None], Awaitable[Plan]]] = {
    "weight": lambda desk, generation: desk.weight(50, "ben", "why not", generation),
    "shadow": lambda desk, generation: desk.shadow(0.5, "ben", "why not", generation),
    "promote": lambda desk, generation: desk.promote("ben", "why not", generation),
    "roll back": lambda desk, generation: desk.roll_back("ben", "why not", generation),
}


async def call(change: Callable[[Desk, int | None], Awaitable[Plan]], desk: Desk, generation: int | None) -> Plan:
    return await change(desk, generation)


@pytest.mark.parametrize(
    ("name", "weight", "shadow", "stable", "candidate"),
    [("weight", 50, 0, 1, 2), ("shadow", 0, 0.5, 1, 2), ("promote", 0, 0, 2, None), ("roll back", 0, 0, 1, None)],
    ids=list(CHANGES),
)
def test_changes(started: Office, name: str, weight: int, shadow: float, stable: int, candidate: int | None) -> None:
    plan = asyncio.run(call(CHANGES[name], started.desk, started.stored().generation))
    assert (plan.weight, plan.shadow, plan.stable, plan.candidate) == (weight, shadow, stable, candidate)
    event = plan.history[-1]
    assert (event.who, event.why, event.at) == ("ben", "why not", NOON)
    assert started.stored().plan == started.follower.plan == plan


@pytest.mark.parametrize("name", CHANGES)
def test_changes_of_another_plan_than_was_seen_are_refused(started: Office, name: str) -> None:
    seen = started.stored().generation
    before = started.elsewhere(lambda plan: changes.weighted(plan, 7, ANNA))
    with pytest.raises(Changed):
        asyncio.run(call(CHANGES[name], started.desk, seen))
    assert started.stored() == before


@pytest.mark.parametrize("name", CHANGES)
def test_changes_of_whatever_plan_there_is_are_made_of_that_one(started: Office, name: str) -> None:
    started.elsewhere(lambda plan: changes.weighted(plan, 7, ANNA))
    plan = asyncio.run(call(CHANGES[name], started.desk, None))
    assert [each.weight for each in plan.history][:3] == [0, 0, 7]
    assert len(plan.history) == 4


@pytest.mark.parametrize("name", CHANGES)
def test_without_a_plan_there_is_nothing_to_change(office: Office, name: str) -> None:
    with pytest.raises(PlanError, match="start a version"):
        asyncio.run(call(CHANGES[name], office.desk, None))
    assert office.stored().plan is None


@pytest.mark.parametrize("name", CHANGES)
def test_without_the_store_nothing_changes(started: Office, name: str) -> None:
    before = started.follower.plan
    started.store.away = True
    with pytest.raises(StoreUnavailable):
        asyncio.run(call(CHANGES[name], started.desk, None))
    assert started.follower.plan == before
