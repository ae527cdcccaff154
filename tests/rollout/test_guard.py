"""What the guard says of what has been told."""

from typing import Any

import pytest

from gateway.rollout import changes
from gateway.rollout.guard import Finding, judge
from gateway.rollout.plan import Limits, Plan
from gateway.rollout.report import Report, Slot
from gateway.rollout.tally import Agreement, Tally, compared, number
from tests.rollout.plans import ANNA, NOON, later, rolling

HELD = later(60)
HOLD = 60.0
LIMITS = Limits(error_rate=0.05, p95_ratio=2, disagreement=0.25, requests=100, pictures=10, window_seconds=600)
GOOD = {1: Tally(900, 0, {number(0.1): 900}), 2: Tally(100, 0, {number(0.1): 100})}
LOADED = (1, 2)
NONE = Agreement()
KINDS = {"error": "errors", "p95 o": "seconds", "mask ": "masks"}


def plan(weight: int = 5, *steps: int, **course: Any) -> Plan:
    return rolling(2, *steps, weight=weight, **({"hold_seconds": HOLD, "limits": LIMITS} | course))


def report(
    tallies: dict[int, Tally] | None = None, agreement: Agreement = NONE, *, age: float = 5, **members: Any
) -> Report:
    """Of slots that are that old at HELD."""
    slots = (Slot(int(HELD.timestamp() - age), tallies or {}, agreement),)
    told = {"instance": "a", "at": HELD, "every": 5, "begun": NOON, "loaded": LOADED, "slots": slots}
    return Report(**(told | members))


def requests(count: int, errors: int = 0, seconds: float = 0.1) -> Tally:
    return Tally(count, errors, {number(seconds): count - errors})


def pictures(count: int, iou: float = 1.0, failed: int = 0) -> Agreement:
    return sum([compared(iou, 0, 0.1, 0.1)] * count, Agreement(failed=failed))


def test_a_step_that_has_held_is_followed_by_the_next() -> None:
    verdict = judge(plan(5), [report(GOOD)], HELD)
    assert (verdict.action, verdict.why) == ("step", "held, next is 25 %")
    assert not any(each.broken for each in verdict.findings)


@pytest.mark.parametrize(
    ("tallies", "agreement", "cause"),
    [
        ({1: requests(900), 2: requests(100, 12)}, NONE, "error rate above the stable version's 0.12"),
        ({1: requests(900), 2: requests(100, 0, 0.21)}, NONE, "p95 of seconds against the stable version's 2"),
        (GOOD, pictures(10, 0.7), "mask disagreement 0.3 (limit 0.25, 10 of 10 needed)"),
        (GOOD, pictures(15, 1, failed=5), "failures on pictures shown beside 0.25"),
        ({1: requests(900, 90), 2: requests(100, 26)}, NONE, "error rate above the stable version's 0.16"),
    ],
    ids=["errors", "seconds", "masks", "failures beside", "errors above the stable version's"],
)
def test_a_broken_limit_is_named(tallies: dict[int, Tally], agreement: Agreement, cause: str) -> None:
    verdict = judge(plan(5, shadow=0.5), [report(tallies, agreement)], HELD)
    assert verdict.action == "roll back"
    assert cause in verdict.why


def test_all_that_is_broken_is_named() -> None:
    bad = report({1: requests(900), 2: requests(200, 100, 9.0)}, pictures(10, 0))
    verdict = judge(plan(5), [bad], HELD)
    assert [part.split(" (")[0][:10] for part in verdict.why.split("; ")] == ["error rate", "p95 of sec", "mask disag"]


@pytest.mark.parametrize(
    ("tallies", "agreement"),
    [
        ({1: requests(900), 2: requests(200, 10)}, NONE),
        ({1: requests(100, 5), 2: requests(200, 20)}, NONE),
        ({1: requests(300, 27), 2: requests(200, 28)}, NONE),  # 0.14 - 0.09 is more than 0.05
        (GOOD, pictures(10, 0.75)),
        (GOOD, pictures(10, 0.85) + pictures(10, 0.65)),
        (GOOD, pictures(19, 1, failed=1)),
    ],
    ids=["errors", "errors of both", "errors that are no round numbers", "masks", "masks' mean", "failures beside"],
)
def test_what_is_just_at_a_limit_is_not_past_it(tallies: dict[int, Tally], agreement: Agreement) -> None:
    assert judge(plan(5), [report(tallies, agreement)], HELD).action == "step"


def test_seconds_just_at_their_limit_are_not_past_it() -> None:
    tallies = {1: requests(900), 2: Tally(100, 0, {number(0.1) + 10: 100})}
    limits = Limits(p95_ratio=1.05**10, requests=100)
    assert judge(plan(5, limits=limits), [report(tallies)], HELD).action == "step"
    past = {1: requests(900), 2: Tally(100, 0, {number(0.1) + 11: 100})}
    assert judge(plan(5, limits=limits), [report(past)], HELD).action == "roll back"


