"""GET /metrics: the gateway's figures and Triton's, in one answer."""

from collections.abc import Iterator

from prometheus_client.metrics_core import Metric
from starlette.requests import Request
from starlette.responses import Response

from gateway.cold_starts import ColdStarts
from gateway.endpoints.state import State, answering
from gateway.rollout.part import Part
from gateway.telemetry import metrics as figures
from gateway.telemetry.memory import memory
from gateway.workers import Workers

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


async def metrics(request: Request[State]) -> Response:
    """Prometheus's text format; nothing is asked of Triton but its own, and that not before it has started."""
    state = request.state
    tritons = await state["triton_metrics"].text() if state["readiness"].starts.ended else b""
    live = (*_live(state), figures.TRITON_SCRAPED.is_(bool(tritons)))
    return Response(figures.exposed(state["metrics"], live) + tritons, media_type=MEDIA_TYPE)


def _live(state: State) -> Iterator[Metric]:
    about, served = state["about"], state["readiness"].served
    yield figures.BUILD.family(((about.version, about.revision), 1))
    yield figures.READY.is_(served is not None)
    if served is not None:
        yield figures.SERVING.family(((served.model, answering(state) or ""), 1))
    yield figures.MODEL_ABSENCES.is_(state["triton"].absences)
    yield from _starts(state["readiness"].starts)
    yield from _workers(state["workers"])
    yield from _cache(state)
    yield figures.RATES_WITHOUT_REDIS.is_(state["rates"].without)
    if state["rollout"] is not None:
        yield from _rollout(state["rollout"])
    yield from _memory()


def _starts(starts: ColdStarts) -> Iterator[Metric]:
    yield figures.COLD_STARTS.is_(starts.ended)
    yield figures.COLD_START_SECONDS.is_(starts.last)
    yield figures.STARTING_SECONDS.is_(starts.elapsed)
    yield figures.MODEL_LOSSES.is_(starts.losses)


def _workers(workers: Workers) -> Iterator[Metric]:
    yield figures.PERMITS.is_(workers.permits.total)
    yield figures.PERMITS_USED.is_(workers.permits.used)
    yield figures.PLACES.is_(workers.places)
    yield figures.PLACES_USED.is_(workers.present)
    yield figures.WAITING.is_(workers.permits.waiting)


def _cache(state: State) -> Iterator[Metric]:
    counts = state["cached"]
    if counts is None:
        return
    outcomes = {"hit": counts.hit, "miss": counts.miss, "coalesced": counts.coalesced}
    yield figures.CACHE.family(*(((outcome,), count) for outcome, count in outcomes.items()))
    yield figures.CACHE_FAULTS.is_(counts.faults)


def _rollout(part: Part) -> Iterator[Metric]:
    events, plan, verdict = part.rollout.events, part.rollout.follower.plan, part.rollout.verdict
    counted = {"step": events.steps, "promote": events.promotions, "roll back": events.rollbacks}
    yield figures.ROLLOUT_EVENTS.family(*(((event,), count) for event, count in counted.items()))
    if plan is not None:
        weights = {plan.stable: 100 - plan.weight} | ({} if plan.candidate is None else {plan.candidate: plan.weight})
        yield figures.WEIGHT.family(*(((plan.model, str(version)), each) for version, each in weights.items()))
    if verdict is not None:
        yield figures.GUARD.family(((verdict.action,), 1))


def _memory() -> Iterator[Metric]:
    found = memory()
    if found is None:
        return
    yield figures.MEMORY_USED.is_(found.used)
    yield figures.MEMORY_LIMIT.is_(found.limit)
    if found.events:
        yield figures.MEMORY_EVENTS.family(*(((event,), count) for event, count in found.events.items()))
