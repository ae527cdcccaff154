"""What requests share: built bottom up when the service starts, closed top down when it ends."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version as installed_version
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette

from gateway.background import in_background
from gateway.cache.cache import Cache
from gateway.cache.versions import Versions
from gateway.cached_cutout import CachedCutout
from gateway.cold_starts import ColdStarts
from gateway.customers.customers import Customers
from gateway.cutout import Cutout, Cutting
from gateway.doors import Doors
from gateway.endpoints.answers import encode
from gateway.endpoints.described import DEMO_ADVICE, DEMO_NOTICE
from gateway.endpoints.openapi import document
from gateway.endpoints.state import About, Limits, State, is_demo
from gateway.endpoints.table import OPERATIONS
from gateway.model_card import Catalogue
from gateway.published import Published
from gateway.rates.count import Counting, in_memory
from gateway.rates.rates import Rates
from gateway.readiness import Readiness
from gateway.remote.nowhere import Fetch, nowhere
from gateway.rollout.documents import Documents
from gateway.rollout.follower import Follower
from gateway.rollout.part import Part, Times, part
from gateway.settings import Settings
from gateway.store.measured import MeasuredStore
from gateway.store.store import Store
from gateway.telemetry.metrics import Metrics
from gateway.telemetry.slowest import Slowest
from gateway.telemetry.triton import TritonMetrics
from gateway.triton import TritonSegmenter, triton_control, triton_segmenter
from gateway.warmup import warm_up
from gateway.workers import Workers

if TYPE_CHECKING:
    from gateway.telemetry.traces import Traces

_log = structlog.get_logger(__name__)


class Telemetry:
    """Those who are told of requests; `traces` is None where none are sent."""

    def __init__(self, settings: Settings) -> None:
        self.metrics = Metrics()
        self.slowest = Slowest()
        self.traces = _traces(settings)


@dataclass(frozen=True)
class Given:
    """What the service is given, see create_app."""

    triton_address: str
    on_ready: Callable[[], None]
    starts: ColdStarts
    store: Store | None
    follower: Follower | None


def lifespan(
    settings: Settings, given: Given, doors: Doors, telemetry: Telemetry
) -> Callable[[Starlette], AbstractAsyncContextManager[State]]:
    """What runs while the application does."""

    @asynccontextmanager
    async def running(app: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as stack:
            if telemetry.traces is not None:
                stack.push_async_callback(telemetry.traces.close)
            workers = Workers(
                permits=settings.permits,
                places=settings.places,
                threads=settings.threads,
                seconds=settings.wait_seconds,
            )
            stack.callback(workers.close)
            await stack.enter_async_context(doors.watched())
            triton = await stack.enter_async_context(_triton(settings, given.triton_address))
            store = None if given.store is None else MeasuredStore(given.store, telemetry.metrics.store_operation)
            part = await _part(stack, settings, given, triton, workers, store)
            triton_metrics = TritonMetrics(settings.triton_metrics)
            stack.push_async_callback(triton_metrics.close)
            segmenter = triton if part is None else part.segmenter
            readiness = _readiness(
                settings, given, part, triton, Cutout(segmenter, workers, max_pixels=settings.max_pixels)
            )
            await stack.enter_async_context(in_background(readiness.watch))
            cutout = Cutout(segmenter, workers, max_pixels=settings.max_pixels, gate=readiness)
            cache = None if store is None else Cache(store, settings.cache_seconds)
            yield State(
                about=About(installed_version("inspyrenet-service"), settings.revision, settings.model),
                board=app.state.board,
                cached=None if cache is None else cache.counts,
                catalogue=Catalogue(triton, settings.repository if settings.triton is None else None),
                customers=_customers(store, workers, settings),
                cutout=cutout if cache is None else _kept(stack, cutout, cache, triton, workers, settings),
                fetch=_fetch(settings),
                guard=doors.guard,
                limits=Limits(settings.max_body_bytes, settings.request_seconds),
                metrics=telemetry.metrics,
                published=None if store is None else Published(store, settings.cache_seconds),
                openapi=encode(document(OPERATIONS, installed_version("inspyrenet-service"))),
                rates=Rates(
                    await _counting(stack, settings), anonymous=settings.rate_anonymous, keys=settings.rate_keys
                ),
                readiness=readiness,
                rollout=part,
                slowest=telemetry.slowest,
                store=given.store,
                triton=triton,
                triton_metrics=triton_metrics,
                workers=workers,
            )

    return running


def _triton(settings: Settings, address: str) -> AbstractAsyncContextManager[TritonSegmenter]:
    return triton_segmenter(address, model=settings.model, deadline=settings.inference_seconds, key=settings.triton_key)


def _readiness(
    settings: Settings, given: Given, part: Part | None, triton: TritonSegmenter, ungated: Cutout
) -> Readiness:
    """Of the model that is served, be it by a plan; `ungated` cuts out before it is known to be there."""
    if is_demo(settings.model):
        _log.warning(f"serving {DEMO_NOTICE}; {DEMO_ADVICE}", model=settings.model)
    return Readiness(
        triton.ready if part is None else part.ready,
        warm_up(ungated, settings.model, str if part is None else part.stable),
        given.on_ready,
        starts=given.starts,
        patience=settings.start_seconds,
    )


def _kept(
    stack: AsyncExitStack, cutout: Cutout, cache: Cache, host: TritonSegmenter, workers: Workers, settings: Settings
) -> Cutting:
    """`cutout` behind the cache."""
    kept = CachedCutout(cutout, cache, Versions(host), workers, max_pixels=settings.max_pixels)
    stack.push_async_callback(kept.close)
    return kept


async def _part(
    stack: AsyncExitStack,
    settings: Settings,
    given: Given,
    segmenter: TritonSegmenter,
    workers: Workers,
    store: Store | None,
) -> Part | None:
    """This instance's part in the rollout, for which there has to be a store."""
    if store is None:
        return None
    repository = settings.repository if settings.triton is None else None
    control = await stack.enter_async_context(
        triton_control(given.triton_address, repository, settings.load_seconds, settings.triton_key)
    )
    follower = given.follower or Follower(Documents(store, settings.model), settings.model)
    times = Times(
        look=settings.plan_seconds,
        linger=2 * settings.request_seconds,
        patience=settings.inference_seconds / 2,
        candidate=min(settings.inference_seconds, settings.request_seconds / 2),
    )
    return await stack.enter_async_context(
        part(follower, store, segmenter, control, repository, lambda: workers.busy, times)
    )


async def _counting(stack: AsyncExitStack, settings: Settings) -> Counting:
    if not settings.redis:
        return in_memory()
    from gateway.rates.shared import shared  # a tenth of a second for those who need it

    otherwise_open = settings.rate_without_redis == "open"
    return await stack.enter_async_context(shared(settings.redis, otherwise_open=otherwise_open))


def _traces(settings: Settings) -> "Traces | None":
    if not settings.otlp:
        return None
    from gateway.telemetry.traces import Traces  # likewise

    version = installed_version("inspyrenet-service")
    return Traces(settings.otlp, settings.trace_share, version, settings.revision)


def _customers(store: Store | None, workers: Workers, settings: Settings) -> Customers | None:
    if store is None:
        return None
    return Customers(store, workers, max_pixels=settings.max_pixels, most_bytes=settings.max_body_bytes)


def _fetch(settings: Settings) -> Fetch:
    if not settings.url_sources:
        return nowhere
    from gateway.remote.fetch import Remote  # HTTP's client takes as much

    return Remote(limit=settings.max_body_bytes, seconds=settings.url_seconds).fetch