@pytest.mark.parametrize(
    ("tallies", "agreement", "few"),
    [
        ({1: requests(900), 2: requests(99, 99)}, NONE, ["errors", "seconds", "masks"]),
        ({1: requests(900), 2: requests(104, 5, 9.0)}, pictures(10), ["seconds"]),
        (GOOD, pictures(9, 0), ["masks"]),
        ({}, Agreement(failed=9), ["errors", "seconds", "masks"]),
    ],
    ids=["requests", "of those that succeeded", "pictures", "failures beside"],
)
def test_too_few_are_not_judged(tallies: dict[int, Tally], agreement: Agreement, few: list[str]) -> None:
    verdict = judge(plan(5, shadow=0.5), [report(tallies, agreement)], HELD)
    assert verdict.action == "hold"
    assert [KINDS[each[:5]] for each in verdict.why.removeprefix("too little to judge by: ").split(", ")] == few


@pytest.mark.parametrize(
    ("at", "why"),
    [(0, "held at 5 %, 60 s are left"), (59.4, "held at 5 %, 1 s are left")],
    ids=["begun", "nearly over"],
)
def test_a_step_is_held(at: float, why: str) -> None:
    verdict = judge(plan(5), [report(GOOD, at=later(at), age=60)], later(at))
    assert (verdict.action, verdict.why) == ("hold", why)


def test_a_broken_limit_does_not_wait() -> None:
    bad = report({1: requests(900), 2: requests(100, 100)}, age=60)
    assert judge(plan(5), [bad], later(1)).action == "roll back"


def test_the_first_step_waits_for_no_time_and_no_request() -> None:
    verdict = judge(plan(0), [report()], later(1))
    assert (verdict.action, verdict.why) == ("step", "held, next is 1 %")


def test_the_first_step_waits_for_pictures_where_some_are_shown() -> None:
    assert judge(plan(0, shadow=0.1), [report({}, pictures(9))], HELD).action == "hold"
    assert judge(plan(0, shadow=0.1), [report({}, pictures(10))], HELD).action == "step"
    bad = judge(plan(0, shadow=0.1), [report({}, pictures(10, 0.1))], HELD)
    assert (bad.action, "mask disagreement" in bad.why) == ("roll back", True)


def test_nobody_is_answered_before_all_have_loaded() -> None:
    others = [report(), report(instance="b", loaded=(1,)), report(instance="c", begun=None)]
    verdict = judge(plan(0), others, HELD)
    assert (verdict.action, verdict.why) == ("hold", "waiting for b, c to load version 2")


@pytest.mark.parametrize("weight", [0, 5])
def test_who_is_gone_is_not_waited_for(weight: int) -> None:
    gone = report(instance="b", loaded=(1,), at=later(30))
    assert judge(plan(weight), [report(GOOD), gone], HELD).action == "step"


def test_without_any_instance_nothing_goes_on() -> None:
    assert judge(plan(0), [], HELD).why == "waiting for an instance to load version 2"
    assert judge(plan(0), [report(at=NOON)], HELD).action == "hold"


def test_a_version_that_cannot_be_loaded_is_rolled_back() -> None:
    bad = report(instance="b", loaded=(1,), failed={2: "Protobuf parsing failed."})
    verdict = judge(plan(0), [report(), bad], HELD)
    assert (verdict.action, verdict.why) == ("roll back", "b cannot load version 2: Protobuf parsing failed.")


@pytest.mark.parametrize(
    "members",
    [{"failed": {3: "no"}}, {"failed": {2: "no"}, "begun": later(-60)}, {"failed": {2: "no"}, "at": NOON}],
    ids=["another version", "an earlier rollout", "an instance that is gone"],
)
def test_failures_that_are_none_of_this_rollout(members: dict[str, Any]) -> None:
    assert judge(plan(0), [report(), report(**({"instance": "b"} | members))], HELD).action != "roll back"


@pytest.mark.parametrize(
    ("members", "action"),
    [({}, "roll back"), ({"begun": later(-60)}, "hold"), ({"age": 700}, "hold"), ({"at": later(-900)}, "roll back")],
    ids=["of this one", "of an earlier rollout", "too old", "of an instance that is gone"],
)
def test_whose_counts_count(members: dict[str, Any], action: str) -> None:
    bad = {1: requests(900), 2: requests(100, 100)}
    told = [report(instance="a"), report(bad, **({"instance": "b"} | members))]
    assert judge(plan(5), told, HELD).action == action


