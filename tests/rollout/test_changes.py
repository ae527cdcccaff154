"""From one plan to the next: what is allowed from where, and what is noted."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from gateway.rollout import changes
from gateway.rollout.changes import Course
from gateway.rollout.plan import MOST_EVENTS, Limits, Plan, PlanError, decoded, encoded
from tests.rollout.plans import ANNA, NOON, idle, later, rolling

BEN = changes.Actor("ben", later(60), "it looks well")
STATES = {
    "idle": idle(),
    "started": rolling(),
    "at a step": rolling(weight=25),
    "at the last step": rolling(weight=100),
    "at a weight by hand": changes.weighted(rolling(), 30, ANNA),
    "promoted": changes.promoted(rolling(weight=100), ANNA),
    "rolled back": changes.rolled_back(rolling(weight=5), ANNA),
}
CHANGES: dict[str, Callable[[Plan], Plan]] = {
    "start": lambda plan: changes.started(plan, 3, Course((10,)), BEN),
    "start stable": lambda plan: changes.started(plan, plan.stable, Course((10,)), BEN),
    "weight": lambda plan: changes.weighted(plan, 40, BEN),
    "shadow": lambda plan: changes.shadowed(plan, 0.5, BEN),
    "step": lambda plan: changes.stepped(plan, BEN),
    "promote": lambda plan: changes.promoted(plan, BEN),
    "roll back": lambda plan: changes.rolled_back(plan, BEN),
}
BUSY, SERVED, NONE, NO_STEP, NOTHING = (
    "version 2 is being rolled out",
    "is the stable one already",
    "no version is being rolled out: start one",
    "no step is left",
    "nothing to roll back",
)
WITHOUT = {"weight": NONE, "shadow": NONE, "step": NONE, "promote": NONE, "start stable": SERVED}
WITH = {"start": BUSY, "start stable": BUSY}
REFUSED = {
    "idle": WITHOUT | {"roll back": NOTHING},
    "started": WITH,
    "at a step": WITH,
    "at the last step": WITH | {"step": NO_STEP},
    "at a weight by hand": WITH | {"step": NO_STEP},
    "promoted": WITHOUT,
    "rolled back": WITHOUT | {"roll back": NOTHING},
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("state", STATES)
def test_every_change_from_every_state(state: str, change: str) -> None:
    plan, reason = STATES[state], REFUSED[state].get(change)
    if reason is not None:
        with pytest.raises(PlanError, match=reason):
            CHANGES[change](plan)
        return
    after = CHANGES[change](plan)
    assert after.history[:-1] == plan.history
    event = after.history[-1]
    assert (event.who, event.at, event.why, event.weight) == ("ben", BEN.at, "it looks well", after.weight)
    assert decoded(encoded(after)) == after


def test_a_plan_begins_with_what_is_served() -> None:
    plan = idle(stable=4)
    assert (plan.stable, plan.candidate, plan.weight, plan.begun, plan.stepped) == (4, None, 0, NOON, NOON)
    assert [(each.what, each.version, each.who) for each in plan.history] == [("made", 4, "anna")]


def test_a_start_takes_the_whole_course_and_no_caller_yet() -> None:
    limits = Limits(error_rate=0.5)
    plan = changes.started(idle(), 2, Course((1, 50), 30, 0.25, 0.5, limits), BEN)
    assert (plan.candidate, plan.weight, plan.steps, plan.hold_seconds) == (2, 0, (1, 50), 30)
    assert (plan.shadow, plan.shadow_budget, plan.limits) == (0.25, 0.5, limits)
    assert (plan.begun, plan.stepped) == (BEN.at, BEN.at)


@pytest.mark.parametrize(
    ("steps", "promotes"), [((100,), True), ((1, 5, 25, 100), True), ((10,), False), ((1, 99), False)]
)
def test_only_a_course_that_ends_at_all_callers_ends_in_a_promotion(steps: tuple[int, ...], promotes: bool) -> None:
    assert rolling(2, *steps).promotes is promotes


@pytest.mark.parametrize(
    "steps",
    [(), (0, 5), (5, 5), (25, 5), (-1,), (50, 101)],
    ids=["none", "from 0", "the same twice", "falling", "negative", "past 100"],
)
def test_steps_that_do_not_rise_are_refused(steps: tuple[int, ...]) -> None:
    with pytest.raises(PlanError, match="such as 1,5,25,100"):
        changes.started(idle(), 2, Course(steps), ANNA)


@pytest.mark.parametrize("weight", [-1, 101])
def test_weights_are_percents(weight: int) -> None:
    with pytest.raises(PlanError, match=f"0 to 100, not {weight}"):
        changes.weighted(rolling(), weight, ANNA)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_rates_are_shares(rate: float) -> None:
    with pytest.raises(PlanError, match="0 to 1, not"):
        changes.shadowed(rolling(), rate, ANNA)


def test_a_step_takes_the_next_weight_and_holds_from_then() -> None:
    plan = changes.stepped(changes.stepped(rolling(), ANNA), BEN)
    assert (plan.weight, plan.steps, plan.stepped, plan.begun) == (5, (25, 100), BEN.at, NOON)
    assert plan.promotes


def test_a_weight_by_hand_stays() -> None:
    plan = changes.weighted(rolling(weight=25), 100, BEN)
    assert (plan.weight, plan.steps, plan.promotes, plan.stepped) == (100, (), False, BEN.at)


def test_another_shadow_leaves_the_course() -> None:
    plan = rolling(weight=5)
    after = changes.shadowed(plan, 0.5, BEN)
    assert (after.shadow, after.weight, after.steps, after.stepped) == (0.5, 5, (25, 100), plan.stepped)


def test_what_was_stable_can_be_returned_to_once() -> None:
    promoted = changes.promoted(rolling(weight=25, shadow=0.5), BEN)
    assert (promoted.stable, promoted.previous, promoted.candidate, promoted.weight) == (2, 1, None, 0)
    back = changes.rolled_back(promoted, BEN)
    assert (back.stable, back.previous, back.history[-1].version) == (1, None, 2)
    with pytest.raises(PlanError, match="no earlier version is kept"):
        changes.rolled_back(back, BEN)


def test_a_candidate_that_is_rolled_back_leaves_nothing() -> None:
    back = changes.rolled_back(rolling(weight=25, shadow=0.5), BEN)
    assert (back.stable, back.versions, back.weight, back.steps, back.shadow) == (1, (1,), 0, (), 0)
    assert back.history[-1].version == 2


def test_the_oldest_events_go_first() -> None:
    plan = rolling()
    for number in range(MOST_EVENTS + 5):
        plan = changes.weighted(plan, number % 101, replace(ANNA, why=str(number)))
    assert len(plan.history) == MOST_EVENTS
    assert [each.why for each in plan.history] == [str(number) for number in range(5, MOST_EVENTS + 5)]


class Operators(RuleBasedStateMachine):
    """Whatever is tried in whatever order, the plan is one that can be stored, and says what was done to it."""

    def __init__(self) -> None:
        super().__init__()
        self.plan = idle()
        self.done = 1

    def _try(self, change: Callable[[Plan, changes.Actor], Plan]) -> None:
        actor = changes.Actor("anna", NOON + timedelta(seconds=self.done))
        try:
            after = change(self.plan, actor)
        except PlanError:
            return
        assert after.history[-1].at == actor.at
        self.done += 1
        self.plan = after

    @rule(version=st.integers(1, 4), steps=st.lists(st.integers(0, 101), max_size=4), sort=st.booleans())
    def start(self, version: int, steps: list[int], sort: bool) -> None:
        course = Course(tuple(sorted(steps) if sort else steps))
        self._try(lambda plan, actor: changes.started(plan, version, course, actor))

    @rule(weight=st.integers(-1, 101))
    def weight(self, weight: int) -> None:
        self._try(lambda plan, actor: changes.weighted(plan, weight, actor))

    @rule(rate=st.floats(-0.5, 1.5))
    def shadow(self, rate: float) -> None:
        self._try(lambda plan, actor: changes.shadowed(plan, rate, actor))

    @rule(change=st.sampled_from([changes.stepped, changes.promoted, changes.rolled_back]))
    def go_on(self, change: Callable[[Plan, changes.Actor], Plan]) -> None:
        self._try(change)

    @invariant()
    def can_be_stored(self) -> None:
        assert decoded(encoded(self.plan)) == self.plan

    @invariant()
    def tells_all(self) -> None:
        assert len(self.plan.history) == min(self.done, MOST_EVENTS)
        assert [each.at for each in self.plan.history] == sorted(each.at for each in self.plan.history)


Operators.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None, derandomize=True)
TestOperators = Operators.TestCase
