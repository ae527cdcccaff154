"""Whether a candidate may go on: a pure judgement from the plan and what all instances have told."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from gateway.rollout.plan import Limits, Plan
from gateway.rollout.report import Report, Seen
from gateway.rollout.tally import Agreement, Tally
from gateway.rollout.wilson import at_least

_SLOW: Final = 0.95
_ROUNDING: Final = 1e-9
Action = Literal["hold", "step", "promote", "roll back"]


@dataclass(frozen=True)
class Finding:
    """One limit: what was `found`, None where it cannot be told, of a `sample` of which `needed` are enough to judge by.

    `sure` says that what is past the limit is more than chance: a few slow answers of few are none to judge by.
    """

    name: str
    found: float | None
    limit: float
    sample: int
    needed: int
    sure: bool = True

    @property
    def enough(self) -> bool:
        """Whether it can be judged."""
        return self.sample >= self.needed and self.found is not None

    @property
    def broken(self) -> bool:
        """Whether it is past its limit, surely."""
        return self.past and self.sure

    @property
    def past(self) -> bool:
        """Whether it is past its limit, as far as can be seen."""
        return self.enough and self.found is not None and self.found > self.limit + _ROUNDING

    def __str__(self) -> str:
        found = "unknown" if self.found is None else f"{self.found:.3g}"
        return f"{self.name} {found} (limit {self.limit:g}, {self.sample} of {self.needed} needed)"


@dataclass(frozen=True)
class Verdict:
    """What to do, and why, in words for operators."""

    action: Action
    why: str
    findings: tuple[Finding, ...] = ()


def judge(plan: Plan, reports: Iterable[Report], now: datetime) -> Verdict:
    """Of a plan with a candidate."""
    told = [report for report in reports if report.begun == plan.begun]
    living = [report for report in reports if report.lives(now)]
    if (failure := _failure(plan, living)) is not None:
        return Verdict("roll back", failure)
    seen = Seen(told, now.timestamp() - plan.limits.window_seconds)
    new, old, whole = seen.tally(plan.candidate or 0), seen.tally(plan.stable), seen.whole(plan.stable)
    findings = found(plan.limits, new, old, whole, seen.agreement)
    broken = [str(each) for each in findings if each.broken]
    if broken:
        return Verdict("roll back", "; ".join(broken), findings)
    wait = _wait(plan, living, findings, now)
    if wait:
        return Verdict("hold", wait, findings)
    if plan.steps:
        return Verdict("step", f"held, next is {plan.steps[0]} %", findings)
    if plan.promotes and plan.weight == 100:
        return Verdict("promote", f"held at 100 % for {plan.hold_seconds:g} s", findings)
    return Verdict("hold", f"{plan.weight} % until somebody says otherwise", findings)


def found(limits: Limits, new: Tally, old: Tally, whole: Tally, agreement: Agreement) -> tuple[Finding, ...]:
    """Each limit, with what was found: of the candidate, the stable version lately and since the rollout began, their masks."""
    worse = new.error_rate - old.error_rate if new.requests else None
    failing = at_least(new.errors, new.requests) > old.error_rate + limits.error_rate
    usual, seconds = _usual(old, whole), new.quantile(_SLOW)
    ratio = None if usual is None or seconds is None else seconds / usual
    answered = new.requests - new.errors
    slow = at_least(new.slower(limits.p95_ratio * (usual or 0)), answered) > 1 - _SLOW
    disagreement = agreement.mean_disagreement if agreement.pictures else None
    shown = agreement.pictures + agreement.failed
    failed = agreement.failed / shown if shown else None
    gone = at_least(agreement.failed, shown) > limits.error_rate
    return (
        Finding(
            "error rate above the stable version's", worse, limits.error_rate, new.requests, limits.requests, failing
        ),
        Finding(
            "p95 of seconds against the stable version's", ratio, limits.p95_ratio, answered, limits.requests, slow
        ),
        Finding("mask disagreement", disagreement, limits.disagreement, agreement.pictures, limits.pictures),
        Finding("failures on pictures shown beside", failed, limits.error_rate, shown, limits.pictures, gone),
    )


def _usual(old: Tally, whole: Tally) -> float | None:
    """The stable version's 95th percentile of seconds: the larger one of lately and of the whole rollout.

    When most callers have left it, it is faster than it was when it did all the work.
    """
    return max((seconds for each in (old, whole) if (seconds := each.quantile(_SLOW)) is not None), default=None)


def _failure(plan: Plan, living: Iterable[Report]) -> str | None:
    for report in living:
        reason = report.failed.get(plan.candidate or 0)
        if report.begun == plan.begun and reason is not None:
            return f"{report.instance} cannot load version {plan.candidate}: {reason}"
    return None


def _wait(plan: Plan, living: list[Report], findings: tuple[Finding, ...], now: datetime) -> str:
    """For what the next step waits; "" where it need not."""
    behind = [each.instance for each in living if each.begun != plan.begun or plan.candidate not in each.loaded]
    if behind or not living:
        return f"waiting for {', '.join(behind) or 'an instance'} to load version {plan.candidate}"
    left = plan.hold_seconds - (now - plan.stepped).total_seconds()
    if plan.weight and left > 0:
        return f"held at {plan.weight} %, {left:.0f} s are left"
    errors, seconds, masks, _ = findings
    wanted = ((errors, seconds) if plan.weight else ()) + ((masks,) if plan.shadow else ())
    few = [f"{each.name} ({each.sample} of {each.needed})" for each in wanted if each.sample < each.needed]
    if few:
        return f"too little to judge by: {', '.join(few)}"
    doubtful = [str(each) for each in findings if each.past]
    return f"past its limit, which may be chance yet: {'; '.join(doubtful)}" if doubtful else ""