def test_instances_are_judged_together() -> None:
    halves = [report({1: requests(50), 2: requests(50, 8)}, instance=name) for name in "ab"]
    assert judge(plan(5), halves[:1], HELD).action == "hold"
    assert judge(plan(5), halves, HELD).action == "roll back"


def test_a_stable_version_that_few_ask_is_compared_as_it_was_when_all_did() -> None:
    busy, free = requests(1000, 0, 0.4), requests(10, 0, 0.1)
    candidate = requests(990, 0, 0.5)
    told = report({1: free, 2: candidate}, whole={1: busy, 2: candidate})
    assert judge(plan(100), [told], HELD).action == "promote"
    alone = report({1: free, 2: candidate}, whole={1: free, 2: candidate})
    assert judge(plan(100), [alone], HELD).action == "roll back"
    nobody = report({2: candidate}, whole={1: busy, 2: candidate})
    assert judge(plan(100), [nobody], HELD).findings[1].found == pytest.approx(0.5 / 0.4, rel=0.06)


def test_without_any_seconds_of_the_stable_version_there_is_no_ratio() -> None:
    verdict = judge(plan(100), [report({2: requests(100, 0, 9.0)})], HELD)
    assert (verdict.findings[1].found, verdict.findings[1].broken, verdict.action) == (None, False, "promote")
    assert "unknown" in str(verdict.findings[1])


def test_a_course_to_all_callers_ends_in_a_promotion() -> None:
    verdict = judge(plan(100, 50, 100), [report(GOOD)], HELD)
    assert (verdict.action, verdict.why) == ("promote", "held at 100 % for 60 s")
    assert judge(plan(100), [report(GOOD, at=later(59))], later(59)).action == "hold"


@pytest.mark.parametrize(
    "at_its_end",
    [plan(10, 5, 10), changes.weighted(plan(25), 100, ANNA), changes.weighted(plan(100), 100, ANNA)],
    ids=["ends at 10 %", "by hand", "by hand at the end"],
)
def test_what_an_operator_has_chosen_stays(at_its_end: Plan) -> None:
    verdict = judge(at_its_end, [report(GOOD)], HELD)
    assert (verdict.action, verdict.why) == ("hold", f"{at_its_end.weight} % until somebody says otherwise")


def test_a_weight_by_hand_is_guarded_as_well() -> None:
    bad = report({1: requests(900), 2: requests(100, 100)})
    assert judge(changes.weighted(plan(5), 50, ANNA), [bad], HELD).action == "roll back"


@pytest.mark.parametrize(
    ("tallies", "agreement", "cause"),
    [
        ({1: requests(900), 2: requests(110, 8)}, NONE, "error rate above the stable version's 0.0727"),
        ({1: requests(900), 2: requests(92) + requests(8, 0, 9.0)}, NONE, "p95 of seconds"),
        (GOOD, pictures(18, 1, failed=2), "failures on pictures shown beside 0.1"),
    ],
    ids=["errors", "seconds", "failures beside"],
)
def test_what_may_be_chance_neither_breaks_a_limit_nor_goes_on(
    tallies: dict[int, Tally], agreement: Agreement, cause: str
) -> None:
    verdict = judge(plan(5), [report(tallies, agreement)], HELD)
    assert verdict.action == "hold"
    assert verdict.why.startswith(f"past its limit, which may be chance yet: {cause}")
    many = {version: sum([tally] * 20, Tally()) for version, tally in tallies.items()}
    assert judge(plan(5), [report(many, sum([agreement] * 20, NONE))], HELD).action == "roll back"


@pytest.mark.parametrize(
    ("finding", "enough", "broken"),
    [
        (Finding("x", 0.3, 0.2, 10, 10), True, True),
        (Finding("x", 0.2, 0.2, 10, 10), True, False),
        (Finding("x", 0.3, 0.2, 9, 10), False, False),
        (Finding("x", None, 0.2, 10, 10), False, False),
        (Finding("x", 0.3, 0.2, 10, 10, sure=False), True, False),
    ],
    ids=["past", "at", "too few", "unknown", "perhaps past"],
)
def test_findings(finding: Finding, enough: bool, broken: bool) -> None:
    assert (finding.enough, finding.broken) == (enough, broken)


def test_what_is_found_can_be_seen_before_there_is_enough() -> None:
    told = report({1: requests(10, 1), 2: requests(10, 3)}, pictures(3, 0.5))
    errors, seconds, masks, failures = judge(plan(5), [told], HELD).findings
    assert (errors.found, errors.sample) == (pytest.approx(0.2), 10)
    assert (seconds.found, seconds.sample) == (pytest.approx(1), 7)
    assert (masks.found, masks.sample) == (0.5, 3)
    assert (failures.found, failures.sample) == (0, 3)
