"""What several instances say together."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from gateway.rollout.report import Report, Seen, Slot
from gateway.rollout.tally import Agreement, Tally, answered
from tests.rollout.plans import NOON, later

OLD, LATE = answered(0.1), answered(0.4)


def report(instance: str, *slots: Slot, **members: Any) -> Report:
    return Report(**({"instance": instance, "at": NOON, "every": 5, "begun": NOON, "slots": slots} | members))


def test_instances_are_added() -> None:
    seen = Seen(
        [
            report("a", Slot(100, {1: OLD, 2: LATE}, Agreement(dropped=1)), Slot(105, {2: LATE})),
            report("b", Slot(100, {2: Tally(3, 3)}, Agreement(dropped=2))),
            report("c"),
        ],
        0,
    )
    assert seen.tally(1) == OLD
    assert seen.tally(2) == LATE + LATE + Tally(3, 3)
    assert seen.tally(3) == Tally()
    assert seen.agreement.dropped == 3


def test_what_is_too_old_is_left_out() -> None:
    seen = Seen(
        [report("a", Slot(95, {1: OLD}), Slot(100, {1: LATE}, Agreement(dropped=1)), Slot(105, {1: LATE}))], 100
    )
    assert (seen.tally(1), seen.agreement.dropped) == (LATE + LATE, 1)


def test_the_whole_has_no_window() -> None:
    reports = [report("a", Slot(1, {1: OLD}), whole={1: Tally(70, 1)}), report("b", whole={1: Tally(30), 2: LATE})]
    seen = Seen(reports, 1000)
    assert (seen.whole(1), seen.whole(2), seen.whole(3)) == (Tally(100, 1), LATE, Tally())
    assert seen.tally(1) == Tally()


def test_nobody_says_anything() -> None:
    assert (Seen([], 0).tally(1), Seen([], 0).whole(1), Seen([], 0).agreement) == (Tally(), Tally(), Agreement())


@pytest.mark.parametrize(
    ("every", "seconds", "lives"), [(5, 0, True), (5, 16.9, True), (5, 17, False), (60, 181, True)]
)
def test_who_misses_three_reports_is_gone(every: float, seconds: float, lives: bool) -> None:
    assert report("a", every=every).lives(later(seconds)) is lives


def test_a_clock_that_is_ahead_is_no_reason_to_be_gone() -> None:
    assert report("a", at=later(30)).lives(NOON)


def test_it_is_read_as_it_was_stored() -> None:
    told = report("a", Slot(5, {1: OLD}, Agreement(1, iou={99: 1})), failed={2: "no"}, loaded=(1, 3), whole={1: OLD})
    assert msgspec.json.decode(msgspec.json.encode(told), type=Report) == told


@pytest.mark.parametrize("member", ["at", "begun"])
def test_times_have_a_zone(member: str) -> None:
    told = report("a", **{member: (NOON + timedelta(0)).replace(tzinfo=None)})
    with pytest.raises(msgspec.ValidationError, match="timezone"):
        msgspec.json.decode(msgspec.json.encode(told), type=Report)
