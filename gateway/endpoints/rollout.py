"""What operators ask of the rollout, under /admin/rollout."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from gateway import auth
from gateway.audit import note
from gateway.endpoints import answers, fields
from gateway.endpoints.parameters import parse
from gateway.endpoints.rollout_parameters import (
    ChangeParameters,
    ShadowParameters,
    StartParameters,
    WeightParameters,
)
from gateway.endpoints.shapes import Finding, Instance, RolloutStatus
from gateway.endpoints.state import State
from gateway.errors import Conflict, NoStore, VersionRefused
from gateway.rollout import guard
from gateway.rollout.compared import compared
from gateway.rollout.desk import Desk
from gateway.rollout.errors import LoadRefused
from gateway.rollout.evidence import gathered
from gateway.rollout.part import Part
from gateway.rollout.plan import Plan, PlanError
from gateway.rollout.report import Report
from gateway.store.store import Changed
from report.page import page

_AUDITED: Final = ("version", "weight", "rate", "steps")
"""Parameters that say what was asked for."""

_REPORT: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'",
}
"""The report is one file that brings its style and its pictures with it."""

C = TypeVar("C", bound=ChangeParameters)


async def status(request: Request[State]) -> Response:
    """GET /admin/rollout: the plan, how the guard sees it, and what each instance has loaded.

    Raises Conflict where no plan could ever be read here, StoreUnavailable.
    """
    part = _part(request)
    await part.rollout.follower.look()
    if part.rollout.follower.kept is None:
        raise Conflict(f"The plan cannot be read: {part.rollout.follower.complaint}")
    return answers.json(await _status(part))


async def start(request: Request[State]) -> Response:
    """POST /admin/rollout/start: a version that loads here and keeps to the contract becomes the candidate."""
    return await _changed(
        request,
        StartParameters,
        lambda desk, asked, who: desk.start(
            asked.version, asked.course, asked.stable, who, asked.why, asked.generation
        ),
    )


async def weight(request: Request[State]) -> Response:
    """POST /admin/rollout/weight: the candidate answers that percentage of the callers."""
    return await _changed(
        request,
        WeightParameters,
        lambda desk, asked, who: desk.weight(asked.weight, who, asked.why, asked.generation),
    )


async def shadow(request: Request[State]) -> Response:
    """POST /admin/rollout/shadow: that share of the pictures is shown to both versions."""
    return await _changed(
        request, ShadowParameters, lambda desk, asked, who: desk.shadow(asked.rate, who, asked.why, asked.generation)
    )


async def promote(request: Request[State]) -> Response:
    """POST /admin/rollout/promote: the candidate becomes the stable version."""
    return await _changed(
        request, ChangeParameters, lambda desk, asked, who: desk.promote(who, asked.why, asked.generation)
    )


async def roll_back(request: Request[State]) -> Response:
    """POST /admin/rollout/rollback: without the candidate, or to the version that was stable before."""
    return await _changed(
        request, ChangeParameters, lambda desk, asked, who: desk.roll_back(who, asked.why, asked.generation)
    )


async def compare(request: Request[State]) -> Response:
    """GET /admin/rollout/compare: how the two versions differ, for people; of the rollout that has ended, too."""
    rollout = _part(request).rollout
    await rollout.follower.look()
    plan = rollout.follower.plan
    with _explained():
        if plan is None:
            raise PlanError("nothing has been rolled out yet: there is nothing to compare")
        told = await rollout.follower.documents.told()
        worst = await rollout.gallery.worst(plan.begun)
        machinery = {"inspyrenet-service": request.state["about"].version}
        evidence = gathered(plan, told, worst, rollout.now(), machinery)
    html = await request.state["workers"].run(lambda: page(compared(evidence)))
    return Response(html, media_type="text/html", headers=_REPORT)


def _part(request: Request[State]) -> Part:
    part = request.state["rollout"]
    if part is None:
        raise NoStore("This service rolls nothing out: it has no store, which would hold the plan.")
    return part


async def _changed(
    request: Request[State], kind: type[C], change: Callable[[Desk, C, str], Awaitable[Plan]]
) -> Response:
    """The status after a change. Raises Conflict, VersionRefused, and what reading the parameters does."""
    part = _part(request)
    asked = parse(kind, await fields.read(request))
    model, plan = part.rollout.follower.model, part.rollout.follower.plan
    said = {name: getattr(asked, name) for name in _AUDITED if hasattr(asked, name)}
    note.about(request.scope, model, **said, **_versions(plan))
    with _explained():
        plan = await change(part.desk, asked, auth.caller(request.scope) or "operator")
    note.about(request.scope, model, **said, **_versions(plan))
    return answers.json(await _status(part))


def _versions(plan: Plan | None) -> dict[str, int | None]:
    return {} if plan is None else {"stable": plan.stable, "candidate": plan.candidate}


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except PlanError as error:
        raise Conflict(f"{error}.") from error
    except Changed as error:
        raise Conflict("The plan is another one by now: look at it again.") from error
    except LoadRefused as error:
        raise VersionRefused(f"The version is refused, and the plan is as it was: {str(error).rstrip('.')}.") from error


async def _status(part: Part) -> RolloutStatus:
    rollout = part.rollout
    kept = rollout.follower.kept
    plan = None if kept is None else kept.plan
    verdict = None if plan is None or plan.candidate is None else rollout.verdict
    told = await rollout.follower.documents.told()
    now = rollout.now()
    return RolloutStatus(
        model=rollout.follower.model,
        generation=0 if kept is None else kept.generation,
        plan=plan,
        action=None if verdict is None else verdict.action,
        why=None if verdict is None else verdict.why,
        findings=[] if verdict is None else list(map(_finding, verdict.findings)),
        instances=[_instance(each) for each in told if each.lives(now)],
    )


def _finding(found: guard.Finding) -> Finding:
    return Finding(
        name=found.name,
        found=found.found,
        limit=found.limit,
        sample=found.sample,
        needed=found.needed,
        broken=found.broken,
    )


def _instance(report: Report) -> Instance:
    return Instance(instance=report.instance, at=report.at, loaded=list(report.loaded), failed=dict(report.failed))
